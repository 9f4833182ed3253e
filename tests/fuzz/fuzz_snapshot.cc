// Snapshots, as they are and with their sums put right: what the decoder lets through is restored, and what restores
// must be whole.
#include "engine/core/engine.h"
#include "engine/core/state.h"
#include "eventlog/snapshot_codec.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/log_targets.h"

using namespace sluice;

FUZZ_TARGET(snapshot) {
  (void)eventlog::decode_snapshot(bytes).ok();
  const auto snapshot = eventlog::decode_snapshot(fuzz::with_right_sum(bytes));
  if (!snapshot.ok()) return;
  const auto engine = core::Engine::restore(snapshot.value().image, {.orders = 256, .keys = 256});
  if (engine.ok()) engine.value()->state().check();
}
