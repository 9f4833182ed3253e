// sluice kill engage: by both paths at once, until every shard records it.
#include <cstdio>

#include "cli/kill/commands.h"
#include "cli/kill/engager.h"
#include "cli/print.h"
#include "eventlog/jetstream_log.h"
#include "runtime/clock.h"
#include "runtime/ids.h"
#include "runtime/shutdown.h"

namespace sluice::cli {

namespace {

constexpr Nanos kLook{50 * kNanosPerMilli};
constexpr Nanos kTellAgain{5 * kNanosPerSecond};
constexpr Nanos kLogPatience{500 * kNanosPerMilli};

/// What no shard would take: said before anything is sent.
Result<v1::EngageRequest> request_of(const KillFlags& flags) {
  v1::EngageRequest kill;
  kill.set_kill_id(flags.kill_id.empty() ? to_string(runtime::new_uuid()) : flags.kill_id);
  kill.set_scope(scope_of(flags.scope));
  kill.set_mode(mode_of(flags.mode));
  kill.set_key(flags.key);
  kill.set_reason(flags.reason);
  kill.set_allow_unknown_key(flags.allow_unknown);
  const auto wrong = [](const std::string& what) { return Error{ErrorCode::kInvalidArgument, what}; };
  if (!parse_uuid(kill.kill_id())) return wrong("--kill-id must be a UUID");
  if (kill.scope() == v1::KILL_SCOPE_GLOBAL && !flags.key.empty())
    return wrong("--key is not for the global scope; name the scope that is meant with --scope");
  if (kill.scope() != v1::KILL_SCOPE_GLOBAL && !is_valid_name(flags.key))
    return wrong("--key must be the " + flags.scope + " to stop: 1 to 32 letters, digits or . _ : / -");
  if (!Note::from(flags.reason)) return wrong("--reason must be at most 128 bytes of text");
  if (kill.mode() == v1::KILL_MODE_FLATTEN && kill.scope() == v1::KILL_SCOPE_STRATEGY)
    return wrong("flatten is not for a strategy, which has no position of its own; flatten its accounts");
  return kill;
}

/// Where to send it. Without endpoints, the engines that were named are enough.
Result<EngageTargets> targets_of(const Context& context, const KillFlags& flags, std::string& nats) {
  EngageTargets targets;
  for (const std::string& address : flags.engines) targets.engines.push_back({address, {}});
  const auto endpoints = context.endpoints();
  if (!endpoints.ok() && targets.engines.empty()) {
    return Error{endpoints.error().code,
                 endpoints.error().message + "; or name the engines' control ports with --engine"};
  }
  if (!endpoints.ok()) {
    std::fprintf(stderr, "warning: %s; only the engines that were named are asked\n",
                 endpoints.error().message.c_str());
    return targets;
  }
  const Endpoints& known = endpoints.value();
  if (!flags.direct) targets.service = known.kill;
  nats = known.nats;
  for (std::uint16_t i = 0; i < known.shards; ++i) targets.shards.push_back(ShardId{i});
  for (const auto* ports : {&known.engines, &known.standbys}) {
    for (std::size_t i = 0; i < ports->size(); ++i)
      targets.engines.push_back({(*ports)[i], ShardId{static_cast<std::uint16_t>(i)}});
  }
  return targets;
}

/// What changes, on stderr; the result is what stdout gets.
class Teller {
 public:
  explicit Teller(bool names_matter) : names_matter_(names_matter), began_(runtime::steady_now()), told_(began_) {}

  void look(EngageProgress& progress) {
    const v1::EngageResponse now = progress.report();
    for (const v1::ShardKill& shard : now.shards()) {
      if (shard.progress() == seen_[shard.shard()]) continue;
      seen_[shard.shard()] = shard.progress();
      tell(shard);
    }
    warn_about_names(progress);
    if (runtime::steady_now() - told_ < kTellAgain) return;
    for (const v1::ShardKill& shard : now.shards()) {
      if (shard.progress() != v1::KILL_PROGRESS_CONFIRMED) tell(shard);
    }
  }

 private:
  void tell(const v1::ShardKill& shard) {
    told_ = runtime::steady_now();
    const bool why = shard.progress() != v1::KILL_PROGRESS_CONFIRMED && !shard.detail().empty();
    std::fprintf(stderr, "%6.2f s  shard %u: %s%s%s\n", static_cast<double>((told_ - began_).value()) / 1e9,
                 shard.shard(), name_of(shard.progress()).c_str(), why ? ": " : "", why ? shard.detail().c_str() : "");
  }
  void warn_about_names(EngageProgress& progress) {
    if (!names_matter_) return;
    for (const EngageProgress::Path& path : progress.paths()) {
      if (path.name != kServicePath || path.answered || path.error.empty()) continue;
      std::fprintf(stderr,
                   "warning: the command service cannot be reached (%s): the name is not checked, the engines are "
                   "asked directly\n",
                   path.error.c_str());
      names_matter_ = false;
    }
  }

  bool names_matter_;
  const Nanos began_;
  Nanos told_;
  std::map<std::uint32_t, v1::KillProgress> seen_;
};

void print_text(const v1::EngageResponse& report, const std::vector<EngageProgress::Path>& paths) {
  std::printf("kill %s\n", report.kill_id().c_str());
  for (const v1::ShardKill& shard : report.shards()) {
    std::printf("  shard %u: %s", shard.shard(), name_of(shard.progress()).c_str());
    if (shard.progress() == v1::KILL_PROGRESS_CONFIRMED) {
      std::printf(", event %llu, %llu orders cancelled\n", static_cast<unsigned long long>(shard.event_sequence()),
                  static_cast<unsigned long long>(shard.orders_cancelled()));
      continue;
    }
    if (shard.progress() == v1::KILL_PROGRESS_LATCHED) {
      std::printf(", last executed command %llu; not seen in the event log yet",
                  static_cast<unsigned long long>(shard.last_executed_sequence()));
    }
    std::printf("%s%s\n", shard.detail().empty() ? "" : ": ", shard.detail().c_str());
  }
  for (const EngageProgress::Path& path : paths) {
    if (path.name != kServicePath && !path.shard)
      std::printf("  engine %s: NOT REACHED: %s\n", path.name.c_str(), path.error.c_str());
  }
}

void print_json(const v1::EngageResponse& report, const std::vector<EngageProgress::Path>& paths) {
  auto told = nlohmann::json::parse(to_json_line(report));
  told["confirmed"] = report.confirmed();
  told["paths"] = nlohmann::json::array();
  for (const EngageProgress::Path& path : paths) {
    nlohmann::json entry{{"path", path.name}, {"answered", path.answered}, {"refused", path.refused}};
    if (path.shard) entry["shard"] = path.shard->value();
    if (!path.error.empty()) entry["detail"] = path.error;
    told["paths"].push_back(std::move(entry));
  }
  std::printf("%s\n", told.dump().c_str());
}

int exit_code_of(EngageProgress& progress) {
  if (progress.confirmed()) return kExitOk;
  return progress.refused() || progress.latched() ? kExitFailed : kExitUnavailable;
}

void tell_why_not(const Context& context, EngageProgress& progress, const std::string& kill_id) {
  for (const EngageProgress::Path& path : progress.paths()) {
    if (!path.refused) continue;
    std::fprintf(stderr, "error: %s\n", path.error.c_str());
    return;
  }
  if (progress.confirmed()) return;
  std::fprintf(
      stderr,
      "not confirmed by every shard; go on with: sluice --data-dir %s kill engage … --kill-id %s --keep-trying\n",
      context.data_dir.c_str(), kill_id.c_str());
}

}  // namespace

int engage_kill(const Context& context, const KillFlags& flags) {
  const auto kill = request_of(flags);
  if (!kill.ok()) return fail(kill.error());
  std::string nats;
  auto targets = targets_of(context, flags, nats);
  if (!targets.ok()) return fail(targets.error());
  const bool named = kill.value().scope() != v1::KILL_SCOPE_GLOBAL && !flags.allow_unknown;
  if (named && targets.value().service.empty())
    std::fprintf(stderr, "warning: without the command service the name '%s' is not checked\n", flags.key.c_str());
  std::fprintf(stderr, "kill %s: %s %s, %s\n", kill.value().kill_id().c_str(), flags.scope.c_str(), flags.key.c_str(),
               flags.mode.c_str());
  runtime::Shutdown shutdown;
  const auto log =
      nats.empty()
          ? nullptr
          : eventlog::open_jetstream(
                {.url = nats, .name = "sluice-kill", .connect_timeout = kLogPatience, .request_timeout = kLogPatience});
  targets.value().log = log.get();
  Teller teller(named && !targets.value().service.empty());
  Engager engager(std::move(targets).value(), kill.value(), context.caller());
  EngageProgress& progress = engager.progress();
  const Nanos end = runtime::steady_now() + Nanos{context.timeout_ms * kNanosPerMilli};
  while (!engager.settled() && !shutdown.requested() && (flags.keep_trying || runtime::steady_now() < end)) {
    progress.changed().wait(progress.changed().value(), kLook);
    teller.look(progress);
  }
  teller.look(progress);
  const auto report = progress.report();
  if (context.json()) print_json(report, progress.paths());
  else print_text(report, progress.paths());
  std::fflush(stdout);
  tell_why_not(context, progress, report.kill_id());
  return exit_code_of(progress);
}

}  // namespace sluice::cli
