// scripts/demo: all its checks hold; and with each fault that it can plant, exactly the checks that must notice it
// fail.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/deployment.h"
#include "support/process.h"
#include "support/shared_files.h"

namespace sluice::test {
namespace {

class Demo : public testing::Test {
 protected:
  /// Runs it with the programs of this build, scaled down; the exit code.
  int demo(std::vector<std::string> more) {
    const auto out = dir_.path() / "out";
    std::filesystem::create_directories(dir_.path() / "tmp");
    std::vector<std::string> arguments{SLUICE_SOURCE_DIR "/scripts/demo",
                                       "--bin",
                                       cli::program_dir().string(),
                                       "--orders",
                                       "4000",
                                       "--rate",
                                       "1000",
                                       "--output",
                                       "json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    Process process(arguments, out, {{"TMPDIR", (dir_.path() / "tmp").string()}});
    const int code = process.wait();
    std::ifstream printed(out);
    for (std::string line; std::getline(printed, line);) {
      auto parsed = nlohmann::json::parse(line, nullptr, false);
      if (parsed.is_object()) report_ = std::move(parsed);
      else text_ += line + '\n';
    }
    EXPECT_TRUE(std::filesystem::is_empty(dir_.path() / "tmp")) << "its folder is removed";
    return code;
  }
  std::set<std::string> failed() const {
    std::set<std::string> names;
    for (const auto& check : report_["checks"]) {
      if (!check["held"]) names.insert(check["name"]);
    }
    return names;
  }

  TempDir dir_;
  nlohmann::json report_ = {{"checks", nlohmann::json::array()}};
  std::string text_;  // what a person reads
};

TEST_F(Demo, EveryCheckHolds) {
  EXPECT_EQ(demo({}), 0) << text_;
  EXPECT_EQ(failed(), std::set<std::string>{});
  EXPECT_EQ(report_["of"], 18);
  EXPECT_EQ(report_["held"], 18);
  EXPECT_NE(text_.find("demo: 18/18 checks held in "), std::string::npos);
  EXPECT_NE(text_.find("recovery time, SIGKILL to first newly executed command: "), std::string::npos);
  EXPECT_NE(text_.find("rebuilding 100 %"), std::string::npos);
  EXPECT_EQ(text_.find('\033'), std::string::npos) << "no terminal, no control sequences";
}

TEST_F(Demo, AnEngineThatForgetsTheKillIsNoticed) {
  EXPECT_EQ(demo({"--break", "kill"}), 1) << text_;
  EXPECT_EQ(failed(), (std::set<std::string>{"P1 from the log: nothing of A behind its kill",
                                             "all of them were answered 'killed', and no other",
                                             "the kill still holds: a new order of A is answered 'killed'",
                                             "P1 from the log of both engines: nothing of A behind its kill"}))
      << text_;
}

TEST_F(Demo, AnEngineThatMustNotRecoverIsNoticed) {
  EXPECT_EQ(demo({"--break", "recovery"}), 1) << text_;
  EXPECT_TRUE(failed().contains("a new engine executes again")) << text_;
  EXPECT_NE(text_.find("halted"), std::string::npos) << "and it says why:\n" << text_;
}

TEST_F(Demo, ReadModelsThatDifferAreNoticed) {
  EXPECT_EQ(demo({"--break", "rebuild"}), 1) << text_;
  EXPECT_EQ(failed(), std::set<std::string>{"every row equals the one that was kept up"}) << text_;
}

TEST_F(Demo, AWrongFaultOrOptionIsWrongUsage) {
  EXPECT_EQ(demo({"--break", "everything"}), 2);
  EXPECT_EQ(demo({"--lobster", "/nowhere"}), 2);
  EXPECT_EQ(demo({"--lobster", dir_.path().string()}), 2) << "a folder without a recorded day";
}

}  // namespace
}  // namespace sluice::test
