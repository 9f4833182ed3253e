#include "projections/projector.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "projections/views/views.h"
#include "runtime/clock.h"
#include "runtime/failpoint.h"
#include "runtime/logging.h"
#include "runtime/this_thread.h"

namespace sluice::projections {

/// What has been folded and not been written yet.
struct Projector::Batch {
  explicit Batch(Store& store, ShardId shard) : rows(store.batch(shard)) {}

  ViewBatch rows;
  Nanos begun;                      // steady time of its first answer
  telemetry::Span measured;         // from then on
  eventlog::Checkpoint checkpoint;  // after the newest answer in it
  std::uint64_t void_messages = 0;  // up to that answer
  std::size_t answers = 0;
  std::uint64_t events = 0;
  std::uint64_t executed = 0, rejected = 0, repeated = 0;  // outcomes
  std::vector<ControlEvent> references;                    // for the cache of names
  std::vector<FoldedAnswer> folded;                        // for the sink
  bool for_sink = false;
};

namespace {

telemetry::Labels labels_of(ShardId shard) { return {{"shard", std::to_string(shard.value())}}; }

telemetry::Labels stream_labels_of(ShardId shard) {
  return {{"shard", std::to_string(shard.value())}, {"stream", "evt"}};
}

telemetry::Counter& outcomes_total(telemetry::Registry& metrics, ShardId shard, const std::string& outcome) {
  return metrics.counter("sluice_projector_outcomes_total",
                         "Outcomes seen in the event log; a repeat has the outcome of the first.",
                         {{"shard", std::to_string(shard.value())}, {"outcome", outcome}});
}

ProgressRow progress_row(const eventlog::Checkpoint& checkpoint, const Genesis& genesis) {
  ProgressRow row;
  row.cmd_sequence = checkpoint.cmd_sequence;
  row.evt_sequence = checkpoint.evt_sequence;
  row.chain = checkpoint.chain;
  row.epoch = checkpoint.epoch;
  row.owner = checkpoint.owner;
  row.deployment = genesis.deployment;
  row.key_window = genesis.key_window;
  row.schema = genesis.schema;
  row.shard_count = genesis.shard_count;
  return row;
}

eventlog::Checkpoint checkpoint_of(const ProgressRow& row) {
  return {row.cmd_sequence, row.evt_sequence, row.chain, row.epoch, row.owner};
}

Genesis genesis_of(const ProgressRow& row, ShardId shard) {
  return {row.deployment, shard, row.shard_count, row.schema, row.key_window};
}

bool can_come_back(ErrorCode code) { return code == ErrorCode::kUnavailable || code == ErrorCode::kTimeout; }

}  // namespace

Projector::Projector(eventlog::EventLog& log, Store& store, ReferenceCache& names, ProgressBoard& board,
                     telemetry::Registry& metrics, AnswerSink* sink, ProjectorOptions options)
    : log_(log),
      store_(store),
      names_(names),
      board_(board),
      sink_(sink),
      options_(options),
      events_total_(
          metrics.counter("sluice_projector_events_total", "Events folded into the views.", labels_of(options.shard))),
      answers_total_(metrics.counter("sluice_projector_answers_total", "Answers folded into the views.",
                                     labels_of(options.shard))),
      batches_total_(metrics.counter("sluice_projector_batches_total", "Batches written.", labels_of(options.shard))),
      executed_total_(outcomes_total(metrics, options.shard, "executed")),
      rejected_total_(outcomes_total(metrics, options.shard, "rejected")),
      repeated_total_(outcomes_total(metrics, options.shard, "repeated")),
      void_messages_(metrics.gauge("sluice_projector_void_messages",
                                   "Messages of former owners in the part of the log that is in the views.",
                                   labels_of(options.shard))),
      log_bytes_(metrics.gauge("sluice_log_bytes", "Bytes of a stream.", stream_labels_of(options.shard))),
      log_bytes_max_(
          metrics.gauge("sluice_log_max_bytes", "Bytes that a stream may have.", stream_labels_of(options.shard))),
      log_nearly_full_(
          metrics.gauge("sluice_log_nearly_full",
                        "1 while at least 80 % of a stream's max_bytes are in use; orders are refused from 95 %.",
                        stream_labels_of(options.shard))),
      lag_messages_(metrics.gauge("sluice_projector_lag_messages", "Event messages known and not yet in the views.",
                                  labels_of(options.shard))),
      halted_(metrics.gauge("sluice_projector_halted", "1 if the projection has halted.", labels_of(options.shard))) {}

Projector::~Projector() { stop(); }

void Projector::start() {
  INVARIANT(!thread_.joinable());
  thread_ = std::thread([this] { run(); });
}

void Projector::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_.store(true);
    if (reader_ != nullptr) reader_->wake();
  }
  woken_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Projector::run() {
  runtime::name_this_thread("projector-" + std::to_string(options_.shard.value()));
  runtime::step_behind_order_path(5);
  Status result = begin();
  if (result.ok() && !stopping_.load()) result = catch_up_and_follow();
  if (result.ok()) return;
  const Error& error = result.error();
  runtime::log_error("projection halted", {{"shard", options_.shard.value()}, {"reason", error.message}});
  halted_.set(1);
  announce(ProjectionState::kHalted, std::string(name_of(error.code)) + ": " + error.message);
}

/// Compares the checkpoint with the log and opens the reader behind it. Returns early when stopped.
Status Projector::begin() {
  const Result<std::optional<ProgressRow>> stored = store_.progress(options_.shard);
  if (!stored.ok()) return stored.error();
  const Status loaded = names_.load(store_, options_.shard);
  if (!loaded.ok()) return loaded;
  if (stored.value()) {
    progress_ = *stored.value();
    void_before_ = progress_.void_messages;
    Status checked = eventlog::check_checkpoint(log_, options_.shard, checkpoint_of(progress_));
    while (!checked.ok() && can_come_back(checked.error().code)) {
      if (!pause()) return ok_status();
      checked = eventlog::check_checkpoint(log_, options_.shard, checkpoint_of(progress_));
    }
    if (!checked.ok()) return checked;
    fold_.emplace(genesis_of(progress_, options_.shard), checkpoint_of(progress_));
  } else {
    fold_.emplace(options_.shard);
  }
  note_log_end();
  batch_ = std::make_unique<Batch>(store_, options_.shard);
  const std::uint64_t from = progress_.evt_sequence.value() + 1;
  {
    const std::lock_guard lock(mutex_);
    reader_ = log_.open_reader("projector-" + std::to_string(options_.shard.value()),
                               {eventlog::StreamKind::kEvent, options_.shard}, from);
  }
  runtime::log_info("projection started", {{"shard", options_.shard.value()}, {"from", from}, {"log_last", log_last_}});
  if (sink_ != nullptr) sink_->deliver(options_.shard, {}, progress_.evt_sequence);
  announce(progress_.evt_sequence.value() >= log_last_ && log_last_ > 0 ? ProjectionState::kLive
                                                                        : ProjectionState::kCatchingUp);
  return ok_status();
}

Status Projector::catch_up_and_follow() {
  while (!stopping_.load()) {
    look_at_log();
    const bool pending = batch_->answers > 0;
    const Result<eventlog::LogMessage> message = reader_->next(pending ? linger() : options_.idle_timeout);
    if (message.ok()) {
      const Status taken = take(message.value());
      if (!taken.ok()) {
        // What was complete before the misfit is true: keep it, then halt.
        const Status written = write_batch();
        return written.ok() ? taken : written;
      }
      const bool full =
          batch_->answers >= options_.batch_answers_max || batch_->rows.touched() >= options_.batch_rows_max;
      if (!full) continue;
    }
    const Status written = write_batch();
    if (!written.ok()) return written;
    if (message.ok()) continue;
    switch (message.error().code) {
      case ErrorCode::kTimeout:
        if (state_ != ProjectionState::kLive && !pending) announce(ProjectionState::kLive);
        break;
      case ErrorCode::kCancelled: break;
      case ErrorCode::kUnavailable:
      case ErrorCode::kNotFound: pause(); break;
      default: return message.error();
    }
  }
  return write_batch();
}

/// How long the batch may wait for more.
Nanos Projector::linger() const {
  if (batch_->rows.touched() < options_.linger_rows_min) return Nanos{0};
  return std::max(Nanos{0}, batch_->begun + options_.linger - runtime::steady_now());
}

Status Projector::take(const eventlog::LogMessage& message) {
  const eventlog::Checkpoint before = fold_->checkpoint();
  const Result<eventlog::EventFold::Step> step = fold_->accept(message);
  if (!step.ok()) return step.error();
  log_last_ = std::max(log_last_, message.sequence);
  if (step.value() != eventlog::EventFold::Step::kComplete) return ok_status();
  if (batch_->answers == 0) {
    runtime::failpoint("projector_before_batch");
    batch_->begun = runtime::steady_now();
    if (options_.spans != nullptr)
      batch_->measured = options_.spans->begin(telemetry::Stage::kProject, fold_->checkpoint().cmd_sequence.value());
    batch_->for_sink = sink_ != nullptr && sink_->wants_answers();
  }
  const Answer& answer = fold_->answer();
  fold_answer(answer, before, fold_->checkpoint(), batch_->rows);
  const Status folded = batch_->rows.status();
  if (!folded.ok()) {
    // The rows hold half an answer now, so nothing of the batch may be written; it is read again after the cause is
    // found.
    batch_ = std::make_unique<Batch>(store_, options_.shard);
    return folded;
  }
  batch_->checkpoint = fold_->checkpoint();
  batch_->void_messages = void_before_ + fold_->void_messages();
  ++batch_->answers;
  batch_->events += answer.order_events.size() + answer.control_events.size();
  for (const Outcome& outcome : answer.outcomes) {
    if ((outcome.flags & kFlagRepeat) != 0) ++batch_->repeated;
    else ++(outcome.code == OutcomeCode::kExecuted ? batch_->executed : batch_->rejected);
  }
  batch_->references.insert(batch_->references.end(), answer.control_events.begin(), answer.control_events.end());
  if (batch_->for_sink) batch_->folded.push_back({before.evt_sequence, fold_->checkpoint().evt_sequence, answer});
  return ok_status();
}

Status Projector::write_batch() {
  Batch& batch = *batch_;
  if (batch.answers == 0) return ok_status();
  INVARIANT(fold_->genesis().has_value());
  INVARIANT(batch.checkpoint.evt_sequence > progress_.evt_sequence);
  ProgressRow next = progress_row(batch.checkpoint, *fold_->genesis());
  next.void_messages = batch.void_messages;
  const Status written = store_.write(batch.rows, next);
  if (!written.ok()) return written;
  board_.mark_projected(options_.shard, CmdSequence{progress_.cmd_sequence.value() + 1}, next.cmd_sequence,
                        runtime::wall_now());
  if (options_.spans != nullptr)
    options_.spans->end_each(batch.measured, runtime::ticks(), static_cast<std::uint32_t>(batch.answers));
  progress_ = next;
  runtime::failpoint("projector_batch_written");
  for (const ControlEvent& event : batch.references) names_.add(options_.shard, event);
  events_total_.add(batch.events);
  answers_total_.add(batch.answers);
  batches_total_.add();
  executed_total_.add(std::exchange(batch.executed, 0));
  rejected_total_.add(std::exchange(batch.rejected, 0));
  repeated_total_.add(std::exchange(batch.repeated, 0));
  if (sink_ != nullptr) sink_->deliver(options_.shard, std::move(batch.folded), progress_.evt_sequence);
  batch.rows.written();
  batch.folded.clear();
  batch.references.clear();
  batch.answers = 0;
  batch.events = 0;
  if (state_ == ProjectionState::kCatchingUp && progress_.evt_sequence.value() >= log_last_) note_log_end();
  const bool at_end = log_last_ > 0 && progress_.evt_sequence.value() >= log_last_;
  announce(state_ == ProjectionState::kLive || at_end ? ProjectionState::kLive : ProjectionState::kCatchingUp);
  return ok_status();
}

void Projector::note_log_end() {
  const Result<eventlog::StreamInfo> info = log_.info({eventlog::StreamKind::kEvent, options_.shard});
  if (!info.ok()) return;
  log_last_ = std::max(log_last_, info.value().last_sequence);
  log_bytes_.set(static_cast<std::int64_t>(info.value().bytes));
  log_bytes_max_.set(static_cast<std::int64_t>(info.value().bytes_max));
  log_nearly_full_.set(info.value().fill() >= eventlog::kNearlyFull ? 1 : 0);
}

/// Now and then: what is not delivered is not seen otherwise, and would not count as lag.
void Projector::look_at_log() {
  const Nanos now = runtime::steady_now();
  if (now - looked_at_ < options_.look_every) return;
  looked_at_ = now;
  note_log_end();
  show_lag();
}

void Projector::show_lag() {
  const std::uint64_t seen = progress_.evt_sequence.value();
  lag_messages_.set(static_cast<std::int64_t>(log_last_ > seen ? log_last_ - seen : 0));
}

void Projector::announce(ProjectionState state, const std::string& halted) {
  state_ = state;
  const std::uint64_t seen = progress_.evt_sequence.value();
  void_messages_.set(static_cast<std::int64_t>(progress_.void_messages));
  show_lag();
  board_.announce(options_.shard, {.state = state,
                                   .cmd_sequence = progress_.cmd_sequence,
                                   .evt_sequence = progress_.evt_sequence,
                                   .log_last = std::max(log_last_, seen),
                                   .void_messages = progress_.void_messages,
                                   .halted = halted});
}

/// Waits a moment before the log is tried again; false if the projector was stopped.
bool Projector::pause() {
  std::unique_lock lock(mutex_);
  woken_.wait_for(lock, std::chrono::nanoseconds(options_.retry_after.value()), [this] { return stopping_.load(); });
  return !stopping_.load();
}

}  // namespace sluice::projections
