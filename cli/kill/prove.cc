// sluice kill prove, sluice kill check: the certificate of a kill, made from the log and checked against one.
#include <cstdio>
#include <fstream>
#include <iterator>

#include "cli/kill/certificate.h"
#include "cli/kill/commands.h"
#include "eventlog/jetstream_log.h"
#include "runtime/clock.h"

namespace sluice::cli {

namespace {

constexpr Nanos kTellEvery{kNanosPerSecond};

Result<std::unique_ptr<eventlog::EventLog>> open_log(const Context& context, const KillFlags& flags) {
  if (flags.nats_url.empty()) return context.open_log();
  return eventlog::open_jetstream({.url = flags.nats_url, .name = "sluice-cli"});
}

/// Once a second on stderr: short logs pass without a word.
class Telling {
 public:
  void operator()(ShardId shard, std::uint64_t at, std::uint64_t until) {
    if (runtime::steady_now() - told_ < kTellEvery) return;
    told_ = runtime::steady_now();
    std::fprintf(stderr, "shard %u: event message %llu of %llu\n", unsigned{shard.value()},
                 static_cast<unsigned long long>(at), static_cast<unsigned long long>(until));
  }

 private:
  Nanos told_ = runtime::steady_now();
};

void print_summary(const nlohmann::json& certificate) {
  const auto& kill = certificate["kill"];
  std::printf("kill %s (%s %s) held in every shard\n", kill["kill_id"].get<std::string>().c_str(),
              kill["scope"].get<std::string>().c_str(), kill["key"].get<std::string>().c_str());
  for (const auto& shard : certificate["shards"]) {
    const auto& until = shard["until"];
    std::printf(
        "  shard %s: %s by %s from event %s on, %s orders cancelled, %s commands refused, 0 violations in %s "
        "events; %s at event %s\n",
        shard["shard"].dump().c_str(), shard["mode"].get<std::string>().c_str(),
        shard["engaged_by"].get<std::string>().c_str(), shard["event_sequence"].dump().c_str(),
        shard["orders_cancelled"].dump().c_str(), shard["commands_refused"].dump().c_str(),
        shard["events_examined"].dump().c_str(), until["state"].get<std::string>().c_str(),
        until["event_sequence"].dump().c_str());
  }
}

/// Whole or not at all: a half-written certificate would be called tampered.
Status write_file(const std::string& path, const std::string& text) {
  const std::string temporary = path + ".tmp";
  std::ofstream file(temporary, std::ios::binary);
  file << text;
  file.close();
  if (!file || std::rename(temporary.c_str(), path.c_str()) != 0)
    return Error{ErrorCode::kInvalidArgument, "cannot write " + path};
  return ok_status();
}

}  // namespace

int prove_kill(const Context& context, const KillFlags& flags) {
  const auto kill = parse_uuid(flags.kill_id);
  if (!kill)
    return fail(Error{ErrorCode::kInvalidArgument, "--id must be the UUID of a kill, see 'sluice kill status'"});
  const auto log = open_log(context, flags);
  if (!log.ok()) return fail(log.error());
  const auto certificate = certify_kill(*log.value(), *kill, Telling());
  if (!certificate.ok()) return fail(certificate.error());
  if (!flags.file.empty()) {
    if (const Status written = write_file(flags.file, certificate_text(certificate.value())); !written.ok())
      return fail(written.error());
  }
  if (context.json()) {
    std::printf("%s\n", certificate.value().dump().c_str());
    return kExitOk;
  }
  print_summary(certificate.value());
  if (!flags.file.empty()) std::printf("certificate: %s\n", flags.file.c_str());
  return kExitOk;
}

int check_kill(const Context& context, const KillFlags& flags) {
  std::ifstream file(flags.file, std::ios::binary);
  if (!file) return fail(Error{ErrorCode::kInvalidArgument, "cannot read " + flags.file});
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto log = open_log(context, flags);
  if (!log.ok()) return fail(log.error());
  const Status checked = check_certificate(*log.value(), text, Telling());
  if (context.json()) {
    nlohmann::json told{{"file", flags.file}, {"holds", checked.ok()}};
    if (!checked.ok()) told["error"] = checked.error().message;
    std::printf("%s\n", told.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  }
  if (!checked.ok()) return fail(checked.error());
  if (!context.json()) std::printf("the log says every line of %s\n", flags.file.c_str());
  return kExitOk;
}

}  // namespace sluice::cli
