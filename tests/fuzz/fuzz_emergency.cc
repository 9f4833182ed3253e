// Emergency files, as they are and with the first sum put right: what is read must be written back to the same kills.
#include <cstdlib>

#include "eventlog/snapshot_codec.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/log_targets.h"

using namespace sluice;

FUZZ_TARGET(emergency) {
  (void)eventlog::decode_emergency(bytes).ok();
  const auto kills = eventlog::decode_emergency(fuzz::with_right_sum(bytes));
  if (!kills.ok()) return;
  const auto again = eventlog::decode_emergency(eventlog::encode_emergency(kills.value()));
  if (!again.ok() || again.value().size() != kills.value().size()) std::abort();
}
