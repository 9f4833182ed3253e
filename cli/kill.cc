// sluice kill: engage, release by two people, status.
#include "cli/context.h"
#include "cli/kill/commands.h"

namespace sluice::cli {

v1::KillScope scope_of(const std::string& text) {
  if (text == "account") return v1::KILL_SCOPE_ACCOUNT;
  if (text == "symbol") return v1::KILL_SCOPE_SYMBOL;
  if (text == "strategy") return v1::KILL_SCOPE_STRATEGY;
  return v1::KILL_SCOPE_GLOBAL;
}

v1::KillMode mode_of(const std::string& text) {
  if (text == "block-only") return v1::KILL_MODE_BLOCK_ONLY;
  if (text == "reduce-only") return v1::KILL_MODE_REDUCE_ONLY;
  if (text == "flatten") return v1::KILL_MODE_FLATTEN;
  return v1::KILL_MODE_BLOCK_AND_CANCEL;
}

namespace {

void add_proof(CLI::App& kill, Context& context, Action& action, KillFlags& flags) {
  auto* prove = kill.add_subcommand(
      "prove", "prove from the log alone that nothing the kill forbids happened in its scope until its release");
  prove->footer(
      "Writes a certificate that 'sluice kill check' holds against any copy of the log.\n"
      "Example: sluice kill prove --id <from kill status> --out kill.json\nExit codes: 0 proven; 1 a shard does not "
      "record "
      "the kill, something forbidden is in the log, or the log breaks a rule; 4 the log cannot be reached.");
  prove->add_option("--id,--kill-id", flags.kill_id, "the kill")->required();
  prove->add_option("--out", flags.file, "file for the certificate");
  prove->callback([&] { action = [&] { return prove_kill(context, flags); }; });
  auto* check = kill.add_subcommand("check", "hold a certificate against a log, line by line");
  check->footer(
      "Example: sluice kill check kill.json --nats-url nats://127.0.0.1:4222\nExit codes: 0 the log says every line; 1 "
      "it "
      "does not, and the message says where; 2 no such file; 4 the log cannot be reached.");
  check->add_option("file", flags.file, "certificate of 'sluice kill prove'")->required();
  check->callback([&] { action = [&] { return check_kill(context, flags); }; });
  for (auto* sub : {prove, check})
    sub->add_option("--nats-url", flags.nats_url, "broker that holds the log; default: that of --data-dir");
}

void add_exercises(CLI::App& kill, Context& context, Action& action, KillFlags& flags) {
  auto* drill = kill.add_subcommand("drill", "take the direct path to every engine, disk and all, and stop nothing");
  drill->footer(
      "Example: sluice kill drill\nExit codes: 0 every owner stopped for a moment; 1 one did not; 4 one was not "
      "reached.");
  drill->callback([&] { action = [&] { return drill_kill(context, flags); }; });
  auto* heartbeat = kill.add_subcommand(
      "heartbeat", "tell every engine that the operators are there; one with heartbeat_hold_after_ms holds without");
  heartbeat->add_option("--every-ms", flags.every_ms, "again and again, until Ctrl-C; 0: once")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{3'600'000}));
  heartbeat->footer("Example: sluice kill heartbeat --every-ms 200");
  heartbeat->callback([&] { action = [&] { return send_heartbeats(context, flags); }; });
  for (auto* sub : {drill, heartbeat})
    sub->add_option("--engine", flags.engines,
                    "host:port of an engine's control port, besides those of endpoints.json; repeatable");
}

}  // namespace

void add_kill(CLI::App& app, Context& context, Action& action) {
  static KillFlags flags;
  auto* kill = app.add_subcommand("kill", "stop trade; release with two people")->require_subcommand(1);
  auto* engage_command = kill->add_subcommand("engage", "engage a kill switch in every shard, by both paths");
  engage_command->footer(
      "Goes to the command service and to every engine at once, and works when one of them, or the log, is down.\n"
      "Examples: sluice kill engage --scope account --key ACME --reason 'runaway algorithm'\n"
      "          sluice kill engage --engine 10.0.0.7:7411 --engine 10.0.0.8:7411\n"
      "Exit codes: 0 every shard CONFIRMED; 1 every shard LATCHED but not all CONFIRMED, or the name was refused; "
      "4 a shard is NOT CONFIRMED or NOT REACHED.");
  engage_command->add_flag("--allow-unknown", flags.allow_unknown, "engage a name that is not registered");
  engage_command
      ->add_option("--mode", flags.mode,
                   "block-and-cancel; block-only: what rests can still be hit; reduce-only: what can only reduce a "
                   "position goes on; flatten: also close the positions")
      ->check(CLI::IsMember({"block-and-cancel", "block-only", "reduce-only", "flatten"}))
      ->capture_default_str();
  engage_command->add_option("--kill-id", flags.kill_id, "UUID; the same again changes nothing");
  engage_command->add_option("--engine", flags.engines,
                             "host:port of an engine's control port, besides those of endpoints.json; repeatable");
  engage_command->add_flag("--direct", flags.direct, "ask only the engines, not the command service");
  engage_command->add_flag("--keep-trying", flags.keep_trying,
                           "until every shard is confirmed, or Ctrl-C; else until --timeout-ms");
  engage_command->callback([&] { action = [&] { return engage_kill(context, flags); }; });
  auto* release = kill->add_subcommand("release", "release an engaged scope: one person requests, another approves")
                      ->require_subcommand(1);
  auto* request = release->add_subcommand("request", "request the release of a scope");
  request->footer(
      "Example: sluice --principal alice kill release request --scope account --key ACME --kill-id <from kill status>");
  request->add_option("--kill-id", flags.kill_id, "the newest kill of the scope, from 'sluice kill status'")
      ->required();
  request->add_option("--release-id", flags.release_id, "UUID, for repeating");
  request->callback([&] { action = [&] { return request_release(context, flags); }; });
  auto* approve = release->add_subcommand("approve", "approve a requested release as another person");
  approve->footer("Example: sluice --principal bob kill release approve --release-id <from the request>");
  approve->add_option("--release-id", flags.release_id, "id of the request")->required();
  approve->callback([&] { action = [&] { return approve_release(context, flags); }; });
  for (auto* sub : {engage_command, request}) {
    sub->add_option("--scope", flags.scope, "global, account, symbol or strategy")
        ->check(CLI::IsMember({"global", "account", "symbol", "strategy"}))
        ->capture_default_str();
    sub->add_option("--key", flags.key, "the account, symbol or strategy");
  }
  for (auto* sub : {engage_command, request, approve}) sub->add_option("--reason", flags.reason, "why, for the log");
  add_proof(*kill, context, action, flags);
  add_exercises(*kill, context, action, flags);
  auto* status_command = kill->add_subcommand("status", "what is engaged, by whom, since when");
  status_command->footer(
      "Asks the command service and every engine; what cannot be reached is named.\nExample: sluice kill status "
      "--output "
      "json\nExit codes: 0, or 4 if something could not be reached or has not read the whole log.");
  status_command->add_option("--engine", flags.engines, "host:port of an engine's control port; repeatable");
  status_command->callback([&] { action = [&] { return show_kill_status(context, flags); }; });
}

}  // namespace sluice::cli
