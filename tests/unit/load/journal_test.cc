// The journal of a load on disk.
#include "cli/load/journal.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "answers.h"
#include "support/process.h"

namespace sluice::load {
namespace {

std::vector<nlohmann::json> rows(const std::filesystem::path& path) {
  std::vector<nlohmann::json> found;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) found.push_back(nlohmann::json::parse(line));
  return found;
}

TEST(Journal, ALineACommandWithWhatTheClientWasTold) {
  const test::TempDir dir;
  const auto path = dir.path() / "j.jsonl";
  auto journal = Journal::open(path, Nanos{1'000'000});
  ASSERT_TRUE(journal.ok());
  const Batch batch = batch_of(2, Nanos{10}, Nanos{5}, Nanos{12});
  journal.value()->answered(answers_to(batch, rejected(v1::REJECT_REASON_KILLED)), Nanos{100});
  journal.value()->answered(answers_to(batch_of(1, Nanos{1}, Nanos{0}), failed(5, "unknown")), Nanos{101});
  journal.value()->given_up(batch_of(1, Nanos{1}, Nanos{0}), "said \"no\"");
  ASSERT_TRUE(journal.value()->close().ok());
  const auto found = rows(path);
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[0], (nlohmann::json{{"id", "c0"},
                                      {"account", "L0"},
                                      {"intended", 1'000'010},
                                      {"sent", 1'000'012},
                                      {"answered", 1'000'100},
                                      {"outcome", "rejected"},
                                      {"shard", 1},
                                      {"sequence", 77},
                                      {"index", 3},
                                      {"reason", static_cast<int>(v1::REJECT_REASON_KILLED)},
                                      {"repeated", false}}));
  EXPECT_EQ(found[1]["sent"], 1'000'015);
  EXPECT_EQ(found[2]["outcome"], "invalid");
  EXPECT_FALSE(found[2].contains("sequence"));
  EXPECT_EQ(found[3]["outcome"], "unknown");
  EXPECT_EQ(found[3]["why"], "said \"no\"");
}

TEST(Journal, APlaceThatCannotBeWrittenIsSaidAtOnce) {
  const test::TempDir dir;
  const auto journal = Journal::open(dir.path() / "absent" / "j.jsonl", Nanos{0});
  ASSERT_FALSE(journal.ok());
  EXPECT_EQ(journal.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(journal.error().message.find("--journal"), std::string::npos);
}

TEST(Journal, AFullDiskIsSaidAtTheEnd) {
  auto journal = Journal::open("/dev/full", Nanos{0});
  ASSERT_TRUE(journal.ok());
  journal.value()->answered(answers_to(batch_of(1, Nanos{1}, Nanos{0}), executed()), Nanos{2});
  const Status closed = journal.value()->close();
  ASSERT_FALSE(closed.ok());
  EXPECT_EQ(closed.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace sluice::load
