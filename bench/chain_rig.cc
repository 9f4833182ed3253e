#include "bench/chain_rig.h"

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/flow.h"
#include "runtime/channel.h"
#include "runtime/doorbell.h"

namespace sluice::bench {

namespace {

constexpr std::uint32_t kAccounts = 8, kSymbols = 4;

std::vector<std::string> names(const char* prefix, std::uint32_t count) {
  std::vector<std::string> all;
  for (std::uint32_t i = 0; i < count; ++i) all.push_back(prefix + std::to_string(i));
  return all;
}

}  // namespace

Chain::Chain(bool sync)
    : sync_(sync),
      dir_(std::filesystem::temp_directory_path() /
           ("sluice-bench-" + std::to_string(::getpid()) + (sync ? "s" : "n"))) {
  cli::DeploymentOptions deployment;
  deployment.data_dir = dir_;
  deployment.sync = sync;
  deployment.stream_bytes_max = std::uint64_t{4} << 30;
  deployment.log_level = "warn";
  deployment_ = std::make_unique<cli::Deployment>(deployment);
  need(deployment_->start(), "start");
  if (!deployment_->warning().empty()) say("warning: " + deployment_->warning());
  need(cli::register_names(runtime::open_channel(command()), names("L", kAccounts), names("S", kSymbols)), "names");
}

Chain::~Chain() {
  deployment_->stop();
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

BareServer::BareServer()
    : dir_(std::filesystem::temp_directory_path() / ("sluice-bench-" + std::to_string(::getpid()) + "b")) {
  std::filesystem::create_directories(dir_);
  const auto ready = dir_ / "ready.json";
  process_ = std::make_unique<runtime::ChildProcess>(
      std::vector<std::string>{cli::program_dir() / "bench_bare", ready.string()}, dir_ / "log");
  runtime::Doorbell pause;
  while (!std::filesystem::exists(ready)) {
    if (!process_->running()) throw std::runtime_error("bench_bare ended; is it built beside bench_chain?");
    pause.wait(pause.value(), Nanos{10 * kNanosPerMilli});
  }
  std::ifstream file(ready);
  address_ = nlohmann::json::parse(file).at("command").get<std::string>();
}

BareServer::~BareServer() {
  process_->kill(SIGTERM);
  process_->wait();
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

std::string Chain::workload(const std::string& what) const {
  return what + (sync_ ? ", fsync of every append" : ", no fsync");
}

std::vector<std::string> Chain::accounts() { return names("L", kAccounts); }

load::LoadResult Chain::run(const std::string& address, const Load& wanted, const std::function<bool()>& stop) {
  load::LoadOptions load;
  load.rate = wanted.rate;
  load.duration = wanted.duration;
  load.arrivals = load::Arrivals::kPoisson;
  load.via = wanted.via;
  load.level = wanted.level;
  load.batch = wanted.batch;
  load.in_flight = 16;
  load.seed = ++seed_;
  load.accounts = accounts();
  load.symbols = names("S", kSymbols);
  auto result = need(load::run_load({.commands = {runtime::open_channel(address)}}, load, {}, stop), "load");
  if (result.tally.of(load::Outcome::kUnknown) + result.tally.of(load::Outcome::kRefused) > 0)
    throw std::runtime_error("load: " + result.tally.error);
  if (result.sender_was_slow()) {
    say("the sender was late (p99 " + std::to_string(result.tally.lateness.quantile(0.99) / 1000) +
        " us): its wait counts");
  }
  return result;
}

void Chain::delete_read_models() {
  runtime::ChildProcess& query = deployment_->process("query");
  query.kill(SIGTERM);
  query.wait();
  std::filesystem::remove_all(dir_ / "query");
}

std::string Chain::start_query() {
  need(deployment_->restart("query"), "query service");
  return deployment_->endpoints().query;
}

}  // namespace sluice::bench
