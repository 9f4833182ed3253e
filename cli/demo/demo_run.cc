#include "cli/demo/demo_run.h"

#include <algorithm>

#include "cli/demo/text.h"
#include "cli/load/report.h"
#include "eventlog/jetstream_log.h"
#include "runtime/channel.h"
#include "runtime/clock.h"

namespace sluice::cli {

namespace {

constexpr std::uint32_t kRoom = 1u << 18;  // orders and keys: more than the demo makes
constexpr std::uint32_t kSampleEvery = 10;
constexpr Nanos kGiveUp{20 * kNanosPerSecond};
constexpr Nanos kStartWait{30 * kNanosPerSecond}, kLook{20 * kNanosPerMilli};
constexpr const char* kAccounts[] = {"A", "B", "C", "D"};
constexpr const char* kSymbols[] = {"X", "Y"};

DeploymentOptions deployment_of(const DemoOptions& options, const std::filesystem::path& data_dir) {
  DeploymentOptions deployment{.data_dir = data_dir, .bin_dir = {}, .orders_max = kRoom, .keys_expected = kRoom};
  if (!options.engine.empty()) deployment.programs["engine"] = options.engine;
  if (!options.query.empty()) deployment.programs["query"] = options.query;
  return deployment;
}

bool all_answer(const Gauges& gauges) {
  const bool engines = std::all_of(gauges.engines.begin(), gauges.engines.end(),
                                   [](const EngineGauge& engine) { return engine.reached && engine.role == "owner"; });
  return engines && gauges.query_reached && gauges.kills_complete;
}

/// Asks until all do; false if they do not within kStartWait.
bool all_answer(const Endpoints& endpoints, const std::function<bool()>& interrupted) {
  GaugeReader reader(endpoints, kSymbols[0]);
  runtime::Doorbell bell;
  const Nanos end = runtime::steady_now() + kStartWait;
  while (!all_answer(reader.read())) {
    if (interrupted() || runtime::steady_now() > end) return false;
    bell.wait(bell.value(), kLook);
  }
  return true;
}

}  // namespace

DemoRun::DemoRun(const DemoOptions& options, RecordedDay day, const std::filesystem::path& data_dir, Screen& screen,
                 Narrative& narrative, std::function<bool()> interrupted)
    : options_(options),
      day_(std::move(day)),
      screen_(screen),
      narrative_(narrative),
      interrupted_(std::move(interrupted)),
      deployment_(deployment_of(options, data_dir)) {
  context_.principal = "demo";
  context_.timeout_ms = 20'000;
}

DemoRun::~DemoRun() = default;

void DemoRun::run() {
  const bool whole =
      start() && show_flow() && kill_an_account() && crash_the_engine() && rebuild_the_views() && !interrupted_();
  if (!whole) narrative_.tell(interrupted_() ? "interrupted" : "the rest makes no sense after that");
  stop();
}

void DemoRun::step(const std::string& title) {
  narrative_.step(title);
  if (panel_) panel_->title(title);
}

bool DemoRun::start() {
  step("start: nats-server, engine, command and query service");
  const Nanos begun = runtime::steady_now();
  Status started = deployment_.start();
  const Endpoints& at = deployment_.endpoints();
  if (started.ok())
    started = register_names(runtime::open_channel(at.command), {std::begin(kAccounts), std::end(kAccounts)},
                             {std::begin(kSymbols), std::end(kSymbols)});
  if (started.ok() && !all_answer(at, interrupted_)) started = Error{ErrorCode::kUnavailable, "not every part answers"};
  const auto nanos = static_cast<std::uint64_t>((runtime::steady_now() - begun).value());
  if (!narrative_.check("every part answers", started.ok(),
                        started.ok() ? "after " + load::format_nanos(nanos) : started.error().message))
    return false;
  if (!deployment_.warning().empty()) narrative_.tell("warning: " + deployment_.warning());
  log_ = eventlog::open_jetstream({.url = at.nats, .name = "sluice-demo"});
  panel_ = std::make_unique<LivePanel>(screen_, at, day_.sample.messages.empty() ? kSymbols[0] : "AAPL");
  return true;
}

void DemoRun::stop() {
  step("stop");
  panel_.reset();
  narrative_.check("every process stops cleanly", deployment_.stop());
}

load::LoadOptions DemoRun::flow_options(std::uint64_t seed, std::vector<std::string> accounts,
                                        std::uint64_t commands) const {
  load::LoadOptions flow;
  const double share = static_cast<double>(commands) / static_cast<double>(options_.orders);
  flow.rate = options_.rate * share;
  flow.duration = Nanos{static_cast<std::int64_t>(static_cast<double>(options_.orders) / options_.rate * 1e9)};
  flow.seed = seed;
  flow.accounts = std::move(accounts);
  flow.symbols = {std::begin(kSymbols), std::end(kSymbols)};
  flow.sample = kSampleEvery;
  flow.give_up = kGiveUp;
  if (day_.sample.messages.empty()) return flow;
  // The recorded day again and again, as fast as the rate says on average.
  const double day_seconds =
      static_cast<double>((day_.sample.messages.back().time - day_.sample.messages.front().time).value()) / 1e9;
  flow.lobster = day_.sample.messages;
  flow.symbols = {"AAPL"};
  flow.speed = flow.rate * day_seconds / static_cast<double>(day_.sample.messages.size());
  return flow;
}

std::unique_ptr<FlowRun> DemoRun::begin(const load::LoadOptions& options, const std::string& name, bool shown) {
  return std::make_unique<FlowRun>(deployment_.endpoints(), options, name, shown ? panel_.get() : nullptr,
                                   interrupted_);
}

bool DemoRun::end(FlowRun& flow, const std::string& name) {
  const auto& ended = flow.finish();
  journal_.merge(flow.watch().take_journal());
  if (!ended.ok()) return narrative_.check(name + " runs", false, ended.error().message);
  const load::Tally& tally = ended.value().tally;
  const std::uint64_t results = tally.of(load::Outcome::kExecuted) + tally.of(load::Outcome::kRejected);
  const load::LatencySummary latency = load::summary_of(tally.latency);
  std::string detail = grouped(results) + " of " + grouped(tally.sent);
  if (results == tally.sent) {
    detail = grouped(results) + ", " + grouped(ended.value().achieved_rate()) + "/s; latency p50 " +
             load::format_nanos(latency.p50_ns) + ", p99 " + load::format_nanos(latency.p99_ns) + ", p99.9 " +
             load::format_nanos(latency.p999_ns);
  } else if (!tally.error.empty()) {
    detail += ": " + tally.error;
  }
  return narrative_.check("every command of " + name + " has a result", results == tally.sent && results > 0, detail);
}

}  // namespace sluice::cli
