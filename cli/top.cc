// sluice top: how a running system is, again and again.
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "cli/context.h"
#include "cli/demo/gauge_reader.h"
#include "cli/demo/screen.h"
#include "cli/validators.h"
#include "runtime/clock.h"
#include "runtime/doorbell.h"
#include "runtime/logging.h"
#include "runtime/shutdown.h"

namespace sluice::cli {

namespace {

struct TopFlags {
  std::string symbol;
  std::uint64_t count = 0;
  double every_s = 0;
};
constexpr double kFrameSeconds = 0.2, kPlainSeconds = 1;
constexpr std::size_t kPlainColumns = 120;
constexpr Nanos kSliceMax{100 * kNanosPerMilli};

nlohmann::ordered_json json_of(const Gauges& gauges) {
  using Json = nlohmann::ordered_json;
  Json engines = Json::array(), views = Json::array(), kills = Json::array();
  for (const EngineGauge& engine : gauges.engines)
    engines.push_back({{"reached", engine.reached},
                       {"role", engine.role},
                       {"epoch", engine.epoch},
                       {"command_sequence", engine.command_sequence},
                       {"event_sequence", engine.event_sequence},
                       {"holds", engine.holds}});
  for (const ProjectionGauge& shard : gauges.projections)
    views.push_back({{"log_last_sequence", shard.log_last},
                     {"projected_sequence", shard.projected},
                     {"behind_ns", shard.behind_since.value()},
                     {"halted", shard.halted}});
  for (const KillGauge& kill : gauges.kills)
    kills.push_back(
        {{"scope", kill.scope}, {"key", kill.key}, {"by", kill.by}, {"engaged_in_shards", kill.engaged_in}});
  const auto side = [](const BookGauge::Side& level) {
    return level.quantity == 0 ? Json() : Json{{"price", level.price}, {"quantity", level.quantity}};
  };
  return {{"commands_per_s", gauges.commands_per_second},
          {"events_per_s", gauges.events_per_second},
          {"query_reached", gauges.query_reached},
          {"engines", engines},
          {"views", views},
          {"book",
           {{"symbol", gauges.book.symbol},
            {"bid", side(gauges.book.bid)},
            {"ask", side(gauges.book.ask)},
            {"last_price", gauges.book.last_price}}},
          {"kills_reached", gauges.kills_reached},
          {"kills_complete", gauges.kills_complete},
          {"kills", kills}};
}

void tell(Screen& screen, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) screen.say(line);
}

/// In short sleeps: Ctrl-C is not kept waiting.
void pause(Nanos span, const runtime::Shutdown& shutdown) {
  runtime::Doorbell bell;
  const Nanos end = runtime::steady_now() + span;
  for (Nanos now = runtime::steady_now(); now < end && !shutdown.requested(); now = runtime::steady_now())
    bell.wait(bell.value(), std::min(end - now, kSliceMax));
}

int top(const Context& context, const TopFlags& flags) {
  if (const Status quiet = runtime::set_up_logging("sluice", "warn"); !quiet.ok()) return fail(quiet.error());
  runtime::Shutdown shutdown;
  const auto endpoints = context.endpoints();
  if (!endpoints.ok()) return fail(endpoints.error());
  Screen screen(
      std::cout, [&] { return context.json() ? std::nullopt : terminal_size(STDOUT_FILENO); }, colour_wanted());
  GaugeReader reader(endpoints.value(), flags.symbol);
  const double every = flags.every_s > 0 ? flags.every_s : screen.pinned() ? kFrameSeconds : kPlainSeconds;
  std::vector<std::string> panel;
  bool any_reached = false;
  for (std::uint64_t frame = 0; !shutdown.requested() && (flags.count == 0 || frame < flags.count); ++frame) {
    if (frame > 0) pause(Nanos{static_cast<std::int64_t>(every * 1e9)}, shutdown);
    Gauges gauges = reader.read();
    gauges.title = context.data_dir;
    any_reached = gauges.query_reached || gauges.kills_reached;
    if (context.json()) {
      screen.say(json_of(gauges).dump());
      continue;
    }
    panel = panel_of(gauges, screen.pinned() ? screen.columns() - 1 : kPlainColumns);
    if (screen.pinned()) screen.show(panel);
    else tell(screen, panel);
  }
  const bool leave_last = screen.pinned();
  screen.end();
  if (leave_last) tell(screen, panel);
  return any_reached ? kExitOk : kExitUnavailable;
}

}  // namespace

void add_top(CLI::App& app, Context& context, Action& action) {
  static TopFlags flags;
  auto* command =
      app.add_subcommand("top", "rates, lag, top of book, kills and holds of a running system, until Ctrl-C");
  command->footer(
      "Drawn in place on a terminal, else a block of lines each time; --output json: an object a line.\n"
      "Examples: sluice top --symbol AAPL\n          sluice top --count 1\nExit codes: 0, or 4 if neither query "
      "service nor kill switch "
      "answered the last time.");
  command->add_option("--symbol", flags.symbol, "instrument whose best prices are shown; default: the first one");
  command->add_option("--count", flags.count, "look so many times; 0: until Ctrl-C")->capture_default_str();
  command->add_option("--every", flags.every_s, "seconds between two looks; default 0.2 on a terminal, else 1")
      ->check(positive());
  command->callback([&] { action = [&] { return top(context, flags); }; });
}

}  // namespace sluice::cli
