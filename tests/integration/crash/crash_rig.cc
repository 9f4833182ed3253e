#include "crash/crash_rig.h"

#include <signal.h>

#include <fstream>
#include <sstream>

#include "eventlog/event_fold.h"
#include "eventlog/jetstream_log.h"
#include "kill_soak.h"
#include "runtime/channel.h"
#include "runtime/failpoint.h"

namespace sluice::test {

namespace {
constexpr int kPatienceSeconds = 60;
constexpr Nanos kReadTimeout{kNanosPerSecond};
}  // namespace

CrashRig::CrashRig(const CrashRigOptions& options)
    : deployment_(
          std::make_unique<cli::Deployment>(cli::DeploymentOptions{.data_dir = dir_.path() / "d",
                                                                   .bin_dir = {},
                                                                   .shards = options.shards,
                                                                   .stream_bytes_max = options.stream_bytes_max,
                                                                   .sync = false,
                                                                   .orders_max = 1u << 16,
                                                                   .keys_expected = 1u << 16,
                                                                   .snapshot_messages = options.snapshot_messages,
                                                                   .standbys = options.standbys,
                                                                   .objectives = options.objectives})) {
  const Status started = deployment_->start();
  EXPECT_TRUE(started.ok()) << started.error().message;
  const Status named =
      cli::register_names(runtime::open_channel(deployment_->endpoints().command), {"A", "B", "C", "D"}, {"X", "Y"});
  EXPECT_TRUE(named.ok()) << named.error().message;
  log_ = eventlog::open_jetstream({.url = deployment_->endpoints().nats, .name = "test"});
}

CrashRig::~CrashRig() {
  if (sending_.joinable()) end_flow();
  if (!testing::Test::HasFailure()) return;
  for (const std::string& name : deployment_->names())
    std::fprintf(stderr, "--- %s\n%s", name.c_str(), printed(name).c_str());
}

void CrashRig::arm(const std::string& process, const std::string& failpoint) {
  deployment_->set_environment(process, {{"SLUICE_FAILPOINT", failpoint}});
  kill(process, SIGKILL);
  restart(process);
  deployment_->set_environment(process, {});
}

void CrashRig::start_flow(cli::FlowOptions options) {
  if (options.accounts.empty()) options.accounts = {"A", "B", "C", "D"};
  options.symbols = {"X", "Y"};
  options.commands = ~std::uint64_t{0};
  flow_ = std::make_unique<cli::Flow>(runtime::open_channel(deployment_->endpoints().command), options);
  sending_ = std::thread([this] { totals_ = flow_->run(600, [](std::uint64_t) {}); });
}

void CrashRig::expect_crash(const std::string& process) {
  EXPECT_TRUE(eventually([&] { return !deployment_->process(process).running(); }, kPatienceSeconds))
      << process << " does not come to its failpoint";
  EXPECT_EQ(deployment_->process(process).exit_code(), runtime::kFailpointExitCode) << printed(process);
}

void CrashRig::expect_crash_and_restart(const std::string& process) {
  expect_crash(process);
  restart(process);
}

void CrashRig::restart(const std::string& process) {
  const Status restarted = deployment_->restart(process);
  EXPECT_TRUE(restarted.ok()) << restarted.error().message;
}

void CrashRig::kill(const std::string& process, int signal) {
  deployment_->process(process).kill(signal);
  deployment_->process(process).wait();
}

void CrashRig::flow_goes_on(std::uint64_t more) {
  const std::uint64_t before = flow_->answered();
  EXPECT_TRUE(eventually([&] { return flow_->answered() >= before + more; }, kPatienceSeconds))
      << "the flow stands still";
}

void CrashRig::end_flow() {
  flow_->stop();
  sending_.join();
  EXPECT_EQ(totals_.unknown, 0u) << "commands never got a result";
}

void CrashRig::expect_all_agree() {
  if (sending_.joinable()) end_flow();
  static const std::map<std::string, cli::JournalEntry> kNoJournal;
  const auto audited =
      cli::audit_log(*log_, deployment_->endpoints().shards, flow_ == nullptr ? kNoJournal : flow_->journal());
  EXPECT_TRUE(audited.ok()) << audited.error().message;
  if (audited.ok()) audit_ = audited.value();
  EXPECT_TRUE(audit_.clean()) << (audit_.examples.empty() ? "" : audit_.examples.front());
  std::vector<std::string> differences;
  compare_replicas(*deployment_, dir_.path(), differences);
  for (const std::string& difference : differences) ADD_FAILURE() << difference;
  if (testing::Test::HasFailure()) return;  // the logs are printed at the end
  EXPECT_TRUE(deployment_->stop()) << "a process did not stop cleanly";
}

void CrashRig::for_each_answer(const std::function<void(const Answer&)>& take) {
  const eventlog::StreamId stream{eventlog::StreamKind::kEvent, ShardId{0}};
  const auto info = log_->info(stream);
  ASSERT_TRUE(info.ok()) << info.error().message;
  const auto reader = log_->open_reader("test", stream, 1);
  eventlog::EventFold fold(ShardId{0});
  while (fold.last_sequence() < info.value().last_sequence) {
    const auto message = reader->next(kReadTimeout);
    if (!message.ok() && message.error().code == ErrorCode::kTimeout) continue;
    ASSERT_TRUE(message.ok()) << message.error().message;
    const auto step = fold.accept(message.value());
    ASSERT_TRUE(step.ok()) << step.error().message;
    if (step.value() == eventlog::EventFold::Step::kComplete) take(fold.answer());
  }
}

std::map<Uuid, Outcome> CrashRig::outcomes() {
  std::map<Uuid, Outcome> outcomes;
  for_each_answer([&](const Answer& answer) {
    for (const Outcome& outcome : answer.outcomes) outcomes.emplace(outcome.command_id, outcome);
  });
  return outcomes;
}

std::optional<KillSwitchEngaged> CrashRig::recorded(const std::string& kill_id) {
  std::optional<KillSwitchEngaged> found;
  for_each_answer([&](const Answer& answer) {
    for (const ControlEvent& event : answer.control_events) {
      const auto* kill = std::get_if<KillSwitchEngaged>(&event.body);
      if (kill != nullptr && to_string(kill->kill.kill_id) == kill_id) found = *kill;
    }
  });
  return found;
}

std::pair<int, nlohmann::json> CrashRig::sluice(std::vector<std::string> arguments) {
  const auto out = dir() / "cli.out";
  std::filesystem::remove(out);
  arguments.insert(arguments.begin(), {(cli::program_dir() / "sluice").string(), "--data-dir", (dir() / "d").string(),
                                       "--output", "json"});
  Process process(arguments, out);
  const int code = process.wait();
  nlohmann::json printed;
  std::ifstream file(out);
  for (std::string line; std::getline(file, line);) {
    auto parsed = nlohmann::json::parse(line, nullptr, false);
    if (!parsed.is_discarded()) printed = std::move(parsed);
  }
  return {code, printed};
}

std::string CrashRig::printed(const std::string& process) const {
  std::ostringstream text;
  text << std::ifstream(deployment_->log_file(process)).rdbuf();
  return text.str();
}

}  // namespace sluice::test
