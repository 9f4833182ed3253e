#include "engine/frame_reader.h"

#include "runtime/clock.h"
#include "runtime/logging.h"
#include "runtime/ticks.h"

namespace sluice::engine {

namespace {
constexpr Nanos kWait{50 * kNanosPerMilli};
constexpr Nanos kRoomWait{kNanosPerMilli / 5};
}  // namespace

FrameReader::FrameReader(eventlog::EventLog& log, const Genesis& genesis, std::uint64_t from, FrameRing& frames,
                         runtime::Doorbell& executor_bell, EngineStatus& status, Nanos clock_step_max)
    : log_(log),
      genesis_(genesis),
      next_(from),
      frames_(frames),
      executor_bell_(executor_bell),
      status_(status),
      clock_step_max_(clock_step_max) {}

void FrameReader::run() {
  const eventlog::StreamId stream{eventlog::StreamKind::kCommand, genesis_.shard};
  const std::string name = "engine-frames-" + std::to_string(genesis_.shard.value());
  reader_ = log_.open_reader(name, stream, next_);
  while (!stop_.load(std::memory_order_acquire)) {
    FrameSlot* slot = frames_.claim();
    waiting_for_room_.store(slot == nullptr, std::memory_order_release);
    if (slot == nullptr) {
      pause_.wait(pause_.value(), kRoomWait);
      continue;
    }
    if (restart_.exchange(false)) reader_ = log_.open_reader(name, stream, next_);
    const auto message = reader_->next(kWait);
    contact_.store(reader_->last_contact().value(), std::memory_order_release);
    if (!message.ok()) {
      if (message.error().code != ErrorCode::kHalted && message.error().code != ErrorCode::kNotFound) continue;
      const std::lock_guard lock(mutex_);
      halted_ = message.error().message;
      return;
    }
    const std::uint64_t read_at = runtime::ticks();
    status_.stages.mark(kStageIn, message.value().sequence, runtime::wall_now());
    slot->message.assign(message.value());
    hold_for_clock(slot->message.message());
    eventlog::decode_frame(genesis_, slot->message.message(), slot->decoded);
    slot->read_at = read_at;
    next_ = message.value().sequence + 1;
    status_.cmd_read.store(message.value().sequence, std::memory_order_release);
    frames_.publish();
    executor_bell_.ring();
  }
}

/// A broker whose clock runs ahead would move log time, and with it every expiry, for good. Held back until our clock
/// has come near.
void FrameReader::hold_for_clock(const eventlog::LogMessage& message) {
  bool told = false;
  while (!stop_.load(std::memory_order_acquire) && message.broker_time > runtime::wall_now() + clock_step_max_) {
    status_.holds.set(Hold::kClockStep, true);
    if (!told) {
      runtime::log_error("hold: the broker's clock is ahead of ours",
                         {{"message", message.sequence},
                          {"ahead_ms", (message.broker_time - runtime::wall_now()).value() / kNanosPerMilli}});
    }
    told = true;
    pause_.wait(pause_.value(), kWait);
  }
  if (told) {
    status_.holds.set(Hold::kClockStep, false);
    executor_bell_.ring();
  }
}

std::string FrameReader::halted_reason() const {
  const std::lock_guard lock(mutex_);
  return halted_;
}

void FrameReader::stop() {
  stop_.store(true, std::memory_order_release);
  pause_.ring();
}

}  // namespace sluice::engine
