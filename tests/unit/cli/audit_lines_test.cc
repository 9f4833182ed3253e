// What a person and a program get to see of each action.
#include "cli/audit_lines.h"

#include <gtest/gtest.h>

#include <limits>

#include "audit/audit_names.h"
#include "audit/audit_words.h"
#include "domain/reasons.h"
#include "domain/utc.h"

namespace sluice::cli {
namespace {

using audit::Action;
using audit::AuditLine;
using audit::AuditRecord;
using audit::Kind;

constexpr Nanos kTime{1'795'279'099'123'456'789};
constexpr std::uint64_t kHi = 0x0198c0de00007000;
constexpr std::uint64_t kLo = 0x8000000000000001;

AuditRecord record(Action action, std::array<std::uint64_t, 4> data) {
  AuditRecord record;
  record.time = kTime;
  record.data = data;
  record.action = action;
  return record;
}

std::string details(Action action, std::array<std::uint64_t, 4> data) {
  return audit::details_of(record(action, data)).dump();
}

TEST(AuditLines, AnOrderInWords) {
  AuditLine line{.record = record(Action::kSubmit, {kHi, kLo, 281'474'976'710'657, 19})};
  line.record.sequence = 12;
  line.record.index = 3;
  line.record.actor = 7;
  line.record.kind = Kind::kRejected;
  EXPECT_EQ(audit_text(line),
            "2026-11-21T16:38:19.123456789Z shard 0 12/3 submit rejected account 7 "
            "command_id=0198c0de-0000-7000-8000-000000000001 order_id=281474976710657 reject_reason=max_position");
}

TEST(AuditLines, AKillWithItsTexts) {
  AuditLine line{.record = record(Action::kKillEngaged, {kHi, kLo, 2 | 1 << 8 | 2 << 16, 15}),
                 .principal = "alice",
                 .key = "ACME",
                 .reason = "it ran away"};
  line.record.shard = 2;
  EXPECT_EQ(audit_text(line),
            "2026-11-21T16:38:19.123456789Z shard 2 kill_engaged done by alice key=ACME "
            "kill_id=0198c0de-0000-7000-8000-000000000001 scope=account mode=block_and_cancel source=latch "
            "orders_cancelled=15 reason=\"it ran away\"");
  const auto json = audit_json(line);
  EXPECT_EQ(json["principal"], "alice");
  EXPECT_EQ(json["details"]["orders_cancelled"], 15);
}

struct Case {
  Action action;
  std::array<std::uint64_t, 4> data;
  const char* details;
};

TEST(AuditLines, DetailsOfEveryAction) {
  const std::string id = "\"0198c0de-0000-7000-8000-000000000001\"";
  const std::vector<Case> cases{
      {Action::kKillLatched,
       {0, 1, 1 | 1 << 8, 4321},
       R"({"kill_id":"00000000-0000-0000-0000-000000000001","scope":"global","mode":"block_and_cancel","stopped_after_ns":4321})"},
      {Action::kKillReleased,
       {0, 1, 3, 0},
       R"({"release_id":"00000000-0000-0000-0000-000000000001","scope":"symbol"})"},
      {Action::kLimitsSet,
       {4, 9, 0b100010001, 0},
       R"({"account":4,"instrument":9,"limits":["max_order_quantity","max_position","max_daily_loss"]})"},
      {Action::kInstrumentDefined, {3, 0, 0, 0}, R"({"instrument":3})"},
      {Action::kAccountRegistered, {4, 0, 0, 0}, R"({"account":4})"},
      {Action::kStrategyRegistered, {5, 0, 0, 0}, R"({"strategy":5})"},
      {Action::kInstrumentState, {3, 2, 0, 0}, R"({"instrument":3,"state":"halted"})"},
      {Action::kInstrumentState, {3, 77, 0, 0}, R"({"instrument":3,"state":77})"},
      {Action::kRole, {2, 6, 0, 0}, R"({"role":"owner","epoch":6})"},
      {Action::kRole, {99, 6, 0, 0}, R"({"role":99,"epoch":6})"},
      {Action::kHold, {2, 951, 0, 0}, R"({"hold":"log_lost","occupancy_permille":951})"},
      {Action::kHold, {1u << 30, 951, 0, 0}, R"({"hold":1073741824,"occupancy_permille":951})"},
      {Action::kStarted, {0, 0, 0, 0}, "{}"},
      {Action::kConfiguration, {0, 8, 0, 0}, R"({"data":[0,8]})"},
  };
  for (const Case& tested : cases)
    EXPECT_EQ(details(tested.action, tested.data), tested.details) << audit::name_of(tested.action);
}

TEST(AuditLines, ARepeatNamesItsFirstOutcome) {
  AuditRecord repeated = record(Action::kCancel, {kHi, kLo, 0, std::uint64_t{5} << 32});
  repeated.kind = Kind::kRepeated;
  EXPECT_EQ(audit::details_of(repeated)["first_index"], 5);
}

TEST(AuditLines, ValuesOfALaterVersionAreNumbers) {
  EXPECT_EQ(audit_json({.record = record(static_cast<Action>(200), {1, 0, 0, 0})})["action"], 200);
  EXPECT_EQ(audit::details_of(record(Action::kSubmit, {0, 0, 0, 0xffff}))["reject_reason"], 0xffff);
}

TEST(AuditLines, TextThatIsNoUtf8DoesNotStopTheOutput) {
  AuditLine line{.record = record(Action::kRefused, {}), .principal = "a\xff"};
  EXPECT_NE(audit_text(line).find("refused done by a\xff"), std::string::npos);
}

TEST(AuditLines, ATextCannotBreakTheLineOrSteerATerminal) {
  AuditLine line{.record = record(Action::kRefused, {}), .reason = "a\nb\x1b[2J\x7f"};
  EXPECT_NE(audit_text(line).find("reason=\"a?b?[2J?\""), std::string::npos) << audit_text(line);
}

TEST(AuditLines, MomentsInEveryForm) {
  const Nanos now{1'000 * kNanosPerSecond};
  EXPECT_EQ(parse_moment("1795279099123456789", now), kTime);
  EXPECT_EQ(parse_moment("2026-11-21T16:38:19.123456789Z", now), kTime);
  EXPECT_EQ(parse_moment("2026-11-21T16:38:19Z", now), Nanos{1'795'279'099 * kNanosPerSecond});
  EXPECT_EQ(parse_moment("2026-11-21T16:38:19.5Z", now), Nanos{1'795'279'099'500'000'000});
  EXPECT_EQ(parse_moment("90s", now), Nanos{910 * kNanosPerSecond});
  EXPECT_EQ(parse_moment("5m", now), Nanos{700 * kNanosPerSecond});
  EXPECT_EQ(parse_moment("5m ago", now), Nanos{700 * kNanosPerSecond});
  for (const char* wrong : {"", "s", "yesterday", "-5m", "2026-11-21", "2026-11-21T16:38:19", "5x", "1e9",
                            "9999-01-01T00:00:00Z", "9223372036854775807d", "99999999999999999999"})
    EXPECT_EQ(parse_moment(wrong, now), std::nullopt) << wrong;
  EXPECT_EQ(utc_text(kTime), "2026-11-21T16:38:19.123456789Z");
  EXPECT_EQ(utc_text(Nanos{-1}), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(utc_text(Nanos{std::numeric_limits<std::int64_t>::min()}), "1677-09-21T00:12:43.145224192Z");
}

}  // namespace
}  // namespace sluice::cli
