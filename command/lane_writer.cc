#include "command/lane_writer.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "runtime/clock.h"
#include "runtime/failpoint.h"
#include "runtime/this_thread.h"

namespace sluice::command {

namespace {

constexpr Nanos kSweep{50 * kNanosPerMilli};
constexpr Nanos kRetryPause{20 * kNanosPerMilli};
/// So few commands their caller publishes itself, if nobody else is at it: the way through the writer's thread is a
/// wake-up, some 30 us of a command's latency. Only while the log acknowledges: then a frame in flight a lane bounds
/// what is sent and not yet read, and sending does not block; repeats are the writer's thread's alone.
constexpr std::size_t kPublishedByCallerMax = 16;

template <typename Command>
std::vector<std::byte> encode(const Genesis& genesis, const eventlog::FrameAddress& address,
                              const std::vector<Command>& commands) {
  if constexpr (std::is_same_v<Command, OrderCommand>) return eventlog::encode_frame(genesis, address, commands, {});
  else return eventlog::encode_frame(genesis, address, {}, commands);
}

/// Returns how many there were.
std::uint64_t fail_all(const std::vector<Waiter>& waiters, const Error& error) {
  std::uint64_t failed = 0;
  for (const Waiter& waiter : waiters) {
    if (waiter.batch == nullptr) continue;
    waiter.batch->fail(waiter.slot, error);
    ++failed;
  }
  return failed;
}

const Error kNotLoggedInTime{ErrorCode::kUnavailable,
                             "the log took no commands before the deadline; nothing was logged"};

}  // namespace

template <typename Command>
LaneWriter<Command>::LaneWriter(eventlog::EventLog& log, const Genesis& genesis, WriterId writer, AnswerBoard& board,
                                LaneWriterOptions options, FrameTrace* trace)
    : log_(log),
      genesis_(genesis),
      writer_(writer),
      board_(board),
      options_(std::move(options)),
      trace_(trace),
      appender_(log.open_appender(options_.name)),
      lanes_(options_.lanes) {
  INVARIANT(options_.lanes >= 1 && options_.lanes <= kLanesMax);
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
Status LaneWriter<Command>::admits(const Waiter& waiter) const {
  if (stats_.queued.load(std::memory_order_relaxed) >= options_.queued_max) {
    return Error{ErrorCode::kLogFull,
                 "overload: " + std::to_string(options_.queued_max) + " commands wait for the log; nothing was logged"};
  }
  if (!options_.never_give_up && waiter.batch != nullptr && waiter->level == WaitLevel::kExecuted &&
      board_.waiting() >= options_.unanswered_max) {
    return Error{ErrorCode::kLogFull, "overload: " + std::to_string(options_.unanswered_max) +
                                          " commands wait for the engine; nothing was logged"};
  }
  return ok_status();
}

template <typename Command>
Status LaneWriter<Command>::submit_all(std::span<Queued> commands) {
  {
    const std::lock_guard lock(mutex_);
    if (stop_.load(std::memory_order_acquire))
      return Error{ErrorCode::kUnavailable, "the service is stopping; nothing was logged"};
    for (Queued& queued : commands)
      lanes_[queued.lane_key % lanes_.size()].queue.push_back({queued.command, std::move(queued.waiter)});
    stats_.queued.fetch_add(commands.size(), std::memory_order_relaxed);
  }
  if (commands.size() <= kPublishedByCallerMax && log_reachable() && appender_->connected() && !turn_.exchange(true)) {
    (void)start_frames();
    give_turn();
    return ok_status();
  }
  // The writer's thread looks at the queues after setting this, so either it sees the commands or we see it sleeping.
  if (sleeping_.exchange(false, std::memory_order_seq_cst)) appender_->wake();
  return ok_status();
}

template <typename Command>
Status LaneWriter<Command>::submit(std::uint64_t lane_key, const Command& command, Waiter waiter) {
  if (const Status admitted = admits(waiter); !admitted.ok()) return admitted;
  Queued queued{lane_key, command, std::move(waiter)};
  return submit_all({&queued, 1});
}

template <typename Command>
void LaneWriter<Command>::take_turn() {
  while (turn_.exchange(true, std::memory_order_acquire)) turn_.wait(true);
}

template <typename Command>
void LaneWriter<Command>::give_turn() {
  turn_.store(false, std::memory_order_release);
  turn_.notify_one();
}

template <typename Command>
void LaneWriter<Command>::run() {
  runtime::name_this_thread(options_.name.substr(options_.name.find('-') + 1));  // without "command-": 15 bytes fit
  std::vector<eventlog::AppendCompletion> done;
  Nanos swept;
  take_turn();
  while (!stop_.load(std::memory_order_acquire)) {
    sleeping_.store(true, std::memory_order_seq_cst);
    const bool waiting_to_retry = start_frames();
    give_turn();
    appender_->wait(waiting_to_retry ? kRetryPause : kSweep);
    take_turn();
    sleeping_.store(false, std::memory_order_seq_cst);
    done.clear();
    appender_->poll(Nanos{0}, done);
    for (const auto& completion : done) finish(lanes_[completion.token], completion.result);
    const Nanos now = runtime::steady_now();
    if (now - swept > kSweep) {
      swept = now;
      expire(now);
      board_.expire(now);
    }
  }
  for (Lane& lane : lanes_) {
    const Error stopping{ErrorCode::kUnknown,
                         "the service stopped before the log acknowledged; ask again with the same command_id"};
    if (!lane.frame.empty()) give_up(lane, stopping);
    std::vector<Waiter> queued;
    {
      const std::lock_guard lock(mutex_);
      for (Entry& entry : lane.queue) queued.push_back(std::move(entry.waiter));
      lane.queue.clear();
    }
    stats_.queued.fetch_sub(queued.size(), std::memory_order_relaxed);
    (void)fail_all(queued, {ErrorCode::kUnavailable, "the service is stopping; nothing was logged"});
  }
}

template <typename Command>
bool LaneWriter<Command>::is_late(const Waiter& waiter, Nanos now) const {
  return !options_.never_give_up && waiter.batch != nullptr && waiter.batch->deadline() <= now;
}

/// Answers those whose deadline passed while their lane waits for the log.
template <typename Command>
void LaneWriter<Command>::expire(Nanos now) {
  std::vector<Waiter> unclear;
  std::vector<Waiter> not_logged;
  for (Lane& lane : lanes_) {
    for (Waiter& waiter : lane.waiters) {
      if (is_late(waiter, now)) unclear.push_back(std::exchange(waiter, {}));
    }
    if (log_reachable()) continue;  // the queue moves: fill() looks at each command
    const std::lock_guard lock(mutex_);
    const auto late = std::stable_partition(lane.queue.begin(), lane.queue.end(),
                                            [&](const Entry& entry) { return !is_late(entry.waiter, now); });
    for (auto entry = late; entry != lane.queue.end(); ++entry) not_logged.push_back(std::move(entry->waiter));
    lane.queue.erase(late, lane.queue.end());
  }
  stats_.queued.fetch_sub(not_logged.size(), std::memory_order_relaxed);
  stats_.given_up.fetch_add(unclear.size() + not_logged.size(), std::memory_order_relaxed);
  (void)fail_all(unclear,
                 {ErrorCode::kUnknown, "the log did not acknowledge in time; ask again with the same command_id"});
  (void)fail_all(not_logged, kNotLoggedInTime);
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
  std::vector<Waiter> late;
  const Nanos now = runtime::steady_now();
  lane.waiters.clear();
  lane.deadline = Nanos{0};
  lane.unclear = false;
  {
    const std::lock_guard lock(mutex_);
    while (!lane.queue.empty() && commands.size() < options_.frame_commands_max) {
      Entry& entry = lane.queue.front();
      if (is_late(entry.waiter, now)) {
        late.push_back(std::move(entry.waiter));
        lane.queue.pop_front();
        continue;
      }
      commands.push_back(entry.command);
      if (entry.waiter.batch != nullptr) lane.deadline = std::max(lane.deadline, entry.waiter.batch->deadline());
      lane.waiters.push_back(std::move(entry.waiter));
      lane.queue.pop_front();
    }
  }
  stats_.queued.fetch_sub(commands.size() + late.size(), std::memory_order_relaxed);
  stats_.given_up.fetch_add(late.size(), std::memory_order_relaxed);
  (void)fail_all(late, kNotLoggedInTime);
  if (commands.empty()) return false;
  const eventlog::FrameAddress address{
      writer_,
      number +
          (options_.frame_class == FrameClass::kOrders ? 0u : 1000u * static_cast<std::uint32_t>(options_.frame_class)),
      ++lane.batch};
  lane.frame = encode(genesis_, address, commands);
  lane.msg_id = eventlog::msg_id_of(address);
  lane.framed = runtime::wall_now();
  if (trace_ != nullptr) lane.publishing = {trace_->spans, telemetry::Stage::kPublish, lane.batch};
  lane.ticket = board_.frame_begins(commands.front().command_id);
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
  const Nanos acknowledged = runtime::wall_now();
  if (trace_ != nullptr) {
    lane.publishing.end();
    trace_->stages.mark(kStageFramed, sequence.value(), lane.framed);
    trace_->stages.mark(kStageAcknowledged, sequence.value(), acknowledged);
  }
  for (std::size_t i = 0; i < lane.waiters.size(); ++i) {
    Waiter& waiter = lane.waiters[i];
    if (waiter.batch == nullptr) continue;
    waiter->sequence = sequence;
    waiter->receipt.framed = lane.framed;
    waiter->receipt.acknowledged = acknowledged;
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
  lane.publishing = {};
  stats_.given_up.fetch_add(fail_all(lane.waiters, error), std::memory_order_relaxed);
  lane.waiters.clear();
  lane.frame.clear();
}

template class LaneWriter<OrderCommand>;
template class LaneWriter<ControlCommand>;

}  // namespace sluice::command
