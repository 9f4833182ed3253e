#include "cli/open_load.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "cli/flow.h"
#include "cli/load/report.h"
#include "cli/validators.h"
#include "runtime/channel.h"
#include "runtime/shutdown.h"

namespace sluice::cli {

namespace {

constexpr std::uint32_t kBatchDefault = 128;
constexpr std::uint32_t kAccountsDefault = 8, kSymbolsDefault = 4;

Nanos span_of(double seconds) { return Nanos{static_cast<std::int64_t>(seconds * 1e9)}; }

Result<load::LoadOptions> options_of(const FlowFlags& common, const OpenFlags& flags, const std::string& lobster) {
  load::LoadOptions options;
  options.rate = static_cast<double>(common.rate);
  options.seed = common.seed;
  options.duration = span_of(flags.duration_s);
  if (!lobster.empty()) {
    auto sample = marketdata::load_lobster(lobster);
    if (!sample.ok()) return Error{ErrorCode::kInvalidArgument, sample.error().message};
    options.lobster = std::move(sample.value().messages);
    if (flags.duration->count() == 0) options.duration = Nanos{};
  }
  options.arrivals = flags.arrivals == "constant" ? load::Arrivals::kConstant
                     : flags.arrivals == "flow"   ? load::Arrivals::kFlow
                                                  : load::Arrivals::kPoisson;
  options.speed = flags.speed;
  options.via = flags.via == "unary" ? load::Via::kUnary : load::Via::kStream;
  options.batch = common.batch == 0 ? kBatchDefault : common.batch;
  options.in_flight = common.in_flight;
  options.level = common.wait == "logged" ? v1::WAIT_LEVEL_LOGGED : v1::WAIT_LEVEL_EXECUTED;
  options.accounts = names_of(common.accounts, "L", kAccountsDefault);
  options.symbols = names_of(common.symbols, "S", kSymbolsDefault);
  options.sample = flags.sample;
  options.kill_every = span_of(flags.kill_every_s);
  options.give_up = span_of(flags.give_up_s);
  options.journal = flags.journal;
  return options;
}

load::LoadChannels channels_of(const Endpoints& endpoints, std::uint32_t connections) {
  load::LoadChannels channels;
  for (std::uint32_t i = 0; i < connections; ++i) channels.commands.push_back(runtime::open_channel(endpoints.command));
  channels.kill = runtime::open_channel(endpoints.kill);
  channels.query = runtime::open_channel(endpoints.query);
  for (const std::string& engine : endpoints.engines) channels.engines.push_back(runtime::open_channel(engine));
  return channels;
}

/// In place on a terminal, else a line a second.
void tell(const load::LoadProgress& at) {
  const bool terminal = isatty(STDERR_FILENO) == 1;
  std::fprintf(stderr, "%s%.0f s: %llu sent, %llu answered; last second p50 %s, p99 %s, late by at most %s%s",
               terminal ? "\r\033[K" : "", at.seconds, static_cast<unsigned long long>(at.sent),
               static_cast<unsigned long long>(at.answered), load::format_nanos(at.last.latency_p50_ns).c_str(),
               load::format_nanos(at.last.latency_p99_ns).c_str(), load::format_nanos(at.last.lateness_max_ns).c_str(),
               terminal ? "" : "\n");
}

Status write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (file) return ok_status();
  return Error{ErrorCode::kInvalidArgument, path.string() + " cannot be written; give another path"};
}

Status write_reports(const OpenFlags& flags, const load::LoadOptions& options, const load::LoadResult& result) {
  if (!flags.csv.empty()) {
    if (auto written = write_file(flags.csv, load::distribution_csv(result)); !written.ok()) return written;
    const std::filesystem::path seconds = std::filesystem::path(flags.csv).replace_extension(".seconds.csv");
    if (auto written = write_file(seconds, load::seconds_csv(result)); !written.ok()) return written;
  }
  return flags.html.empty() ? ok_status()
                            : write_file(flags.html, load::report_html(options, flags.connections, result));
}

}  // namespace

void add_open_options(CLI::App& load, OpenFlags& flags) {
  const auto own = [&](const char* name, auto& value, const std::string& what) {
    flags.own.push_back(load.add_option(name, value, "open loop: " + what)->capture_default_str());
    return flags.own.back();
  };
  flags.duration = own("--duration", flags.duration_s, "seconds of the schedule")->check(positive());
  own("--arrivals", flags.arrivals, "constant, poisson, or flow (bursts that excite themselves)")
      ->check(CLI::IsMember({"constant", "poisson", "flow"}));
  own("--via", flags.via, "stream (StreamCommands) or unary")->check(CLI::IsMember({"stream", "unary"}));
  own("--connections", flags.connections, "connections; an account stays on one")->check(CLI::Range(1, 64));
  flags.with_speed = own("--speed", flags.speed,
                         "play --lobster with its own spacing, so many times as fast; again and again if --duration is "
                         "given")
                         ->check(positive());
  own("--sample", flags.sample, "every Nth command asks when it passed each stage; 0: none")->check(not_negative());
  own("--kill-every", flags.kill_every_s,
      "every so many seconds kill an account, and release it as two people; 0: never")
      ->check(not_negative());
  own("--give-up", flags.give_up_s, "seconds to wait for the last answers")->check(positive());
  own("--csv", flags.csv, "write the distribution there, and the seconds to <name>.seconds.csv");
  own("--html", flags.html, "write a report with plots");
  own("--journal", flags.journal, "write a line of JSON for each command, synced every 100 ms");
}

std::string open_option_given(const OpenFlags& flags) {
  for (const CLI::Option* option : flags.own) {
    if (option->count() > 0) return option->get_name();
  }
  return {};
}

int run_open_load(const Context& context, const FlowFlags& common, const OpenFlags& flags, const std::string& lobster) {
  const auto endpoints = context.endpoints();
  if (!endpoints.ok()) return fail(endpoints.error());
  const auto options = options_of(common, flags, lobster);
  if (!options.ok()) return fail(options.error());
  runtime::Shutdown shutdown;  // before any other thread; SIGINT ends the load early, and it still reports
  const load::LoadChannels channels = channels_of(endpoints.value(), flags.connections);
  if (const Status named = register_names(channels.commands.front(), options.value().accounts, options.value().symbols);
      !named.ok())
    return fail(named.error());
  const auto run = load::run_load(channels, options.value(), tell, [&] { return shutdown.requested(); });
  if (isatty(STDERR_FILENO) == 1) std::fprintf(stderr, "\n");
  if (!run.ok()) return fail(run.error());
  const load::LoadResult& result = run.value();
  if (context.json()) std::printf("%s\n", load::report_json(options.value(), flags.connections, result).dump().c_str());
  else std::printf("%s", load::report_text(options.value(), flags.connections, result).c_str());
  if (const Status written = write_reports(flags, options.value(), result); !written.ok()) return fail(written.error());
  return result.tally.of(load::Outcome::kUnknown) == 0 ? kExitOk : kExitFailed;
}

}  // namespace sluice::cli
