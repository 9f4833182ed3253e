#include "command/lane_writer.h"

#include "runtime/clock.h"
#include "runtime/failpoint.h"

namespace sluice::command {

namespace {

constexpr Nanos kSweep{50 * kNanosPerMilli};
constexpr Nanos kRetryPause{20 * kNanosPerMilli};

template <typename Command>
std::vector<std::byte> encode(const Genesis& genesis, const eventlog::FrameAddress& address,
                              const std::vector<Command>& commands) {
  if constexpr (std::is_same_v<Command, OrderCommand>) return eventlog::encode_frame(genesis, address, commands, {});
  else return eventlog::encode_frame(genesis, address, {}, commands);
}

}  // namespace

template <typename Command>
LaneWriter<Command>::LaneWriter(eventlog::EventLog& log, const Genesis& genesis, WriterId writer, AnswerBoard& board,
                                LaneWriterOptions options)
    : log_(log),
      genesis_(genesis),
      writer_(writer),
      board_(board),
      options_(std::move(options)),
      appender_(log.open_appender(options_.name)),
      lanes_(options_.lanes) {
  INVARIANT(options_.lanes >= 1);
  thread_ = std::thread([this] { run(); });
}

template <typename Command>
LaneWriter<Command>::~LaneWriter() {
  stop();
}

template <typename Command>
void LaneWriter<Command>::stop() {
  stop_.store(true, std::memory_order_release);
  appender_->wake();
  if (thread_.joinable()) thread_.join();
}

template <typename Command>
Status LaneWriter<Command>::submit(std::uint64_t lane_key, const Command& command, Waiter waiter) {
  if (stats_.queued.load(std::memory_order_relaxed) >= options_.queued_max) {
    return Error{ErrorCode::kLogFull,
                 "overload: " + std::to_string(options_.queued_max) + " commands wait for the log; nothing was logged"};
  }
  {
    const std::lock_guard lock(mutex_);
    if (stop_.load(std::memory_order_acquire))
      return Error{ErrorCode::kUnavailable, "the service is stopping; nothing was logged"};
    lanes_[lane_key % lanes_.size()].queue.push_back({command, std::move(waiter)});
    stats_.queued.fetch_add(1, std::memory_order_relaxed);
  }
  // The writer's thread looks at the queues after setting this, so either it sees the command or we see it sleeping.
  if (sleeping_.exchange(false, std::memory_order_seq_cst)) appender_->wake();
  return ok_status();
}

template <typename Command>
void LaneWriter<Command>::run() {
  std::vector<eventlog::AppendCompletion> done;
  Nanos swept;
  while (!stop_.load(std::memory_order_acquire)) {
    sleeping_.store(true, std::memory_order_seq_cst);
    const bool waiting_to_retry = start_frames();
    done.clear();
    appender_->poll(waiting_to_retry ? kRetryPause : kSweep, done);
    sleeping_.store(false, std::memory_order_seq_cst);
    for (const auto& completion : done) finish(lanes_[completion.token], completion.result);
    const Nanos now = runtime::steady_now();
    if (now - swept > kSweep) {
      swept = now;
      board_.expire(now);
    }
  }
  for (Lane& lane : lanes_) {
    const Error stopping{ErrorCode::kUnknown,
                         "the service stopped before the log acknowledged; ask again with the same command_id"};
    if (!lane.frame.empty()) give_up(lane, stopping);
    const std::lock_guard lock(mutex_);
    for (Entry& entry : lane.queue) {
      if (entry.waiter.batch != nullptr)
        entry.waiter.batch->fail(entry.waiter.slot,
                                 Error{ErrorCode::kUnavailable, "the service is stopping; nothing was logged"});
    }
    lane.queue.clear();
  }
}

/// Starts a frame in each lane that has none in flight. True if a lane waits to repeat its frame.
template <typename Command>
bool LaneWriter<Command>::start_frames() {
  bool waiting = false;
  for (std::uint32_t i = 0; i < lanes_.size(); ++i) {
    Lane& lane = lanes_[i];
    if (lane.in_flight) continue;
    if (!lane.frame.empty()) {
      const Nanos now = runtime::steady_now();
      if (now < lane.retry_at) {
        waiting = true;
        continue;
      }
      stats_.repeats.fetch_add(1, std::memory_order_relaxed);
      publish(lane, i);
    } else if (fill(lane, i)) {
      runtime::failpoint("command_before_publish");
      publish(lane, i);
      runtime::failpoint("command_published");
    }
  }
  return waiting;
}

template <typename Command>
bool LaneWriter<Command>::fill(Lane& lane, std::uint32_t number) {
  std::vector<Command> commands;
  lane.waiters.clear();
  lane.deadline = Nanos{0};
  lane.unclear = false;
  {
    const std::lock_guard lock(mutex_);
    while (!lane.queue.empty() && commands.size() < options_.frame_commands_max) {
      Entry& entry = lane.queue.front();
      commands.push_back(entry.command);
      if (entry.waiter.batch != nullptr) lane.deadline = std::max(lane.deadline, entry.waiter.batch->deadline());
      lane.waiters.push_back(std::move(entry.waiter));
      lane.queue.pop_front();
    }
  }
  if (commands.empty()) return false;
  stats_.queued.fetch_sub(commands.size(), std::memory_order_relaxed);
  const eventlog::FrameAddress address{
      writer_,
      number +
          (options_.frame_class == FrameClass::kOrders ? 0u : 1000u * static_cast<std::uint32_t>(options_.frame_class)),
      ++lane.batch};
  lane.frame = encode(genesis_, address, commands);
  lane.msg_id = eventlog::msg_id_of(address);
  lane.ticket = board_.frame_begins();
  stats_.commands.fetch_add(commands.size(), std::memory_order_relaxed);
  stats_.frames.fetch_add(1, std::memory_order_relaxed);
  return true;
}

template <typename Command>
void LaneWriter<Command>::publish(Lane& lane, std::uint32_t number) {
  lane.in_flight = true;
  stats_.in_flight.fetch_add(1, std::memory_order_relaxed);
  appender_->start({.stream = {eventlog::StreamKind::kCommand, genesis_.shard},
                    .frame_class = options_.frame_class,
                    .payload = lane.frame,
                    .msg_id = lane.msg_id,
                    .expected_last = {},
                    .token = number,
                    .timeout = options_.ack_timeout});
}

template <typename Command>
void LaneWriter<Command>::finish(Lane& lane, const Result<eventlog::Appended>& result) {
  lane.in_flight = false;
  stats_.in_flight.fetch_sub(1, std::memory_order_relaxed);
  if (result.ok()) {
    reachable_.store(true, std::memory_order_release);
    stats_.log_full.store(false, std::memory_order_relaxed);
    if (result.value().duplicate) stats_.duplicates.fetch_add(1, std::memory_order_relaxed);
    runtime::failpoint("command_acknowledged");
    logged(lane, CmdSequence{result.value().sequence});
    return;
  }
  const Error& error = result.error();
  if (error.code == ErrorCode::kUnknown || error.code == ErrorCode::kUnavailable)
    reachable_.store(false, std::memory_order_release);
  if (error.code == ErrorCode::kLogFull) stats_.log_full.store(true, std::memory_order_relaxed);
  lane.unclear = lane.unclear || error.code == ErrorCode::kUnknown;
  // Refused for good, and no earlier publish of the frame can have been stored: then nothing was logged.
  const bool refused = (error.code == ErrorCode::kLogFull || error.code == ErrorCode::kTooLarge) && !lane.unclear;
  if (options_.never_give_up || (!refused && runtime::steady_now() < lane.deadline)) {
    lane.retry_at = runtime::steady_now() + kRetryPause;
    return;
  }
  // Never turn unknown into rejected: what may be stored is said to be unclear.
  if (refused) give_up(lane, error);
  else
    give_up(lane, Error{ErrorCode::kUnknown,
                        "the log did not acknowledge (" + error.message + "); ask again with the same command_id"});
}

template <typename Command>
void LaneWriter<Command>::logged(Lane& lane, CmdSequence sequence) {
  for (std::size_t i = 0; i < lane.waiters.size(); ++i) {
    Waiter& waiter = lane.waiters[i];
    if (waiter.batch == nullptr) continue;
    waiter->sequence = sequence;
    waiter->index = static_cast<std::uint32_t>(i);
    if (waiter->level != WaitLevel::kLogged) continue;
    waiter.batch->complete(waiter.slot);
    waiter = {};
  }
  board_.frame_logged(lane.ticket, sequence, std::move(lane.waiters));
  lane.waiters.clear();
  lane.frame.clear();
}

template <typename Command>
void LaneWriter<Command>::give_up(Lane& lane, const Error& error) {
  board_.frame_ends(lane.ticket);
  stats_.given_up.fetch_add(lane.waiters.size(), std::memory_order_relaxed);
  for (const Waiter& waiter : lane.waiters) {
    if (waiter.batch != nullptr) waiter.batch->fail(waiter.slot, error);
  }
  lane.waiters.clear();
  lane.frame.clear();
}

template class LaneWriter<OrderCommand>;
template class LaneWriter<ControlCommand>;

}  // namespace sluice::command
