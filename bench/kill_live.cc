// bench kill_live: kills by RPC while a running deployment executes orders: from the moment a client sends the kill to
// the moment the executing thread has stopped, and whether anything leaked. Started by scripts/bench.
#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <thread>

#include "audit/audit_reader.h"
#include "bench/chain_rig.h"
#include "cli/event_walk.h"
#include "eventlog/jetstream_log.h"
#include "runtime/channel.h"
#include "runtime/clock.h"
#include "runtime/ids.h"
#include "sluice/v1/kill_switch.grpc.pb.h"

namespace sluice::bench {

namespace {

using telemetry::Histogram;

constexpr std::size_t kKillers = 4;
constexpr double kGapMillis = 2;                   // mean, between a release and the next kill of a killer
constexpr Nanos kLongest{3600 * kNanosPerSecond};  // of the load, which ends with the kills
constexpr Nanos kDeadline{10 * kNanosPerSecond};

struct LiveOptions {
  bool json = false;
  std::string commit = "unknown";
  std::uint64_t kills = 2'000;
  double rate = 20'000;  // commands a second
};

/// One person who kills accounts of his own and, with another, lets them go again.
class LiveKiller {
 public:
  LiveKiller(const std::shared_ptr<grpc::Channel>& channel, std::vector<std::string> accounts, std::uint64_t kills,
             std::uint64_t seed)
      : stub_(v1::KillSwitchService::NewStub(channel)),
        accounts_(std::move(accounts)),
        kills_(kills),
        random_(seed),
        thread_([this] { run(); }) {}
  void join() { thread_.join(); }

  /// Wall time at which each kill was sent, by its id; complete after join().
  std::map<Uuid, Nanos> sent;
  Histogram confirmed;  // sent → answered that the log has it; ns
  std::string error;

 private:
  void run() {
    std::exponential_distribution<double> gap(1 / kGapMillis);
    runtime::Doorbell pause;
    for (std::uint64_t i = 0; i < kills_ && error.empty(); ++i) {
      pause.wait(pause.value(), Nanos{static_cast<std::int64_t>(gap(random_) * 1e6)});
      const std::string& account = accounts_[random_() % accounts_.size()];
      const Uuid id = runtime::new_uuid();
      if (engage(account, id)) release(account, id);
    }
  }
  template <typename Request, typename Response>
  bool call(grpc::Status (v1::KillSwitchService::Stub::*method)(grpc::ClientContext*, const Request&, Response*),
            const Request& request, Response& response, const char* by) {
    grpc::ClientContext context;
    context.set_deadline(runtime::deadline_after(kDeadline));
    context.AddMetadata("sluice-principal", by);
    const grpc::Status status = (stub_.get()->*method)(&context, request, &response);
    if (!status.ok()) error = status.error_message();
    return status.ok();
  }
  bool engage(const std::string& account, const Uuid& id) {
    v1::EngageRequest request;
    request.set_kill_id(to_string(id));
    request.set_scope(v1::KILL_SCOPE_ACCOUNT);
    request.set_key(account);
    request.set_reason("bench");
    v1::EngageResponse response;
    const Nanos at = runtime::wall_now();
    sent[id] = at;
    if (!call(&v1::KillSwitchService::Stub::Engage, request, response, "olga")) return false;
    confirmed.record(static_cast<std::uint64_t>((runtime::wall_now() - at).value()));
    if (!response.confirmed()) error = "a kill was not confirmed in time";
    return response.confirmed();
  }
  void release(const std::string& account, const Uuid& id) {
    v1::RequestReleaseRequest request;
    request.set_scope(v1::KILL_SCOPE_ACCOUNT);
    request.set_key(account);
    request.set_kill_id(to_string(id));
    request.set_release_id(to_string(runtime::new_uuid()));
    v1::RequestReleaseResponse requested;
    if (!call(&v1::KillSwitchService::Stub::RequestRelease, request, requested, "olga")) return;
    v1::ApproveReleaseRequest approval;
    approval.set_release_id(requested.release_id());
    v1::ApproveReleaseResponse approved;
    if (call(&v1::KillSwitchService::Stub::ApproveRelease, approval, approved, "paul") && !approved.released())
      error = "a release was refused";
  }

  const std::unique_ptr<v1::KillSwitchService::Stub> stub_;
  const std::vector<std::string> accounts_;
  const std::uint64_t kills_;
  std::mt19937_64 random_;
  std::thread thread_;
};

/// What the log says: kills, and events of an account between its kill and its release that are no cancels.
struct LogFindings {
  std::uint64_t kills = 0;
  std::uint64_t leaks = 0;
  std::uint64_t order_events = 0;
};

LogFindings read_log(const std::string& nats) {
  const auto log = eventlog::open_jetstream({.url = nats, .name = "bench"});
  LogFindings found;
  std::map<Name, AccountId> accounts;
  std::set<AccountId> killed;
  const auto visit = [&](const eventlog::EventFold& fold) {
    for_each_event(
        fold.answer(),
        [&](const ControlEvent& event) {
          if (const auto* account = std::get_if<AccountRegistered>(&event.body)) {
            accounts[account->name] = account->id;
          } else if (const auto* kill = std::get_if<KillSwitchEngaged>(&event.body)) {
            ++found.kills;
            killed.insert(accounts.at(kill->kill.key));
          } else if (const auto* released = std::get_if<KillSwitchReleased>(&event.body)) {
            killed.erase(accounts.at(released->key));
          }
        },
        [&](const OrderEvent& event) {
          ++found.order_events;
          if (event.kind == OrderEventKind::kCancelled) return;
          const bool traded = event.kind == OrderEventKind::kTraded;
          if (killed.contains(event.account) || (traded && killed.contains(event.other_account))) ++found.leaks;
        });
  };
  need(cli::walk_events(*log, ShardId{0}, visit), "log");
  return found;
}

/// When the executing thread had stopped for each kill, and how long after the engine had the request, from its audit.
struct Stops {
  Histogram from_client;
  Histogram from_engine;
  std::uint64_t found = 0;
};

Stops read_stops(const std::filesystem::path& folder, const std::map<Uuid, Nanos>& sent) {
  auto reader = need(audit::AuditReader::open(folder), "audit");
  Stops stops;
  for (;;) {
    const auto records = need(reader.next(), "audit");
    if (records.empty()) return stops;
    for (const audit::AuditRecord& record : records) {
      if (record.action != audit::Action::kKillLatched || record.kind == audit::Kind::kText) continue;
      const auto asked = sent.find(Uuid{record.data[0], record.data[1]});
      if (asked == sent.end()) continue;
      ++stops.found;
      stops.from_client.record(static_cast<std::uint64_t>((record.time - asked->second).value()));
      stops.from_engine.record(record.data[3]);
    }
  }
}

/// False if a kill was not found or something leaked.
bool measure(Report& report, const LiveOptions& options) {
  Chain chain(true);
  std::vector<std::unique_ptr<LiveKiller>> killers;
  std::atomic<bool> stop{false};
  std::optional<load::LoadResult> loaded;
  std::string load_error;
  std::thread loading([&] {
    try {
      loaded = chain.run(chain.command(),
                         {.via = load::Via::kStream, .rate = options.rate, .batch = 64, .duration = kLongest},
                         [&] { return stop.load(); });
    } catch (const std::exception& error) {
      load_error = error.what();
    }
  });
  for (std::size_t i = 0; i < kKillers; ++i) {
    std::vector<std::string> own;
    for (std::size_t account = i; account < chain.accounts().size(); account += kKillers)
      own.push_back(chain.accounts()[account]);
    killers.push_back(std::make_unique<LiveKiller>(runtime::open_channel(chain.kill()), own,
                                                   (options.kills + kKillers - 1) / kKillers, i + 1));
  }
  std::map<Uuid, Nanos> sent;
  Histogram confirmed;
  for (const auto& killer : killers) {
    killer->join();
    if (!killer->error.empty()) say("a kill or release failed: " + killer->error);
    sent.insert(killer->sent.begin(), killer->sent.end());
    confirmed.merge(killer->confirmed);
  }
  stop.store(true);
  loading.join();
  if (!loaded) throw std::runtime_error(load_error);
  runtime::Doorbell pause;
  pause.wait(pause.value(), Nanos{100 * kNanosPerMilli});  // the audit's sink writes every 2 ms
  Stops stops = read_stops(chain.data_dir() / "engine-0" / "audit", sent);
  const LogFindings log = read_log(chain.nats());
  const std::string workload = std::to_string(static_cast<std::uint64_t>(options.rate)) +
                               " commands/s, open loop, fsync of every append; " + std::to_string(kKillers) +
                               " people kill accounts and let them go; achieved " +
                               std::to_string(static_cast<std::uint64_t>(loaded->achieved_rate())) + "/s";
  say(std::to_string(sent.size()) + " kills sent, " + std::to_string(stops.found) + " in the audit, " +
      std::to_string(log.kills) + " in the log; " + std::to_string(log.order_events) + " order events, " +
      std::to_string(log.leaks) + " leaks");
  report.add_count("live.kills", stops.found, workload);
  report.add_count("live.leaks", log.leaks, workload);
  report.add_tail(std::move(stops.from_client), "live.rpc_to_stop", workload + "; from sending to the command service");
  report.add_tail(std::move(stops.from_engine), "live.engine_to_stop",
                  workload + "; from the engine's having the request");
  report.add_tail(std::move(confirmed), "live.rpc_to_confirmed",
                  workload + "; from sending to the answer that the log has it");
  return log.leaks == 0 && stops.found == sent.size() && log.kills == sent.size();
}

int run(const LiveOptions& options) {
  Report report("kill_live", options.json, options.commit);
  bool good = false;
  try {
    good = measure(report, options);
  } catch (const std::exception& error) {
    say(std::string("error: ") + error.what());
  }
  report.print_disturbances();
  return good ? 0 : 1;
}

}  // namespace

}  // namespace sluice::bench

int main(int argc, char** argv) {
  sluice::bench::LiveOptions options;
  std::string output = "text";
  bool full = false;
  CLI::App app("Kills by RPC while a deployment executes orders");
  app.add_option("--output", output, "text or json")->check(CLI::IsMember({"text", "json"}));
  app.add_option("--commit", options.commit, "what was built");
  app.add_flag("--full", full, "12,000 kills, not 2,000");
  app.add_option("--kills", options.kills, "kills");
  app.add_option("--rate", options.rate, "commands a second")->check(CLI::Range(1.0, 1e7))->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (full) options.kills = 12'000;
  options.json = output == "json";
  return sluice::bench::run(options);
}
