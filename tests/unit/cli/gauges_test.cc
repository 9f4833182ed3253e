// The panel as text, for a system that is well, for one that is not, and for a narrow window.
#include "cli/demo/gauges.h"

#include <gtest/gtest.h>

#include "cli/demo/screen.h"

namespace sluice::cli {
namespace {

Gauges well() {
  Gauges gauges;
  gauges.seconds = 12.34;
  gauges.title = "a kill in mid-flow";
  gauges.query_reached = gauges.kills_reached = gauges.kills_complete = true;
  gauges.commands_per_second = 4'980.4;
  gauges.events_per_second = 9'120;
  gauges.engines = {{true, "owner", 1, 512, 1'024, {}}};
  gauges.projections = {{1'024, 1'020, Nanos{12 * kNanosPerMilli}, ""}};
  gauges.book = {"X", true, {9'999, 120}, {10'001, 30}, 10'000};
  gauges.kills = {{"account", "A", "demo", 1}};
  gauges.flow = {"the flow", 12'345, 12'340, {12'340, 1'200'000, 3'400'000, 9'900'000}, {}};
  gauges.flow.stages = {{"intended -> received", {100, 90'000, 250'000, 300'000}}, {"engine in -> decided", {}}};
  return gauges;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  return text;
}

TEST(Panel, OfASystemThatIsWell) {
  EXPECT_EQ(joined(panel_of(well(), 72)),
            "── Sluice: a kill in mid-flow ─────────────────────────────────── 12.3 s\n"
            "rate     4,980 commands/s   9,120 events/s   sent 12,345, answered 12,3…\n"
            "engine   owner, epoch 1, command 512, event 1,024\n"
            "views    1,020 of 1,024 messages, 4 behind, for 12.00 ms\n"
            "X        bid 120 @ 9,999   ask 30 @ 10,001   last 10,000\n"
            "kills    ENGAGED account A by demo, recorded in 1 of 1 shard\n"
            "latency of the flow                       p50        p99      p99.9\n"
            "  intended -> client, all             1.20 ms    3.40 ms    9.90 ms\n"
            "  intended -> received                90.0 us     250 us     300 us\n"
            "  engine in -> decided                      –          –          –\n");
}

TEST(Panel, OfASystemThatIsNot) {
  Gauges gauges = well();
  gauges.query_reached = false;
  gauges.engines = {{}, {true, "held", 2, 7, 8, {"log_lost", "ack_overdue"}}};
  gauges.projections = {{10, 10, {}, ""}, {10, 4, {}, "chain: message 5"}};
  gauges.book = {"X", false, {}, {}, 0};
  gauges.kills = {{"global", "", "alice", 1}};
  gauges.flow = {};
  EXPECT_EQ(joined(panel_of(gauges, 72)),
            "── Sluice: a kill in mid-flow ─────────────────────────────────── 12.3 s\n"
            "rate     the query service does not answer\n"
            "engine 0 does not answer\n"
            "engine 1 held, epoch 2, command 7, event 8   HELD: log_lost, ack_overdue\n"
            "views 0  10 of 10 messages, none behind\n"
            "views 1  4 of 10 messages, HALTED: chain: message 5\n"
            "X        not known\n"
            "kills    NOT CONFIRMED global by alice, recorded in 1 of 2 shards\n");
  gauges.kills.clear();
  const auto last = [&] { return panel_of(gauges, 72).back(); };
  EXPECT_EQ(last(), "kills    none engaged");
  gauges.kills_complete = false;
  EXPECT_EQ(last(), "kills    NOT COMPLETE: more may be engaged");
  gauges.kills_reached = false;
  EXPECT_EQ(last(), "kills    the kill switch does not answer");
}

TEST(Panel, NoLineIsWiderThanTheWindow) {
  for (std::size_t columns = 0; columns < 100; ++columns) {
    for (const std::string& line : panel_of(well(), columns)) EXPECT_LE(width_of(line), columns) << line;
  }
}

TEST(Panel, AnEmptySideOfTheBookIsNobody) {
  Gauges gauges = well();
  gauges.book.bid = {};
  EXPECT_NE(joined(panel_of(gauges, 72)).find("bid none   ask 30 @ 10,001"), std::string::npos);
}

}  // namespace
}  // namespace sluice::cli
