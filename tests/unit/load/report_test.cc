// What a load says of itself.
#include "cli/load/report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "cli/load/svg.h"

namespace sluice::load {
namespace {

constexpr std::uint64_t kMicro = 1'000;

LoadOptions options() {
  LoadOptions options;
  options.accounts = {"L0", "L1"};
  options.symbols = {"S0"};
  return options;
}

/// 5,000 commands over 5 s, 1 ms each, the sender late by `late`.
LoadResult result(std::uint64_t late = 10 * kMicro) {
  LoadResult result;
  Tally& tally = result.tally;
  tally.sent = 5'000;
  tally.lateness.record(late, 5'000);
  tally.latency.record(1'000 * kMicro, 5'000);
  tally.response.record(990 * kMicro, 5'000);
  tally.outcomes[0] = 4'990;
  tally.outcomes[2] = 10;
  tally.reasons[v1::REJECT_REASON_KILLED] = 10;
  tally.last_intended = tally.last_sent = Nanos{5 * kNanosPerSecond};
  tally.seconds.assign(5, {1'000, 1'000, 2, late, 1'000 * kMicro, 1'000 * kMicro, 1'000 * kMicro});
  result.seconds = 5;
  result.stages = new_stage_tally();
  result.stages.intervals[1].nanos.record(30 * kMicro, 100);
  result.kills.asked = result.kills.confirmed = result.kills.released = 1;
  result.kills.held.push_back({"L<0>", Nanos{kNanosPerSecond}, Nanos{2 * kNanosPerSecond}});
  return result;
}

/// Names of the elements that were opened and not closed, or closed and not opened.
std::string unbalanced(const std::string& html) {
  std::vector<std::string> open;
  for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const std::size_t end = html.find('>', at);
    if (end == std::string::npos || html.find('<', at + 1) < end) return "a tag without an end";
    if (html[end - 1] == '/') continue;
    const bool closes = html[at + 1] == '/';
    const std::size_t from = at + (closes ? 2 : 1);
    const std::string name = html.substr(from, html.find_first_of(" >", from) - from);
    if (!closes) {
      open.push_back(name);
    } else {
      if (open.empty() || open.back() != name) return "</" + name + ">";
      open.pop_back();
    }
  }
  return open.empty() ? "" : open.back();
}

TEST(Report, BeginsWithTheLatenessOfTheSender) {
  EXPECT_EQ(report_text(options(), 1, result()).find("lateness of the sender: p50 10.0 us, p99 10.0 us, max 10.0 us"),
            0u);
  EXPECT_EQ(report_json(options(), 1, result()).begin().key(), "lateness");
}

TEST(Report, ASlowSenderIsNeverTakenForASlowSystem) {
  EXPECT_FALSE(result().sender_was_slow());
  EXPECT_TRUE(warnings(result()).empty());
  const LoadResult late = result(101 * kMicro);  // over a tenth of the latency
  EXPECT_TRUE(late.sender_was_slow());
  EXPECT_NE(report_text(options(), 1, late).find("WARNING: THE LOAD GENERATOR WAS LATE"), std::string::npos);
  EXPECT_NE(report_html(options(), 1, late).find("THE LOAD GENERATOR WAS LATE"), std::string::npos);
  LoadResult behind = result();
  behind.seconds = 5.06;  // 98.8 % of the rate
  EXPECT_TRUE(behind.sender_was_slow());
  behind.closed_loop = true;
  EXPECT_FALSE(behind.sender_was_slow()) << "a closed loop has no times to be late for";
}

TEST(Report, APercentileWithoutSamplesBehindItIsUnresolved) {
  const auto json = report_json(options(), 1, result());
  EXPECT_EQ(json["latency"]["count"], 5'000);
  EXPECT_TRUE(json["latency"]["p99_ns"].is_number());
  EXPECT_TRUE(json["latency"]["p99.9_ns"].is_null()) << "5 of 5,000 lie beyond";
  EXPECT_EQ(json["latency"]["max_ns"], 1'000 * kMicro);
  EXPECT_NE(report_text(options(), 1, result()).find("unresolved"), std::string::npos);
}

TEST(Report, TheJsonHasWhatACheckerAsksFor) {
  const auto json = report_json(options(), 2, result());
  std::set<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.insert(key);
  EXPECT_EQ(keys,
            (std::set<std::string>{"lateness", "sender_was_slow", "warnings", "load", "arrivals", "intended_per_s",
                                   "achieved_per_s", "seconds", "sending_seconds", "commands", "outcomes", "rejections",
                                   "repeated", "latency", "response", "stages", "kills"}));
  EXPECT_EQ(json["commands"], 5'000);
  EXPECT_EQ(json["intended_per_s"], 1'000.0);
  EXPECT_EQ(json["outcomes"]["executed"], 4'990);
  EXPECT_EQ(json["outcomes"]["unknown"], 0);
  EXPECT_EQ(json["rejections"], (nlohmann::json{{"killed", 10}}));
  EXPECT_EQ(json["stages"]["received -> framed"]["count"], 100);
  EXPECT_EQ(json["kills"]["released"], 1);
}

TEST(Report, TheHtmlIsWellFormedAndNeedsNothingFromElsewhere) {
  const std::string html = report_html(options(), 1, result());
  EXPECT_EQ(unbalanced(html.substr(html.find("<html"))), "");
  for (const char* elsewhere : {"http:", "https:", "src=", "href=", "@import", "url(", "<script", "<link"})
    EXPECT_EQ(html.find(elsewhere), std::string::npos) << elsewhere;
  for (const char* plot : {"By percentile", "Over time", "By stage"})
    EXPECT_NE(html.find(plot), std::string::npos) << plot;
  EXPECT_EQ(html.find("nan"), std::string::npos);
  EXPECT_EQ(html.find("inf"), std::string::npos);
}

TEST(Report, ALoadWithoutAnyAnswerHasAReportToo) {
  LoadResult nothing;
  nothing.stages = new_stage_tally();
  const std::string html = report_html(options(), 1, nothing);
  EXPECT_EQ(unbalanced(html.substr(html.find("<html"))), "");
  EXPECT_EQ(html.find("nan"), std::string::npos);
  EXPECT_FALSE(report_text(options(), 1, nothing).empty());
  EXPECT_FALSE(report_json(options(), 1, nothing).dump().empty());
}

TEST(Report, TheCsvEndsWithEverySample) {
  const std::string csv = distribution_csv(result());
  EXPECT_EQ(csv.find("series,value_ns,quantile,count\nlatency,"), 0u);
  EXPECT_NE(csv.find(",1.00000000,5000\n"), std::string::npos);
  const std::string seconds = seconds_csv(result());
  EXPECT_EQ(std::count(seconds.begin(), seconds.end(), '\n'), 6);
  EXPECT_NE(seconds.find("\n4,1000,1000,2,10000,1000000,1000000,1000000\n"), std::string::npos);
}

TEST(Report, TextIsEscaped) { EXPECT_EQ(escape_xml("a<b>&\"c\n"), "a&lt;b&gt;&amp;&quot;c "); }

}  // namespace
}  // namespace sluice::load
