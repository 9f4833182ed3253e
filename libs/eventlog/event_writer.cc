#include "eventlog/event_writer.h"

#include "runtime/clock.h"
#include "runtime/failpoint.h"

namespace sluice::eventlog {

namespace {
const EpochStarted* epoch_started(const Answer& answer) {
  if (answer.kind != AnswerKind::kControl || answer.control_events.size() != 1) return nullptr;
  return std::get_if<EpochStarted>(&answer.control_events.front().body);
}
}  // namespace

EventWriter::EventWriter(EventLog& log, const Genesis& genesis, OwnerId owner, const EventFold& fold,
                         EventWriterOptions options)
    : log_(log),
      genesis_(genesis),
      owner_(owner),
      options_(options),
      appender_(log.open_appender("engine-" + std::to_string(genesis.shard.value()))) {
  INVARIANT(owner.value() != 0);
  INVARIANT(options_.window_messages <= kInFlightMax);
  stand_at(fold);
}

EventWriter::~EventWriter() = default;

void EventWriter::stand_at(const EventFold& fold) {
  INVARIANT(unacknowledged_.empty());
  epoch_ = fold.checkpoint().epoch;
  chain_ = committed_chain_ = fold.chain();
  committed_ = fold.last_sequence();
  acknowledged_ = fold.checkpoint();
  INVARIANT(committed_ >= 1);  // genesis is there
}

Status EventWriter::acquire(Nanos log_time) {
  INVARIANT(unacknowledged_.empty());
  const Epoch epoch{epoch_.value() + 1};
  Answer answer;
  answer.kind = AnswerKind::kControl;
  answer.frame_class = FrameClass::kControl;
  answer.cmd_sequence = acknowledged_.cmd_sequence;
  answer.log_time = log_time;
  answer.control_events.push_back({0, kNoCommand, EpochStarted{epoch, owner_}});
  Sha256 chain{};
  const auto bytes = seal(epoch, owner_, chain_, encode_bodies(answer).front(), chain);
  AppendRequest request{.stream = {StreamKind::kEvent, genesis_.shard},
                        .frame_class = FrameClass::kControl,
                        .payload = bytes,
                        .msg_id = {},
                        .expected_last = committed_,
                        .token = 0,
                        .timeout = options_.append_timeout};
  const auto result = append_and_wait(*appender_, request);
  if (!result.ok()) return result.error();
  if (result.value().sequence != committed_ + 1) {
    return Error{ErrorCode::kFenced, "EpochStarted was stored at " + std::to_string(result.value().sequence) +
                                         ", not behind what was read"};
  }
  epoch_ = epoch;
  chain_ = committed_chain_ = chain;
  committed_ += 1;
  pipeline_from_ = committed_ + kInFlightMax;
  acknowledged_ = {acknowledged_.cmd_sequence, EvtSequence{committed_}, chain, epoch, owner_};
  disconnects_ = appender_->disconnects();
  return ok_status();
}

void EventWriter::publish(const Answer& answer) {
  const auto bodies = encoder_.encode(answer);
  ++answers_published_;
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    Message message;
    message.bytes = seal(epoch_, owner_, chain_, bodies[i], message.chain);
    message.frame_class = answer.frame_class;
    message.cmd_sequence = answer.cmd_sequence;
    message.cmd_sha256 = answer.cmd_sha256;
    message.completes = i + 1 == bodies.size();
    message.since = runtime::steady_now();
    chain_ = message.chain;
    bytes_ += message.bytes.size();
    unacknowledged_.push_back(std::move(message));
    if (i > 0) runtime::failpoint("engine_between_parts");
    start_more();
  }
  runtime::failpoint("engine_published");
  note_waiting();
}

/// A former owner's messages that are still on their way land between ours where their condition happens to hold: they
/// are void, but one of them can make the condition of our next message but one hold before our next is stored. So one
/// at a time until no condition of theirs can hold.
std::size_t EventWriter::in_flight_max() const { return committed_ < pipeline_from_ ? 1 : options_.window_messages; }

void EventWriter::start_more() {
  while (!doubt_ && started_ < unacknowledged_.size() && started_ < in_flight_max()) {
    const Message& message = unacknowledged_[started_];
    const std::uint64_t sequence = committed_ + ++started_;
    ++in_flight_;
    appender_->start({.stream = {StreamKind::kEvent, genesis_.shard},
                      .frame_class = message.frame_class,
                      .payload = message.bytes,
                      .msg_id = {},
                      .expected_last = sequence - 1,
                      .token = sequence,
                      .timeout = options_.append_timeout});
  }
}

void EventWriter::acknowledge_front(std::uint64_t sequence) {
  const Message& front = unacknowledged_.front();
  committed_ = sequence;
  committed_chain_ = front.chain;
  if (front.completes) {
    ++answers_acknowledged_;
    acknowledged_ = {front.cmd_sequence, EvtSequence{sequence}, front.chain, epoch_, owner_};
    if (front.cmd_sha256 != Sha256{}) last_cmd_sha256_ = front.cmd_sha256;
  }
  bytes_ -= front.bytes.size();
  if (started_ > 0) --started_;
  unacknowledged_.pop_front();
}

void EventWriter::note_waiting() {
  waiting_since_.store(unacknowledged_.empty() ? 0 : unacknowledged_.front().since.value(), std::memory_order_release);
}

Status EventWriter::pump(Nanos timeout) {
  done_.clear();
  appender_->poll(timeout, done_);
  Status problem = ok_status();
  for (const AppendCompletion& completion : done_) {
    INVARIANT(in_flight_ > 0);
    --in_flight_;
    if (doubt_) continue;  // what happened to it is read from EVT
    // An acknowledgement must carry the expected sequence + 1, and they come in order.
    if (completion.result.ok() && completion.token == committed_ + 1 &&
        completion.result.value().sequence == completion.token) {
      acknowledge_front(completion.token);
      continue;
    }
    doubt_ = true;
    if (!completion.result.ok() && completion.result.error().code == ErrorCode::kLogFull)
      problem = completion.result.error();
  }
  if (appender_->disconnects() != disconnects_) doubt_ = true;
  if (doubt_ && in_flight_ == 0) {
    const Status reconciled = reconcile();
    note_waiting();
    if (!reconciled.ok()) return reconciled;
  }
  start_more();
  note_waiting();
  return problem;
}

/// Reads EVT from the last acknowledged message: own bytes are committed, void messages are stepped over, and what is
/// missing is sent again behind them. Another owner's valid message ends this ownership.
Status EventWriter::reconcile() {
  const StreamId stream{StreamKind::kEvent, genesis_.shard};
  if (!appender_->connected()) return Error{ErrorCode::kUnavailable, "the log cannot be reached"};
  const std::uint64_t disconnects = appender_->disconnects();
  const auto info = log_.info(stream);
  if (!info.ok()) return Error{ErrorCode::kUnavailable, info.error().message};
  if (info.value().last_sequence < committed_) {
    return Error{ErrorCode::kHalted, "truncated: EVT ends at " + std::to_string(info.value().last_sequence) +
                                         ", message " + std::to_string(committed_) + " was acknowledged"};
  }
  while (committed_ < info.value().last_sequence) {
    const auto stored = log_.get(stream, committed_ + 1);
    if (!stored.ok()) return Error{ErrorCode::kUnavailable, stored.error().message};
    if (const Status matched = match(stored.value().message()); !matched.ok()) return matched;
  }
  if (const Status tail = check_cmd_tail(); !tail.ok()) return tail;
  doubt_ = false;
  disconnects_ = disconnects;
  started_ = 0;
  for (Message& message : unacknowledged_) message.since = runtime::steady_now();
  start_more();
  return ok_status();
}

Status EventWriter::match(const LogMessage& stored) {
  const auto opened = open_sealed(stored.payload);
  if (!opened.ok())
    return Error{ErrorCode::kHalted,
                 "verifier: EVT message " + std::to_string(stored.sequence) + ' ' + opened.error().message};
  const EventHeader& header = opened.value().header;
  if (header.owner == owner_) {
    if (unacknowledged_.empty() || unacknowledged_.front().chain != header.chain) {
      return Error{ErrorCode::kHalted, "chain: EVT message " + std::to_string(stored.sequence) +
                                           " bears this owner's id but not its bytes"};
    }
    acknowledge_front(stored.sequence);
    return ok_status();
  }
  Answer foreign;
  const auto info = decode_body(opened.value().body, foreign);
  const EpochStarted* started = info.ok() ? epoch_started(foreign) : nullptr;
  if (started != nullptr && started->epoch.value() == epoch_.value() + 1 && header.prev_chain == committed_chain_) {
    return Error{ErrorCode::kFenced,
                 "another engine owns the shard since EVT message " + std::to_string(stored.sequence)};
  }
  committed_ = stored.sequence;
  ++void_messages_;
  return ok_status();
}

/// A CMD stream that lost its tail and was refilled looks long enough: the message of the newest answer must still be
/// the same.
Status EventWriter::check_cmd_tail() {
  if (last_cmd_sha256_ == Sha256{}) return ok_status();
  const auto message = log_.get({StreamKind::kCommand, genesis_.shard}, acknowledged_.cmd_sequence.value());
  if (!message.ok() && message.error().code != ErrorCode::kNotFound)
    return Error{ErrorCode::kUnavailable, message.error().message};
  if (!message.ok() || sha256(message.value().payload()) != last_cmd_sha256_) {
    return Error{ErrorCode::kHalted, "refilled: CMD message " + std::to_string(acknowledged_.cmd_sequence.value()) +
                                         " is not the one that was answered: the log lost its tail"};
  }
  return ok_status();
}

}  // namespace sluice::eventlog
