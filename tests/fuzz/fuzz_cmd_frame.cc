// CMD messages, of every class; what the decoder lets through is executed by an engine, which must not break.
#include "engine/core/engine.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/log_targets.h"

using namespace sluice;

FUZZ_TARGET(cmd_frame) {
  if (bytes.empty()) return;
  const auto frame_class = static_cast<FrameClass>(1 + std::to_integer<unsigned>(bytes[0]) % 3);
  core::Engine engine(fuzz::genesis(), {.orders = 64, .keys = 64});
  core::KillLatch latch;
  Answer answer;
  for (int times = 0; times < 2; ++times) {
    const std::uint64_t sequence = engine.cmd_sequence().value() + 1;
    eventlog::OwnedMessage message = fuzz::message_of(bytes.subspan(1), frame_class, sequence);
    (void)eventlog::decode_genesis_frame(message.payload()).ok();
    eventlog::DecodedFrame decoded;
    eventlog::decode_frame(fuzz::genesis(), message.message(), decoded);
    if (decoded.fault != FrameFault::kNone) engine.reject_frame(decoded.frame, decoded.fault, answer);
    else engine.execute(decoded.frame, latch, answer);
  }
}
