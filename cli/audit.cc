// sluice audit: who did what and when, from the files that the engines write, and whether these are as they were
// written.
#include <algorithm>
#include <cstdio>

#include "audit/audit_names.h"
#include "audit/audit_verify.h"
#include "audit/audit_words.h"
#include "audit/black_box.h"
#include "audit/segment_files.h"
#include "cli/audit_lines.h"
#include "cli/audit_list.h"
#include "cli/audit_source.h"
#include "cli/context.h"
#include "cli/validators.h"
#include "domain/utc.h"
#include "runtime/clock.h"
#include "runtime/doorbell.h"

namespace sluice::cli {

namespace {

using audit::AuditLine;
using nlohmann::ordered_json;

constexpr Nanos kPoll{100 * kNanosPerMilli};
constexpr std::uint64_t kLongBytes = std::uint64_t{256} << 20;  // from here on a verification tells how far it is

struct AuditFlags {
  std::vector<std::string> folders;
  std::string since, until, actor, key, kind;
  std::vector<std::string> actions;
  std::uint64_t sequence = 0;
  std::uint64_t newest = 20;
  std::uint64_t count = 0;
  std::uint64_t from_segment = 0;
  bool follow = false;
  bool of_file = false;
  bool black_box = false;
};

Result<std::vector<std::filesystem::path>> folders_of(const Context& context, const AuditFlags& flags) {
  if (!flags.folders.empty()) return std::vector<std::filesystem::path>(flags.folders.begin(), flags.folders.end());
  auto found = audit::audit_folders(context.data_dir);
  if (found.empty())
    return Error{ErrorCode::kNotFound, "no audit under " + context.data_dir +
                                           ": give the deployment's folder with --data-dir, or one audit with --dir"};
  return found;
}

Result<std::optional<Nanos>> moment(const std::string& text, const char* option) {
  if (text.empty()) return std::optional<Nanos>{};
  const auto parsed = parse_moment(text, runtime::wall_now());
  if (parsed) return parsed;
  return Error{ErrorCode::kInvalidArgument, std::string(option) + ": '" + text + "' " + kNoMoment};
}

Result<audit::AuditFilter> filter_of(const AuditFlags& flags) {
  audit::AuditFilter filter;
  const auto from = moment(flags.since, "--since");
  if (!from.ok()) return from.error();
  const auto until = moment(flags.until, "--until");
  if (!until.ok()) return until.error();
  filter.from = from.value();
  filter.until = until.value();
  for (const std::string& name : flags.actions) filter.actions.push_back(*audit::parse_action(name));
  if (!flags.kind.empty()) filter.kind = audit::parse_kind(flags.kind);
  if (flags.sequence != 0) filter.sequence = flags.sequence;
  // Names begin with whatever they like, so a number is an account only as a whole.
  const bool number = !flags.actor.empty() && flags.actor.size() < 10 &&
                      flags.actor.find_first_not_of("0123456789") == std::string::npos;
  if (number) filter.account = static_cast<std::uint32_t>(std::stoul(flags.actor));
  else filter.principal = flags.actor;
  filter.key = flags.key;
  filter.of_file = flags.of_file;
  return filter;
}

void print(const Context& context, const AuditLine& line) {
  const std::string text =
      context.json() ? audit_json(line).dump(-1, ' ', false, ordered_json::error_handler_t::replace) : audit_text(line);
  std::printf("%s\n", text.c_str());
}

bool any_damaged(const std::vector<AuditSource>& sources) {
  return std::any_of(sources.begin(), sources.end(), [](const AuditSource& source) { return source.damaged(); });
}

/// What the black boxes of the folders hold, folder by folder.
int show_black_boxes(const Context& context, const std::vector<std::filesystem::path>& folders,
                     const audit::AuditFilter& filter) {
  for (const auto& folder : folders) {
    const auto records = audit::read_black_boxes(folder);
    if (!records.ok()) return fail(records.error());
    const auto take = [&](const AuditLine& line) {
      if (filter.passes(line)) print(context, line);
    };
    audit::LineJoiner joiner;
    for (const audit::AuditRecord& record : records.value()) joiner.add(record, take);
    joiner.finish(take);
  }
  return kExitOk;
}

int query(const Context& context, const AuditFlags& flags) {
  const auto folders = folders_of(context, flags);
  if (!folders.ok()) return fail(folders.error());
  const auto filter = filter_of(flags);
  if (!filter.ok()) return fail(filter.error());
  if (flags.black_box) return show_black_boxes(context, folders.value(), filter.value());
  std::vector<AuditSource> sources;
  for (const auto& folder : folders.value()) {
    auto source = AuditSource::open(folder, filter.value(), flags.from_segment);
    if (!source.ok()) return fail(source.error());
    sources.push_back(std::move(source).value());
  }
  std::uint64_t shown = 0;
  const Status status = show_by_time(sources, true, [&](const AuditLine& line) {
    if (flags.count == 0 || shown < flags.count) print(context, line);
    ++shown;
  });
  if (!status.ok()) return fail(status.error());
  if (flags.count != 0 && shown > flags.count)
    std::fprintf(stderr, "%llu more; -n 0 shows all\n", static_cast<unsigned long long>(shown - flags.count));
  return any_damaged(sources) ? kExitFailed : kExitOk;
}

int tail(const Context& context, const AuditFlags& flags) {
  const auto folders = folders_of(context, flags);
  if (!folders.ok()) return fail(folders.error());
  const auto filter = filter_of(flags);
  if (!filter.ok()) return fail(filter.error());
  auto found = newest_lines(folders.value(), filter.value(), flags.newest);
  if (!found.ok()) return fail(found.error());
  std::vector<AuditSource>& sources = found.value();
  std::size_t behind = 0;  // of all folders together only the newest are wanted
  for (AuditSource& source : sources) behind += source.lines().size();
  behind -= std::min<std::size_t>(behind, flags.newest);
  for (bool complete = true;;) {
    std::uint64_t shown = 0;
    const Status status = show_by_time(sources, complete, [&](const AuditLine& line) {
      ++shown;
      if (behind > 0) --behind;
      else print(context, line);
    });
    if (!status.ok()) return fail(status.error());
    if (!flags.follow) return any_damaged(sources) ? kExitFailed : kExitOk;
    std::fflush(stdout);
    // A line's texts are written with it, but may be read a moment later: it is complete when nothing follows.
    complete = shown == 0;
    runtime::Doorbell bell;
    bell.wait(bell.value(), kPoll);
  }
}

ordered_json verification_json(const std::filesystem::path& folder, const audit::AuditVerification& found) {
  ordered_json to{{"folder", folder.string()},
                  {"good", found.good()},
                  {"segments", found.segments},
                  {"first_segment", found.first_segment},
                  {"last_segment", found.last_segment},
                  {"records", found.records},
                  {"anchors", found.anchors},
                  {"unanchored", found.unanchored},
                  {"bytes", found.bytes},
                  {"torn_bytes", found.torn_bytes},
                  {"last_anchor", found.anchors == 0 ? ordered_json() : ordered_json(utc_text(found.last_anchor_time))},
                  {"chain", audit::chain_text(found.chain)},
                  {"black_boxes", found.black_boxes},
                  {"black_box_records", found.black_box_records}};
  if (found.damage)
    to["damage"] = {{"file", found.damage->file.string()},
                    {"record", found.damage->record},
                    {"byte", found.damage->record * sizeof(audit::AuditRecord)},
                    {"what", found.damage->what}};
  return to;
}

std::string verification_text(const std::filesystem::path& folder, const audit::AuditVerification& found) {
  const auto number = [](std::uint64_t value) { return std::to_string(value); };
  std::string text = folder.string() + ": ";
  if (found.damage)
    text += "DAMAGED: " + found.damage->file.string() + ": record " + number(found.damage->record) + " (byte " +
            number(found.damage->record * sizeof(audit::AuditRecord)) + "): " + found.damage->what + "\n  before it: ";
  else text += "good: ";
  text += number(found.segments) + " segments (" + number(found.first_segment) + " to " + number(found.last_segment) +
          "), " + number(found.records) + " records, " + number(found.anchors) + " anchors";
  if (found.anchors > 0) text += ", the last at " + utc_text(found.last_anchor_time);
  if (found.unanchored > 0) text += "; " + number(found.unanchored) + " records behind it";
  if (found.torn_bytes > 0)
    text += "; " + number(found.torn_bytes) + " bytes of a tail that is not whole (being written, or torn by a crash)";
  if (found.black_boxes > 0) text += "; " + number(found.black_box_records) + " records in the black box";
  return text + "\n  chain " + audit::chain_text(found.chain);
}

/// Tells the tenths of a long verification on standard error.
std::function<void(std::uint64_t, std::uint64_t)> progress_of(const std::filesystem::path& folder) {
  return [name = folder.string(), told = std::uint64_t{0}](std::uint64_t bytes, std::uint64_t of) mutable {
    if (of < kLongBytes || bytes * 10 / of <= told) return;
    told = bytes * 10 / of;
    std::fprintf(stderr, "%s: %llu %% of %llu MiB\n", name.c_str(), static_cast<unsigned long long>(told * 10),
                 static_cast<unsigned long long>(of >> 20));
  };
}

int verify(const Context& context, const AuditFlags& flags) {
  const auto folders = folders_of(context, flags);
  if (!folders.ok()) return fail(folders.error());
  bool good = true;
  for (const auto& folder : folders.value()) {
    const auto found = audit::verify(folder, {.from_segment = flags.from_segment, .progress = progress_of(folder)});
    if (!found.ok()) return fail(found.error());
    good = good && found.value().good();
    std::printf("%s\n", context.json() ? verification_json(folder, found.value()).dump().c_str()
                                       : verification_text(folder, found.value()).c_str());
    std::fflush(stdout);
  }
  return good ? kExitOk : kExitFailed;
}

void add_filters(CLI::App& command, AuditFlags& flags) {
  const auto names = [](const auto& values) {
    std::vector<std::string> all;
    for (const auto value : values) all.emplace_back(audit::name_of(value));
    return all;
  };
  command.add_option("--since", flags.since, "not before: 2026-11-21T16:38:19Z, nanoseconds since 1970, or 5m ago");
  command.add_option("--until", flags.until, "before, in the same forms");
  command.add_option("--actor", flags.actor, "account id, or a principal's name");
  command.add_option("--action", flags.actions, "only these, for example kill_engaged")
      ->check(CLI::IsMember(names(audit::kActions)));
  command.add_option("--kind", flags.kind, "how it ended")->check(CLI::IsMember(names(audit::kKinds)));
  command.add_option("--key", flags.key, "what it was about: account, symbol, strategy");
  command.add_option("--sequence", flags.sequence, "of the CMD message")->check(positive());
  command.add_flag("--anchors", flags.of_file, "the files' own records too");
}

}  // namespace

void add_audit(CLI::App& app, Context& context, Action& action) {
  static AuditFlags flags;
  auto* family =
      app.add_subcommand("audit", "who did what and when, from the engines' audit files")->require_subcommand(1);
  auto* tail_command = family->add_subcommand("tail", "the newest lines, and with --follow what comes");
  tail_command->footer("Example: sluice audit tail -n 50 --follow --action kill_engaged");
  tail_command->callback([&] { action = [&] { return tail(context, flags); }; });
  auto* query_command = family->add_subcommand("query", "lines by time, actor, action, kind, key or CMD sequence");
  query_command->footer("Example: sluice audit query --since 2h --actor alice --output json");
  query_command->callback([&] { action = [&] { return query(context, flags); }; });
  add_audit_list(*family, context, action);
  auto* verify_command =
      family->add_subcommand("verify", "every sum, every anchor, every segment: are the files as they were written?");
  verify_command->footer("Example: sluice audit verify --dir sluice-data/engine-0/audit");
  verify_command->callback([&] { action = [&] { return verify(context, flags); }; });
  for (auto* sub : {tail_command, query_command, verify_command})
    sub->add_option("--dir", flags.folders, "an audit folder; default: all under --data-dir");
  for (auto* sub : {tail_command, query_command}) add_filters(*sub, flags);
  for (auto* sub : {query_command, verify_command})
    sub->add_option("--from", flags.from_segment, "first segment that is looked at");
  tail_command->add_option("-n,--lines", flags.newest, "lines at most")->capture_default_str()->check(positive());
  query_command->add_option("-n,--lines", flags.count, "lines at most; 0 for all")->capture_default_str();
  tail_command->add_flag("-f,--follow", flags.follow, "go on until interrupted");
  query_command->add_flag("--black-box", flags.black_box, "what went to the black box, because the ring was full");
}

}  // namespace sluice::cli
