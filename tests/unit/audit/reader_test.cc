#include "audit/audit_entry.h"
#include "audit/audit_names.h"
#include "audit/audit_reader.h"
#include "unit/audit/audit_fixture.h"

namespace sluice::audit {
namespace {

using sluice::test::eventually;
using test::order;

class AuditReaderTest : public test::AuditTest {
 protected:
  AuditReader open(std::uint64_t from = 0) {
    auto reader = AuditReader::open(folder_, from);
    EXPECT_TRUE(reader.ok());
    return std::move(reader).value();
  }
};

TEST_F(AuditReaderTest, FollowsASinkAcrossSegments) {
  AuditSinkOptions with = options();
  with.segment_bytes_max = 64 * 20;
  const auto sink = start(with);
  AuditReader reader = open();
  std::uint64_t seen = 0;
  for (int batch = 0; batch < 50; ++batch) {
    write(13);
    ASSERT_TRUE(eventually([&] {
      const auto records = reader.next();
      EXPECT_TRUE(records.ok());
      for (const AuditRecord& record : records.value()) {
        if (!is_of_file(record)) {
          EXPECT_EQ(record.sequence, ++seen);
        }
      }
      return seen == written_;
    }));
  }
  EXPECT_GT(sink->counts().segment, 2u);
}

TEST_F(AuditReaderTest, WaitsForTheFirstSegmentOfAnEmptyFolder) {
  std::filesystem::create_directories(folder_);
  AuditReader reader = open();
  EXPECT_TRUE(reader.next().value().empty());
  record(3);
  EXPECT_EQ(reader.next().value().size(), content(1).size());
}

TEST_F(AuditReaderTest, ReportsBadRecordsAndGoesOnBehindThem) {
  record(20);
  auto records = content(1);
  records[4].crc ^= 1;
  records[5].crc ^= 1;
  replace(1, records);
  AuditReader reader = open();
  EXPECT_EQ(reader.next().value().size(), 4u);
  const auto bad = reader.next();
  ASSERT_FALSE(bad.ok());
  EXPECT_NE(bad.error().message.find("record 4: its sum is wrong (2 records passed over)"), std::string::npos);
  EXPECT_EQ(reader.next().value().size(), records.size() - 6);
  EXPECT_TRUE(reader.next().value().empty());
}

TEST_F(AuditReaderTest, ReportsAMissingSegmentAndGoesOnBehindIt) {
  fill_up_to(4);
  ASSERT_TRUE(std::filesystem::remove(segment(2)));
  AuditReader reader = open();
  std::string error;
  std::size_t seen = 0;
  for (int i = 0; i < 20; ++i) {
    const auto records = reader.next();
    if (!records.ok()) error = records.error().message;
    else seen += records.value().size();
  }
  EXPECT_NE(error.find("segment 2 is missing"), std::string::npos) << error;
  EXPECT_GT(seen, content(1).size());
}

TEST_F(AuditReaderTest, BeginsWhereItIsTold) {
  fill_up_to(3);
  AuditReader reader = open(2);
  EXPECT_EQ(reader.next().value().front().sequence, 2u);
}

struct Case {
  const char* name;
  AuditFilter filter;
  std::vector<int> passing;
};

/// Three lines: an order, a rejected cancel by text, a kill.
std::vector<AuditLine> lines() {
  AuditLine submit{.record = order(10)};
  AuditLine cancel{.record = order(11), .principal = "alice"};
  cancel.record.action = Action::kCancel;
  cancel.record.kind = Kind::kRejected;
  AuditLine kill{.record = order(12), .principal = "bob", .key = "AAPL"};
  kill.record.action = Action::kKillEngaged;
  kill.record.actor = 0;
  AuditLine anchor{.record = order(13)};
  anchor.record.action = Action::kAnchor;
  return {submit, cancel, kill, anchor};
}

TEST(AuditFilter, LetsThroughWhatItSays) {
  const std::vector<Case> cases{
      {"everything but the file's own", {}, {0, 1, 2}},
      {"the file's own too", {.of_file = true}, {0, 1, 2, 3}},
      {"from, inclusive", {.from = order(11).time}, {1, 2}},
      {"until, exclusive", {.until = order(11).time}, {0}},
      {"an account", {.account = order(10).actor}, {0}},
      {"no account is nobody's", {.account = 0}, {}},
      {"a principal", {.principal = "alice"}, {1}},
      {"a key", {.key = "AAPL"}, {2}},
      {"actions", {.actions = {Action::kCancel, Action::kKillEngaged}}, {1, 2}},
      {"anchors by name", {.actions = {Action::kAnchor}}, {3}},
      {"a kind", {.kind = Kind::kRejected}, {1}},
      {"a CMD sequence", {.sequence = 12}, {2}},
      {"two at once", {.actions = {Action::kCancel}, .sequence = 12}, {}},
  };
  const auto all = lines();
  for (const Case& tested : cases) {
    std::vector<int> passing;
    for (int i = 0; i < static_cast<int>(all.size()); ++i) {
      if (tested.filter.passes(all[static_cast<std::size_t>(i)])) passing.push_back(i);
    }
    EXPECT_EQ(passing, tested.passing) << tested.name;
  }
}

TEST(AuditNames, EveryActionAndKindHasANameOfItsOwnThatIsFoundAgain) {
  for (const Action action : kActions) EXPECT_EQ(parse_action(name_of(action)), action);
  for (const Kind kind : kKinds) EXPECT_EQ(parse_kind(name_of(kind)), kind);
  EXPECT_EQ(parse_action("no such"), std::nullopt);
  EXPECT_EQ(name_of(static_cast<Action>(255)), "unknown");
}

}  // namespace
}  // namespace sluice::audit
