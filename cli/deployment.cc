#include "cli/deployment.h"

#include <signal.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "eventlog/jetstream_log.h"
#include "eventlog/provision.h"
#include "runtime/clock.h"
#include "runtime/doorbell.h"
#include "runtime/exit.h"
#include "runtime/health_probe.h"
#include "runtime/ids.h"

namespace sluice::cli {

namespace {

constexpr Nanos kReadyWait{30 * kNanosPerSecond};
constexpr Nanos kStopWait{12 * kNanosPerSecond};
constexpr Nanos kHealthWait{kNanosPerSecond};
constexpr Nanos kPoll{5 * kNanosPerMilli};

void pause(Nanos span) {
  runtime::Doorbell bell;
  bell.wait(bell.value(), span);
}

std::string nats_binary() {
  const char* named = std::getenv("SLUICE_NATS_SERVER");
  return named != nullptr && *named != '\0' ? named : "nats-server";
}

/// True if the server knows `sync_interval: always` (2.10).
bool knows_sync_always() {
  std::array<char, 256> text{};
  FILE* pipe = popen((nats_binary() + " --version 2>&1").c_str(), "r");
  if (pipe == nullptr) return false;
  const std::size_t read = fread(text.data(), 1, text.size() - 1, pipe);
  pclose(pipe);
  const std::string version(text.data(), read);
  const std::size_t at = version.find('v');
  int major = 0;
  int minor = 0;
  const std::size_t number = version.find_first_of("0123456789", at == std::string::npos ? 0 : at);
  if (number == std::string::npos || std::sscanf(version.c_str() + number, "%d.%d", &major, &minor) != 2) return false;
  return major > 2 || (major == 2 && minor >= 10);
}

/// The command service listens before it has read the log; it takes orders when its health says so.
bool takes_orders(const std::filesystem::path& ready_file) {
  std::ifstream file(ready_file);
  const auto addresses = nlohmann::json::parse(file, nullptr, false);
  return addresses.contains("command") && runtime::is_serving(addresses["command"], kHealthWait);
}

/// `: why`, if a service said last why it ended.
std::string last_error(const std::filesystem::path& log) {
  constexpr std::string_view kError = "error: ";
  std::ifstream file(log);
  std::string line, last;
  while (std::getline(file, line)) last = std::move(line);
  return last.starts_with(kError) ? ": " + last.substr(kError.size()) : "";
}

}  // namespace

std::filesystem::path program_dir() { return std::filesystem::read_symlink("/proc/self/exe").parent_path(); }

Deployment::Deployment(DeploymentOptions options)
    : options_([&options] {
        if (options.bin_dir.empty()) options.bin_dir = program_dir();
        options.data_dir = std::filesystem::absolute(options.data_dir);
        return options;
      }()) {}

Deployment::~Deployment() { stop(); }

std::vector<std::string> Deployment::names() const { return order_; }

void Deployment::set_environment(const std::string& name, std::map<std::string, std::string> environment) {
  services_.at(name).environment = std::move(environment);
}

std::string Deployment::program(const std::string& role) const {
  const auto named = options_.programs.find(role);
  return (named != options_.programs.end() ? named->second : options_.bin_dir / ("sluice-" + role)).string();
}

Status Deployment::launch(const std::string& name) {
  Service& service = services_.at(name);
  std::error_code ignored;
  if (!service.ready_file.empty()) std::filesystem::remove(service.ready_file, ignored);
  service.process = std::make_unique<runtime::ChildProcess>(service.argv, log_file(name), service.environment);
  return wait_ready(name);
}

Status Deployment::wait_ready(const std::string& name) {
  Service& service = services_.at(name);
  const Nanos deadline = runtime::steady_now() + kReadyWait;
  while (runtime::steady_now() < deadline) {
    if (!service.process->running()) {
      const int code = service.process->exit_code();
      return Error{code == runtime::kHaltedExitCode ? ErrorCode::kHalted
                   : code == kExitUsage             ? ErrorCode::kInvalidArgument
                                                    : ErrorCode::kUnavailable,
                   name + " ended with code " + std::to_string(code) + last_error(log_file(name)) + "; see " +
                       log_file(name).string()};
    }
    const bool log_runs = services_.at("nats").process != nullptr && services_.at("nats").process->running();
    if (service.ready_file.empty()
            ? eventlog::jetstream_request({.url = endpoints_.nats, .name = "up"}, "$JS.API.INFO", "").ok()
            : std::filesystem::exists(service.ready_file) &&
                  (name != "command" || !log_runs || takes_orders(service.ready_file))) {
      return ok_status();
    }
    pause(kPoll);
  }
  return Error{ErrorCode::kUnavailable, name + " did not become ready; see " + log_file(name).string()};
}

Status Deployment::start() {
  std::error_code error;
  std::filesystem::create_directories(options_.data_dir / "logs", error);
  std::filesystem::create_directories(options_.data_dir / "run", error);
  if (error)
    return Error{ErrorCode::kUnavailable, "cannot create " + options_.data_dir.string() + ": " + error.message()};
  endpoints_.shards = options_.shards;
  if (const Status nats = start_nats(); !nats.ok()) return nats;
  if (const Status provisioned = provision(); !provisioned.ok()) return provisioned;
  std::string engines;
  for (std::uint16_t shard = 0; shard < options_.shards; ++shard) {
    const auto engine = start_engine("engine-" + std::to_string(shard), shard, "");
    if (!engine.ok()) return engine.error();
    endpoints_.engines.push_back(engine.value());
    engines += (shard == 0 ? "" : ",") + std::to_string(shard) + '=' + engine.value();
    if (!options_.standbys) continue;
    const auto standby = start_engine("standby-" + std::to_string(shard), shard, engine.value());
    if (!standby.ok()) return standby.error();
    endpoints_.standbys.push_back(standby.value());
    engines += ',' + std::to_string(shard) + '=' + standby.value();
  }
  const auto command =
      start_service("command", {program("command"), "--data-dir", (options_.data_dir / "command").string(), "--engines",
                                engines, "--kill-listen", "127.0.0.1:0"});
  if (!command.ok()) return command.error();
  endpoints_.command = command.value().at("command");
  endpoints_.kill = command.value().at("kill");
  const auto query =
      start_service("query", {program("query"), "--data-dir", (options_.data_dir / "query").string(), "--audit-dir",
                              options_.data_dir.string(), "--shards", std::to_string(options_.shards),
                              "--performance-of", performance_sources()});
  if (!query.ok()) return query.error();
  endpoints_.query = query.value().at("query");
  write_endpoints();
  return ok_status();
}

std::string Deployment::performance_sources() const {
  std::string all = endpoints_.command;
  for (const auto* group : {&endpoints_.engines, &endpoints_.standbys}) {
    for (const std::string& address : *group) all += ',' + address;
  }
  return all;
}

Status Deployment::start_nats() {
  const int port = runtime::free_port();
  endpoints_.nats = "nats://127.0.0.1:" + std::to_string(port);
  const bool sync = options_.sync && knows_sync_always();
  if (options_.sync && !sync) {
    warning_ =
        "this nats-server does not know 'sync_interval: always': acknowledged commands survive the death of any "
        "process, but not a power loss";
  }
  const std::filesystem::path conf = options_.data_dir / "nats.conf";
  std::ofstream config(conf);
  // An explicit max_file_store: the automatic one shrinks after a restart.
  config << "# Written by 'sluice up'.\nlisten: 127.0.0.1:" << port << "\njetstream {\n  store_dir: \""
         << (options_.data_dir / "nats").string()
         << "\"\n  max_file_store: " << options_.stream_bytes_max * 2 * options_.shards + (std::uint64_t{1} << 30)
         << "\n  max_memory_store: 67108864\n"
         << (sync ? "  sync_interval: always\n" : "") << "}\n";
  config.close();
  services_["nats"] = {{nats_binary(), "-c", conf.string()}, {}, {}, nullptr};
  order_.push_back("nats");
  return launch("nats");
}

Status Deployment::provision() {
  const eventlog::JetstreamOptions jetstream{.url = endpoints_.nats, .name = "up"};
  if (const Status streams =
          eventlog::provision_streams(jetstream, {.shards = options_.shards, .bytes_max = options_.stream_bytes_max});
      !streams.ok()) {
    return streams;
  }
  const auto log = eventlog::open_jetstream(jetstream);
  Genesis wanted{.deployment = runtime::new_uuid(), .shard = {}, .shard_count = options_.shards};
  for (std::uint16_t shard = 0; shard < options_.shards; ++shard) {
    wanted.shard = ShardId{shard};
    const auto genesis = eventlog::ensure_genesis(*log, wanted);
    if (!genesis.ok()) return genesis.error();
    wanted.deployment = genesis.value().deployment;
  }
  return ok_status();
}

Result<std::string> Deployment::start_engine(const std::string& name, std::uint16_t shard,
                                             const std::string& standby_of) {
  std::vector<std::string> argv{program("engine"),
                                "--shard",
                                std::to_string(shard),
                                "--data-dir",
                                (options_.data_dir / name).string(),
                                "--orders-max",
                                std::to_string(options_.orders_max),
                                "--keys-expected",
                                std::to_string(options_.keys_expected),
                                "--snapshot-messages",
                                std::to_string(options_.snapshot_messages)};
  if (!standby_of.empty()) argv.insert(argv.end(), {std::string("--standby-of"), standby_of});
  const auto started = start_service(name, argv);
  if (!started.ok()) return started.error();
  return started.value().at("engine");
}

Result<std::map<std::string, std::string>> Deployment::start_service(const std::string& name,
                                                                     std::vector<std::string> argv) {
  const std::filesystem::path ready = options_.data_dir / "run" / (name + ".json");
  for (const std::string& argument :
       {std::string("--nats-url"), endpoints_.nats, std::string("--metrics-listen"), std::string("127.0.0.1:0"),
        std::string("--ready-file"), ready.string(), std::string("--log-level"), options_.log_level,
        std::string("--listen"), std::string("127.0.0.1:0")}) {
    argv.push_back(argument);
  }
  const std::string kind = name.substr(0, name.find('-'));
  const auto [from, to] = options_.objectives.equal_range(kind == "standby" ? "engine" : kind);
  std::string objectives;
  for (auto one = from; one != to; ++one) objectives += (objectives.empty() ? "" : ",") + one->second;
  // Before --listen, whose value stands last.
  if (!objectives.empty()) argv.insert(argv.end() - 2, {std::string("--objectives"), objectives});
  services_[name] = {argv, {}, ready, nullptr};
  order_.push_back(name);
  if (const Status launched = launch(name); !launched.ok()) return launched.error();
  std::ifstream file(ready);
  const auto addresses = nlohmann::json::parse(file, nullptr, false);
  if (addresses.is_discarded()) return Error{ErrorCode::kUnavailable, ready.string() + " cannot be read"};
  const auto found = addresses.get<std::map<std::string, std::string>>();
  // A restart listens where clients know it.
  Service& service = services_.at(name);
  const std::string role = name.substr(0, name.find('-'));
  service.argv.back() = found.at(role == "standby" ? "engine" : role);
  for (std::size_t i = 0; i + 1 < service.argv.size(); ++i) {
    if (service.argv[i] == "--metrics-listen") service.argv[i + 1] = found.at("metrics");
    if (service.argv[i] == "--kill-listen") service.argv[i + 1] = found.at("kill");
  }
  endpoints_.metrics[name] = found.at("metrics");
  return found;
}

void Deployment::write_endpoints() const {
  const nlohmann::json endpoints{{"nats", endpoints_.nats},       {"command", endpoints_.command},
                                 {"kill", endpoints_.kill},       {"query", endpoints_.query},
                                 {"engines", endpoints_.engines}, {"standbys", endpoints_.standbys},
                                 {"shards", endpoints_.shards},   {"metrics", endpoints_.metrics}};
  const auto path = options_.data_dir / "endpoints.json";
  std::ofstream(path.string() + ".tmp") << endpoints.dump(2) << '\n';
  std::filesystem::rename(path.string() + ".tmp", path);
  write_prometheus_targets();
}

/// For file_sd_configs: a process each, by its name and what it is.
void Deployment::write_prometheus_targets() const {
  nlohmann::json targets = nlohmann::json::array();
  for (const auto& [name, address] : endpoints_.metrics) {
    const std::string kind = name.substr(0, name.find('-'));
    targets.push_back(
        {{"targets", {address}},
         {"labels", {{"service", "sluice-" + (kind == "standby" ? "engine" : kind)}, {"process", name}}}});
  }
  const auto path = options_.data_dir / "prometheus-targets.json";
  std::ofstream(path.string() + ".tmp") << targets.dump(2) << '\n';
  std::filesystem::rename(path.string() + ".tmp", path);
}

Status Deployment::restart(const std::string& name) {
  ++restarts_;
  return launch(name);
}

Status Deployment::tend() {
  for (const std::string& name : order_) {
    Service& service = services_.at(name);
    if (service.process == nullptr || service.process->running()) continue;
    if (service.process->exit_code() == runtime::kHaltedExitCode) {
      return Error{ErrorCode::kHalted,
                   name + " halted: the log or its data cannot be trusted; see " + log_file(name).string()};
    }
    std::fprintf(stderr, "%s ended with code %d; starting it again\n", name.c_str(), service.process->exit_code());
    if (const Status restarted = restart(name); !restarted.ok()) return restarted;
  }
  return ok_status();
}

bool Deployment::stop() {
  // Against the order of starting: first those that take work in.
  std::vector<std::string> services;
  std::vector<std::string> engines;
  std::vector<std::string> broker;
  for (const std::string& name : order_) {
    if (services_.at(name).process == nullptr) continue;
    const bool engine = name.starts_with("engine-") || name.starts_with("standby-");
    (name == "nats" ? broker : engine ? engines : services).push_back(name);
  }
  bool clean = true;
  for (const auto* group : {&services, &engines, &broker}) clean = stop_together(*group) && clean;
  order_.clear();
  std::error_code ignored;
  std::filesystem::remove(options_.data_dir / "endpoints.json", ignored);
  return clean;
}

bool Deployment::stop_together(const std::vector<std::string>& names) {
  for (const std::string& name : names) services_.at(name).process->kill(SIGTERM);
  const Nanos deadline = runtime::steady_now() + kStopWait;
  bool clean = true;
  for (const std::string& name : names) {
    runtime::ChildProcess& process = *services_.at(name).process;
    while (process.running() && runtime::steady_now() < deadline) pause(kPoll);
    if (process.running()) process.kill(SIGKILL);
    const int code = process.wait();
    clean = clean && (code == 0 || (name == "nats" && code == 1));
    services_.at(name).process.reset();
  }
  return clean;
}

}  // namespace sluice::cli
