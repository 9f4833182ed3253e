// sluice log: the log itself, decoded, for people and programs.
#include <cstdio>

#include "cli/context.h"
#include "cli/log_audit.h"
#include "cli/log_json.h"
#include "cli/validators.h"
#include "eventlog/event_fold.h"
#include "eventlog/provision.h"

namespace sluice::cli {

namespace {

using nlohmann::json;

struct LogFlags {
  std::string stream = "evt";
  std::uint16_t shard = 0;
  std::uint64_t from = 1;
  std::uint64_t count = 0;
};

void print(const Context& context, const json& line) {
  if (context.json()) {
    std::printf("%s\n", line.dump().c_str());
    return;
  }
  std::printf("%s %s %s", line["sequence"].dump().c_str(), line["time"].get<std::string>().c_str(),
              line["kind"].get<std::string>().c_str());
  for (const char* key : {"answers", "epoch", "error", "writer", "lane", "batch", "fault"}) {
    if (line.contains(key))
      std::printf(" %s=%s", key,
                  line[key].is_string() ? line[key].get<std::string>().c_str() : line[key].dump().c_str());
  }
  std::printf("\n");
  for (const char* key : {"commands", "outcomes", "events"}) {
    if (!line.contains(key)) continue;
    for (const auto& entry : line[key])
      std::printf("    %.*s %s\n", static_cast<int>(std::string_view(key).size()) - 1, key, entry.dump().c_str());
  }
}

/// Shows messages until `count` are shown, or for ever with `tail`.
int show(const Context& context, const LogFlags& flags, bool tail) {
  auto log = context.open_log();
  if (!log.ok()) return fail(log.error());
  const ShardId shard{flags.shard};
  const auto genesis = eventlog::read_genesis(*log.value(), shard);
  if (!genesis.ok()) return fail(genesis.error());
  const bool commands = flags.stream == "cmd";
  const eventlog::StreamId stream{commands ? eventlog::StreamKind::kCommand : eventlog::StreamKind::kEvent, shard};
  const auto info = log.value()->info(stream);
  if (!info.ok()) return fail(info.error());
  const std::uint64_t last = info.value().last_sequence;
  std::uint64_t from = flags.from;
  if (tail && from == 1) from = last >= 10 ? last - 9 : 1;
  const auto reader = log.value()->open_reader("cli-log", stream, from);
  for (std::uint64_t shown = 0; flags.count == 0 || shown < flags.count;) {
    if (!tail && from + shown > last) break;
    const auto message = reader->next(Nanos{kNanosPerSecond});
    if (!message.ok()) {
      if (message.error().code == ErrorCode::kTimeout && tail) continue;
      return fail(message.error());
    }
    print(context,
          commands ? command_message_json(genesis.value(), message.value()) : event_message_json(message.value()));
    if (tail) std::fflush(stdout);
    ++shown;
  }
  return kExitOk;
}

/// Reads every shard's EVT with all checks and looks for what must never be there.
int check(const Context& context) {
  const auto endpoints = context.endpoints();
  if (!endpoints.ok()) return fail(endpoints.error());
  auto log = context.open_log();
  if (!log.ok()) return fail(log.error());
  const auto report = audit_log(*log.value(), endpoints.value().shards, {});
  if (!report.ok()) return fail(report.error());
  const AuditReport& r = report.value();
  if (context.json()) {
    print(context, json{{"messages", r.messages},
                        {"void_messages", r.void_messages},
                        {"first_outcomes", r.first_outcomes},
                        {"doubled", r.doubled},
                        {"leaked", r.leaked}});
  } else {
    std::printf(
        "%llu event messages, the chain holds; %llu void; %llu commands decided, %llu of them twice; %llu events in "
        "the scope of an engaged kill\n",
        static_cast<unsigned long long>(r.messages), static_cast<unsigned long long>(r.void_messages),
        static_cast<unsigned long long>(r.first_outcomes), static_cast<unsigned long long>(r.doubled),
        static_cast<unsigned long long>(r.leaked));
    for (const std::string& example : r.examples) std::printf("  %s\n", example.c_str());
  }
  return r.clean() ? kExitOk : kExitFailed;
}

}  // namespace

void add_log(CLI::App& app, Context& context, Action& action) {
  static LogFlags flags;
  auto* log = app.add_subcommand("log", "show the log, decoded")->require_subcommand(1);
  auto* show_command = log->add_subcommand("show", "messages from a sequence on");
  show_command->footer("Example: sluice log show --stream evt --from 1 --count 20 --output json");
  show_command->callback([&] { action = [&] { return show(context, flags, false); }; });
  auto* tail = log->add_subcommand("tail", "the newest messages, and what comes");
  tail->footer("Example: sluice log tail --stream cmd");
  tail->callback([&] { action = [&] { return show(context, flags, true); }; });
  auto* check_command = log->add_subcommand(
      "check", "the whole event log: chain, nothing decided twice, nothing after a kill in its scope");
  check_command->footer("Example: sluice log check --output json");
  check_command->callback([&] { action = [&] { return check(context); }; });
  for (auto* sub : {show_command, tail}) {
    sub->add_option("--stream", flags.stream, "cmd or evt")
        ->check(CLI::IsMember({"cmd", "evt"}))
        ->capture_default_str();
    sub->add_option("--shard", flags.shard, "shard")->capture_default_str();
    sub->add_option("--from", flags.from, "sequence to begin at")->check(positive());
    sub->add_option("--count", flags.count, "messages at most; 0 for all")->capture_default_str();
  }
}

}  // namespace sluice::cli
