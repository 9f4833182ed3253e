#include "engine/ticker.h"

#include "eventlog/codec.h"
#include "runtime/clock.h"
#include "runtime/ids.h"

namespace sluice::engine {

Ticker::Ticker(eventlog::EventLog& log, const Genesis& genesis)
    : genesis_(genesis),
      writer_(runtime::random_id()),
      appender_(log.open_appender("engine-tick-" + std::to_string(genesis.shard.value()))) {}

bool Ticker::tick_if(Nanos due, bool idle) {
  if (in_flight_) {
    done_.clear();
    appender_->poll(Nanos{0}, done_);
    in_flight_ = done_.empty();
  }
  if (in_flight_ || !idle || due == Nanos{0} || runtime::wall_now() < due) return false;
  const ControlCommand tick{runtime::new_command_id(), *Principal::from(kEngineName), Tick{}};
  const eventlog::FrameAddress address{writer_, 0, ++batch_};
  const auto payload = eventlog::encode_frame(genesis_, address, {}, {&tick, 1});
  const std::string msg_id = eventlog::msg_id_of(address);
  appender_->start({.stream = {eventlog::StreamKind::kCommand, genesis_.shard},
                    .frame_class = FrameClass::kControl,
                    .payload = payload,
                    .msg_id = msg_id,
                    .expected_last = std::nullopt});
  in_flight_ = true;
  return true;
}

}  // namespace sluice::engine
