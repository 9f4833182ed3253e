// Emergency files: what is read must be written back to the same bytes.
#include <algorithm>
#include <cstdlib>

#include "eventlog/snapshot_codec.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/log_targets.h"

using namespace sluice;

FUZZ_TARGET(emergency) {
  eventlog::OwnedMessage aligned = fuzz::message_of(bytes, FrameClass::kOrders, 1);
  const auto kills = eventlog::decode_emergency(aligned.payload());
  if (!kills.ok()) return;
  const auto again = eventlog::decode_emergency(eventlog::encode_emergency(kills.value()));
  if (!again.ok() || again.value().size() != kills.value().size()) std::abort();
}
