#include "cli/load/load_run.h"

#include <algorithm>
#include <thread>

#include "cli/load/journal.h"
#include "cli/load/sender.h"
#include "runtime/clock.h"
#include "runtime/doorbell.h"
#include "runtime/ids.h"

namespace sluice::load {

namespace {

constexpr Nanos kConnectMax{10 * kNanosPerSecond};
constexpr Nanos kBeginIn{20 * kNanosPerMilli};  // until every thread is there
constexpr Nanos kOverdue{12 *
                         kNanosPerSecond};   // a sender that long behind the end is blocked: it would give up itself
constexpr Nanos kLook{20 * kNanosPerMilli};  // of the caller's thread at progress and stop
constexpr std::uint32_t kBatchMax = 512;

/// Hands answers to everybody who wants them.
class Answers final : public AnswerSink {
 public:
  Answers(Recorder& recorder, Journal* journal, StageCollector* stages, AnswerSink* watcher, Nanos to_unix)
      : recorder_(recorder), journal_(journal), stages_(stages), watcher_(watcher), to_unix_(to_unix) {}

  void answered(std::span<const Answer> answers, Nanos now) override {
    recorder_.answered(answers, now);
    if (journal_ != nullptr) journal_->answered(answers, now);
    if (watcher_ != nullptr) watcher_->answered(answers, now);
    if (stages_ == nullptr) return;
    for (const Answer& answer : answers) {
      const v1::CommandResult& result = answer.result->result();
      if (!answer.command->options().receipt() || result.sequence() == 0) continue;
      StageSample sample{result.shard(), answer.stamp.intended + to_unix_, now + to_unix_, result.receipt()};
      sample.times.set_sequence(result.sequence());
      stages_->sampled(std::move(sample));
    }
  }
  void given_up(const Batch& batch, const std::string& why) override {
    recorder_.given_up(batch.stamps.size(), why);
    if (journal_ != nullptr) journal_->given_up(batch, why);
    if (watcher_ != nullptr) watcher_->given_up(batch, why);
  }

 private:
  Recorder& recorder_;
  Journal* const journal_;
  StageCollector* const stages_;
  AnswerSink* const watcher_;
  const Nanos to_unix_;
};

Status check(const LoadChannels& channels, const LoadOptions& options) {
  const auto wrong = [](const char* what) { return Error{ErrorCode::kInvalidArgument, what}; };
  if (channels.commands.empty()) return wrong("a load needs a connection; give --connections 1 or more");
  if (options.accounts.empty() || options.symbols.empty()) return wrong("a load needs an account and an instrument");
  if (options.batch == 0 || options.batch > kBatchMax) return wrong("a message takes 1 to 512 commands; see --batch");
  if (!(options.rate >= 0) || !(options.speed > 0)) return wrong("rate must not be negative, speed must be positive");
  if (options.progress_every <= Nanos{}) return wrong("progress must be told now and then, not all the time");
  if (options.in_flight == 0) return wrong("a closed loop needs at least one message in flight; see --in-flight");
  if (options.duration == Nanos{} && options.lobster.empty()) return wrong("the generator never ends; give --duration");
  if (options.kill_every > Nanos{} && !channels.kill) return wrong("kills need the kill switch's channel");
  for (const auto& channel : channels.commands) {
    if (!channel->WaitForConnected(runtime::deadline_after(kConnectMax)))
      return Error{ErrorCode::kUnavailable, "the command service does not answer: see 'sluice admin status'"};
  }
  return ok_status();
}

std::unique_ptr<Source> make_source(const LoadOptions& options) {
  constexpr std::uint64_t kRunNames = 36ull * 36 * 36 * 36 * 36;
  constexpr const char* kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";
  SourceNames names{options.accounts, options.symbols, ""};
  for (std::uint64_t left = runtime::random_u64() % kRunNames, i = 0; i < 5; ++i, left /= 36)
    names.run.push_back(kDigits[left % 36]);
  if (!options.lobster.empty())
    return std::make_unique<LobsterSource>(options.lobster, std::move(names), options.duration != Nanos{});
  marketdata::OrderFlowOptions flow;
  flow.seed = options.seed;
  flow.mid = options.mid;
  if (options.orders_only) {
    flow.filled = 1;
    flow.partial_cancels = flow.replaces = 0;
  }
  if (options.rate > 0) flow.commands_per_second = options.rate;
  return std::make_unique<FlowSource>(flow, std::move(names));
}

Schedule make_schedule(const LoadOptions& options) {
  if (!options.lobster.empty()) return Schedule::natural(options.speed);
  if (options.rate == 0) return Schedule::closed_loop();
  switch (options.arrivals) {
    case Arrivals::kConstant: return Schedule::constant(options.rate);
    case Arrivals::kPoisson: return Schedule::poisson(options.rate, options.seed);
    case Arrivals::kFlow: break;
  }
  return Schedule::natural(1);
}

LoadProgress progress_of(const Recorder& recorder, const StageCollector* stages, Nanos start, Nanos now) {
  return {.seconds = static_cast<double>((now - start).value()) / 1e9,
          .sent = recorder.sent_so_far(),
          .answered = recorder.answered_so_far(),
          .last = recorder.newest_whole_second(now),
          .latency = recorder.latency_so_far(),
          .stages = stages != nullptr ? stages->so_far() : std::vector<StageSummary>{}};
}

}  // namespace

double LoadResult::intended_rate() const {
  const double seconds_meant = static_cast<double>(tally.last_intended.value()) / 1e9;
  return seconds_meant > 0 ? static_cast<double>(tally.sent) / seconds_meant : 0;
}

double LoadResult::achieved_rate() const { return seconds > 0 ? static_cast<double>(tally.sent) / seconds : 0; }

bool LoadResult::sender_was_slow() const {
  if (closed_loop || tally.sent == 0) return false;
  const auto late = static_cast<double>(tally.lateness.quantile(0.99));
  const auto latency = static_cast<double>(tally.latency.quantile(0.99));
  return overrun || late > 0.1 * latency || achieved_rate() < 0.99 * intended_rate();
}

Result<LoadResult> run_load(const LoadChannels& channels, const LoadOptions& options, const OnProgress& on_progress,
                            const std::function<bool()>& stop) {
  if (const Status good = check(channels, options); !good.ok()) return good.error();
  const Nanos start = runtime::steady_now() + kBeginIn;
  const Nanos to_unix = runtime::wall_now() - runtime::steady_now();
  std::unique_ptr<Journal> journal;
  if (!options.journal.empty()) {
    auto opened = Journal::open(options.journal, to_unix);
    if (!opened.ok()) return opened.error();
    journal = std::move(opened).value();
  }
  Recorder recorder(start);
  std::optional<StageCollector> stages;
  if (options.sample > 0) stages.emplace(StageChannels{channels.commands.front(), channels.engines, channels.query});
  Answers answers(recorder, journal.get(), stages ? &*stages : nullptr, options.watcher, to_unix);
  const auto transport = options.via == Via::kStream ? stream_transport(channels.commands, answers)
                                                     : unary_transport(channels.commands, answers);
  const auto source = make_source(options);
  const Schedule schedule = make_schedule(options);
  Sender sender(options, *source, schedule, *transport, recorder, channels.commands.size(), start);
  std::optional<Killer> killer;
  if (options.kill_every > Nanos{}) killer.emplace(channels.kill, options.accounts, options.kill_every, start);

  runtime::Doorbell done;
  std::atomic<bool> ended{false};
  LoadResult result;
  std::thread sending([&] {
    sender.run();
    sender.drain();
    ended.store(true);
    done.ring();
  });
  // After this moment the sender is not waited for any longer.
  Nanos overdue =
      options.duration == Nanos{} ? Nanos{INT64_MAX} : start + options.duration + kOverdue + options.give_up;
  bool stopping = false;
  for (Nanos told = start;;) {
    const std::uint32_t seen = done.value();
    if (ended.load()) break;
    done.wait(seen, kLook);
    const Nanos now = runtime::steady_now();
    if (!stopping && stop && stop()) {
      stopping = true;
      sender.stop();
      overdue = std::min(overdue, now + options.give_up);
    }
    if (now >= overdue) {
      sender.give_up();
      transport->interrupt();
    }
    if (!on_progress || now < told + options.progress_every) continue;
    told = told + options.progress_every;
    on_progress(progress_of(recorder, stages ? &*stages : nullptr, start, now));
  }
  sending.join();
  if (killer) result.kills = killer->stop();
  transport->close();
  if (stages) result.stages = stages->stop();
  result.tally = recorder.finish();
  result.seconds = static_cast<double>(result.tally.last_sent.value()) / 1e9;
  result.sending_seconds = static_cast<double>(sender.sending().value()) / 1e9;
  result.closed_loop = schedule.closed();
  result.stopped = sender.stopped();
  result.overrun = sender.overrun();
  if (journal) {
    if (const Status written = journal->close(); !written.ok()) return written.error();
  }
  return result;
}

}  // namespace sluice::load
