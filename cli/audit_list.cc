// sluice audit list: lines of the audits as the query service has them, from a machine that has not their files.
#include "cli/audit_list.h"

#include <algorithm>
#include <cstdio>

#include "audit/audit_names.h"
#include "cli/audit_lines.h"
#include "cli/print.h"
#include "cli/validators.h"
#include "domain/utc.h"
#include "runtime/channel.h"
#include "runtime/clock.h"
#include "sluice/v1/query.grpc.pb.h"

namespace sluice::cli {

namespace {

constexpr int kPage = 1000;

struct ListFlags {
  v1::ListAuditRequest request;
  std::string since, until;
  std::uint64_t lines = 100;
};

std::string text_of(const v1::AuditEntry& entry) {
  std::string text =
      utc_text(Nanos{entry.time_unix_nanos()}) + ' ' + entry.source() + " shard " + std::to_string(entry.shard());
  if (entry.command_sequence() != 0) text += ' ' + std::to_string(entry.command_sequence());
  if (entry.has_command_index()) text += '/' + std::to_string(entry.command_index());
  text += ' ' + entry.action() + ' ' + entry.kind();
  if (!entry.account().empty()) text += " account " + entry.account();
  else if (entry.account_id() != 0) text += " account " + std::to_string(entry.account_id());
  if (!entry.principal().empty()) text += " by " + entry.principal();
  if (!entry.key().empty()) text += " key=" + entry.key();
  const std::map<std::string, std::string> details(entry.details().begin(), entry.details().end());
  for (const auto& [name, value] : details) text += ' ' + name + '=' + value;
  if (!entry.reason().empty()) text += " reason=\"" + entry.reason() + '"';
  if (!entry.detail().empty()) text += " detail=\"" + entry.detail() + '"';
  return one_line(std::move(text));
}

Status set_moment(const std::string& text, const char* option, std::int64_t& to) {
  if (text.empty()) return ok_status();
  const auto moment = parse_moment(text, runtime::wall_now());
  if (!moment) return Error{ErrorCode::kInvalidArgument, std::string(option) + ": '" + text + "' " + kNoMoment};
  to = moment->value();
  return ok_status();
}

int list(const Context& context, ListFlags& flags) {
  std::int64_t from = 0;
  std::int64_t until = 0;
  if (const Status bad = set_moment(flags.since, "--since", from); !bad.ok()) return fail(bad.error());
  if (const Status bad = set_moment(flags.until, "--until", until); !bad.ok()) return fail(bad.error());
  flags.request.set_from_unix_nanos(from);
  flags.request.set_until_unix_nanos(until);
  const auto endpoints = context.endpoints();
  if (!endpoints.ok()) return fail(endpoints.error());
  const auto query = v1::QueryService::NewStub(runtime::open_channel(endpoints.value().query));
  bool damaged = false;
  for (std::uint64_t left = flags.lines == 0 ? UINT64_MAX : flags.lines; left > 0;) {
    flags.request.set_page_size(static_cast<int>(std::min<std::uint64_t>(left, kPage)));
    grpc::ClientContext call;
    context.prepare(call);
    v1::ListAuditResponse response;
    if (const auto status = query->ListAudit(&call, flags.request, &response); !status.ok()) return fail(status);
    for (const std::string& damage : response.damage()) std::fprintf(stderr, "damaged: %s\n", damage.c_str());
    damaged = damaged || response.damage_size() > 0;
    for (const v1::AuditEntry& entry : response.entries())
      std::printf("%s\n", context.json() ? to_json_line(entry).c_str() : text_of(entry).c_str());
    left -= static_cast<std::uint64_t>(response.entries_size());
    if (response.next_page_token().empty()) break;
    if (left == 0) std::fprintf(stderr, "there is more; -n 0 shows all\n");
    flags.request.set_page_token(response.next_page_token());
  }
  return damaged ? kExitFailed : kExitOk;
}

void add_text(CLI::App& command, const std::string& option, std::string* text, const std::string& help) {
  command.add_option(option, *text, help);
}

}  // namespace

void add_audit_list(CLI::App& family, Context& context, Action& action) {
  static ListFlags flags;
  static std::vector<std::string> actions;
  auto* command = family.add_subcommand("list", "lines of all audits, from the query service");
  command->footer("Example: sluice audit list --source engine-0 --action kill_engaged kill_released --since 1d");
  v1::ListAuditRequest& request = flags.request;
  add_text(*command, "--source", request.mutable_source(), "process that wrote it, for example engine-0");
  add_text(*command, "--since", &flags.since, "not before: 2026-11-21T16:38:19Z, nanoseconds since 1970, or 5m ago");
  add_text(*command, "--until", &flags.until, "before, in the same forms");
  command->add_option("--action", actions, "only these, for example kill_engaged");
  add_text(*command, "--kind", request.mutable_kind(), "done, rejected, repeated, began or ended");
  add_text(*command, "--account", request.mutable_account(), "orders of this account");
  add_text(*command, "--principal", request.mutable_principal(), "what this person or program did");
  add_text(*command, "--key", request.mutable_key(), "what it was about: account, symbol, strategy");
  command
      ->add_option_function<std::uint64_t>(
          "--sequence", [&request](std::uint64_t sequence) { request.set_command_sequence(sequence); },
          "of the CMD message")
      ->check(positive());
  command->add_option("-n,--lines", flags.lines, "lines at most; 0 for all")->capture_default_str();
  command->callback([&] {
    action = [&] {
      for (const std::string& name : actions) flags.request.add_actions(name);
      return list(context, flags);
    };
  });
}

}  // namespace sluice::cli
