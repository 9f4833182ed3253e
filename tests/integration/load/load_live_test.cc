// `sluice load` in its open loop against a whole deployment: every command gets its answer, the journal says what the
// log says, kills in flow are released, and the reports are there.
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "crash/crash_rig.h"
#include "domain/reasons.h"

namespace sluice::test {
namespace {

constexpr int kSeconds = 2;

class LoadLive : public testing::Test {
 protected:
  /// Runs a load; its report. The journal is read into `rows_`.
  nlohmann::json load(const std::vector<std::string>& more) {
    const auto out = rig_.dir() / "load.out";
    std::vector<std::string> arguments{(cli::program_dir() / "sluice").string(),
                                       "--data-dir",
                                       (rig_.dir() / "d").string(),
                                       "--output",
                                       "json",
                                       "load",
                                       "--rate",
                                       "500",
                                       "--duration",
                                       std::to_string(kSeconds),
                                       "--sample",
                                       "10",
                                       "--accounts",
                                       "4",
                                       "--journal",
                                       file("j.jsonl"),
                                       "--csv",
                                       file("r.csv"),
                                       "--html",
                                       file("r.html")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    Process process(arguments, out);
    EXPECT_EQ(process.wait(), 0) << text(out.string());
    std::ifstream journal(file("j.jsonl"));
    for (std::string line; std::getline(journal, line);) rows_.push_back(nlohmann::json::parse(line));
    nlohmann::json report;
    std::ifstream printed(out);
    for (std::string line; std::getline(printed, line);) {
      auto parsed = nlohmann::json::parse(line, nullptr, false);
      if (parsed.is_object()) report = std::move(parsed);
    }
    return report;
  }
  /// Each row is an answer that the report counts and the log holds, at the place named.
  void expect_journal_agrees(const nlohmann::json& report) {
    ASSERT_TRUE(report.is_object());
    EXPECT_GT(report["commands"], 0);
    EXPECT_EQ(rows_.size(), report["commands"]);
    const auto logged = rig_.outcomes();
    std::map<std::string, std::uint64_t> outcomes;
    std::set<std::string> ids;
    for (const nlohmann::json& row : rows_) {
      const std::string told = row["outcome"];
      ++outcomes[told];
      EXPECT_TRUE(ids.insert(row["id"]).second) << "twice: " << row;
      EXPECT_LE(row["intended"], row["sent"]);
      EXPECT_LT(row["sent"], row["answered"]);
      const auto found = logged.find(parse_uuid(row["id"].get<std::string>()).value());
      ASSERT_NE(found, logged.end()) << row;
      EXPECT_EQ(row["sequence"], found->second.first_sequence.value()) << row;
      EXPECT_EQ(row["index"], found->second.first_index) << row;
      if (told == "logged") continue;
      EXPECT_EQ(told == "executed", found->second.code == OutcomeCode::kExecuted) << row;
      EXPECT_EQ(row["reason"], static_cast<int>(found->second.reason)) << row;
    }
    for (const auto& [outcome, count] : report["outcomes"].items()) EXPECT_EQ(outcomes[outcome], count) << outcome;
    EXPECT_EQ(outcomes["unknown"] + outcomes["invalid"] + outcomes["refused"], 0u);
  }
  void expect_files() {
    EXPECT_EQ(text(file("r.csv")).find("series,value_ns,quantile,count\n"), 0u);
    EXPECT_EQ(text(file("r.seconds.csv")).find("second,sent,"), 0u);
    const std::string html = text(file("r.html"));
    EXPECT_NE(html.find("By percentile"), std::string::npos);
    EXPECT_TRUE(html.ends_with("</html>\n"));
  }
  std::string file(const char* name) const { return (rig_.dir() / name).string(); }
  static std::string text(const std::string& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  CrashRig rig_;
  std::vector<nlohmann::json> rows_;
};

TEST_F(LoadLive, OverStreamsWithAKillInFlow) {
  const auto report = load({"--connections", "2", "--arrivals", "flow", "--kill-every", "0.8"});
  expect_journal_agrees(report);
  expect_files();
  EXPECT_GT(report["kills"]["asked"], 0);
  EXPECT_EQ(report["kills"]["confirmed"], report["kills"]["asked"]);
  EXPECT_EQ(report["kills"]["released"], report["kills"]["asked"]);
  const v1::StatusResponse status = rig_.client().kill_status();
  for (const v1::KillSwitchState& state : status.kill_switches()) EXPECT_FALSE(state.engaged());
  rig_.expect_all_agree();
}

TEST_F(LoadLive, OverUnaryCallsAtLevelLogged) {
  const auto report = load({"--via", "unary", "--arrivals", "constant", "--wait", "logged"});
  EXPECT_EQ(report["commands"], 500 * kSeconds) << "what the schedule says, whatever the system does";
  EXPECT_EQ(report["outcomes"]["logged"], report["commands"]);
  EXPECT_TRUE(eventually([&] { return rig_.outcomes().size() >= rows_.size(); }));
  expect_journal_agrees(report);
  expect_files();
  rig_.expect_all_agree();
}

}  // namespace
}  // namespace sluice::test
