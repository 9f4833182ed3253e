#include "command/shard_link.h"

#include "eventlog/event_fold.h"
#include "runtime/clock.h"
#include "runtime/logging.h"
#include "runtime/this_thread.h"

namespace sluice::command {

using eventlog::EventFold;
using eventlog::StreamKind;

namespace {

constexpr Nanos kWait{100 * kNanosPerMilli};

LaneWriterOptions writer_options(const char* name, const Genesis& genesis, FrameClass frame_class, bool never_give_up,
                                 const ShardLinkOptions& options) {
  LaneWriterOptions writer;
  writer.name = std::string("command-") + name + '-' + std::to_string(genesis.shard.value());
  writer.frame_class = frame_class;
  writer.lanes = frame_class == FrameClass::kOrders ? options.lanes : 1;
  writer.queued_max = frame_class == FrameClass::kOrders ? options.queued_max : 4096;
  writer.never_give_up = never_give_up;
  return writer;
}

}  // namespace

ShardLink::ShardLink(eventlog::EventLog& log, const Genesis& genesis, WriterId writer, Directory& directory,
                     KillBook& kills, telemetry::Spans& spans, ShardLinkOptions options)
    : log_(log),
      genesis_(genesis),
      directory_(directory),
      kills_(kills),
      trace_(spans),
      orders_(log, genesis, writer, board_, writer_options("orders", genesis, FrameClass::kOrders, false, options),
              &trace_),
      reference_(log, genesis, writer, board_,
                 writer_options("reference", genesis, FrameClass::kReference, false, options)),
      control_(log, genesis, writer, board_, writer_options("kills", genesis, FrameClass::kControl, true, options)),
      releases_(log, genesis, WriterId{writer.value() + 1}, board_,
                writer_options("releases", genesis, FrameClass::kControl, false, options)),
      space_(log, genesis.shard),
      reader_(log.open_reader("command-follower-" + std::to_string(genesis.shard.value()),
                              {StreamKind::kEvent, genesis.shard}, 1)) {
  follower_ = std::thread([this] { follow(); });
}

ShardLink::~ShardLink() { stop(); }

void ShardLink::stop() {
  stop_.store(true, std::memory_order_release);
  reader_->wake();
  if (follower_.joinable()) follower_.join();
  orders_.stop();
  reference_.stop();
  control_.stop();
  releases_.stop();
  space_.stop();
}

std::string ShardLink::halted_reason() const {
  const std::lock_guard lock(mutex_);
  return halted_;
}

// An answer may be read before the acknowledgement of its frame; nothing was waited for then, and nothing is measured.
void ShardLink::measure(CmdSequence sequence, Nanos at) {
  trace_.stages.mark(kStageExecuted, sequence.value(), at);
  const Nanos acknowledged = trace_.stages.at(kStageAcknowledged, sequence.value());
  if (acknowledged != Nanos{0} && at >= acknowledged)
    trace_.spans.record(telemetry::Stage::kAnswer, static_cast<std::uint64_t>((at - acknowledged).value()),
                        sequence.value());
}

void ShardLink::follow() {
  runtime::name_this_thread("follower-" + std::to_string(genesis_.shard.value()));
  EventFold fold(genesis_.shard);
  std::uint64_t target = 0;
  const auto halt = [this](const Error& error) {
    runtime::log_error("following EVT halted", {{"shard", genesis_.shard.value()}, {"why", error.message}});
    const std::lock_guard lock(mutex_);
    halted_ = error.message;
    is_halted_.store(true, std::memory_order_release);
  };
  while (!stop_.load(std::memory_order_acquire)) {
    if (target == 0) {
      const auto info = log_.info({StreamKind::kEvent, genesis_.shard});
      if (info.ok()) target = info.value().last_sequence;
    }
    if (target != 0 && fold.last_sequence() >= target) caught_up_.store(true, std::memory_order_release);
    const auto message = reader_->next(kWait);
    if (!message.ok()) {
      if (message.error().code == ErrorCode::kHalted) return halt(message.error());
      continue;
    }
    const auto step = fold.accept(message.value());
    if (!step.ok()) return halt(step.error());
    void_messages_.store(fold.void_messages(), std::memory_order_relaxed);
    followed_.store(fold.last_sequence(), std::memory_order_relaxed);
    if (step.value() != EventFold::Step::kComplete) continue;
    // Names first: who waits for a registration may use it as soon as the wait ends.
    directory_.fold(genesis_.shard, fold.answer());
    kills_.fold(genesis_.shard, fold.answer(), fold.checkpoint().evt_sequence, fold.checkpoint().chain);
    const Nanos read = runtime::wall_now();
    if (fold.answer().kind == AnswerKind::kAnswer) measure(fold.answer().cmd_sequence, read);
    board_.on_answer(fold.answer(), fold.checkpoint().evt_sequence, read);
  }
}

}  // namespace sluice::command
