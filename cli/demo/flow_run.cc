#include "cli/demo/flow_run.h"

#include "runtime/channel.h"
#include "runtime/clock.h"

namespace sluice::cli {

namespace {

constexpr Nanos kLook{20 * kNanosPerMilli};
constexpr Nanos kTellEvery{150 * kNanosPerMilli};

load::LoadChannels channels_of(const Endpoints& endpoints) {
  load::LoadChannels channels;
  channels.commands.push_back(runtime::open_channel(endpoints.command));
  channels.query = runtime::open_channel(endpoints.query);
  for (const std::string& engine : endpoints.engines) channels.engines.push_back(runtime::open_channel(engine));
  return channels;
}

}  // namespace

void FlowWatch::answered(std::span<const load::Answer> answers, Nanos now) {
  {
    const std::lock_guard lock(mutex_);
    for (const load::Answer& answer : answers) {
      if (answer.result->error_code() != 0) continue;
      const v1::CommandResult& result = answer.result->result();
      JournalEntry& entry = journal_[answer.command->options().command_id()];
      entry = {*answer.command, 1, true, result, {}};
      told_.push_back({CmdSequence{result.sequence()}, result.index(), result.outcome() == v1::OUTCOME_CODE_EXECUTED,
                       result.reason() == v1::REJECT_REASON_KILLED, now});
    }
  }
  answers_.fetch_add(answers.size());
  bell_.ring();
}

void FlowWatch::given_up(const load::Batch& batch, const std::string& why) {
  const std::lock_guard lock(mutex_);
  for (const v1::Command& command : batch.request.commands())
    journal_[command.options().command_id()] = {command, 1, false, {}, why};
}

std::vector<Told> FlowWatch::told() const {
  const std::lock_guard lock(mutex_);
  return told_;
}

std::map<std::string, JournalEntry> FlowWatch::take_journal() {
  const std::lock_guard lock(mutex_);
  return std::move(journal_);
}

FlowRun::FlowRun(const Endpoints& endpoints, load::LoadOptions options, std::string name, LivePanel* panel,
                 std::function<bool()> stop)
    : caller_stops_(std::move(stop)) {
  options.watcher = &watch_;
  options.progress_every = kTellEvery;
  thread_ = std::thread([this, endpoints, options = std::move(options), name = std::move(name), panel] {
    result_ = load::run_load(
        channels_of(endpoints), options,
        [&](const load::LoadProgress& progress) {
          if (panel != nullptr) panel->flow(name, progress);
        },
        [&] { return stop_.load() || caller_stops_(); });
    ended_.store(true);
    watch_.bell().ring();
  });
}

FlowRun::~FlowRun() {
  stop();
  if (thread_.joinable()) thread_.join();
}

bool FlowRun::wait_for_answers(std::uint64_t count, Nanos patience) {
  const Nanos end = runtime::steady_now() + patience;
  while (watch_.answers() < count) {
    const std::uint32_t seen = watch_.bell().value();
    if (ended_.load() || caller_stops_() || runtime::steady_now() > end) break;
    watch_.bell().wait(seen, kLook);
  }
  return watch_.answers() >= count;
}

const Result<load::LoadResult>& FlowRun::finish() {
  if (thread_.joinable()) thread_.join();
  return result_;
}

}  // namespace sluice::cli
