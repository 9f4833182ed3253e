// `sluice verify`: the log's commands decided again must give the bytes that EVT holds.
#include "engine/reexecution.h"

#include "engine_rig.h"
#include "eventlog/codec.h"

namespace sluice::engine {
namespace {

using eventlog::StreamKind;
using test::CmdFeed;

constexpr eventlog::StreamId kCmd{StreamKind::kCommand, ShardId{0}};
constexpr eventlog::StreamId kEvt{StreamKind::kEvent, ShardId{0}};

/// Time stamp of the messages that are copied.
std::int64_t copied_time = 0;
Nanos copied_now() { return Nanos{copied_time}; }

class ReexecutionTest : public testing::Test {
 protected:
  ReexecutionTest() {
    rig_.start();
    for (int i = 0; i < 30; ++i) {
      const std::string id = std::to_string(i);
      rig_.feed.orders({CmdFeed::order(AccountId{1}, "a" + id, Side::kBuy, 100, 5),
                        CmdFeed::order(AccountId{2}, "b" + id, Side::kSell, 100, 3)});
      if (i != 10) continue;
      rig_.settle();
      rig_.engine().latch().store({CmdFeed::kill(KillScope::kAccount, "B"), *Principal::from("alice")});
      rig_.feed.garbage();
    }
    rig_.settle();
    EXPECT_TRUE(rig_.stop().ok());
  }
  static Result<ReexecutionReport> verify(eventlog::EventLog& log) {
    return verify_by_reexecution(log, ShardId{0}, {.orders = 1u << 12, .keys = 1u << 12},
                                 [](std::uint64_t, std::uint64_t) {});
  }
  /// Copies the log; `change` may alter an answer on its way, and the chain is made anew so that only the content is
  /// wrong.
  void copy_to(eventlog::MemoryLog& to, const std::function<void(Answer&)>& change) {
    for (std::uint64_t at = 1; at <= rig_.messages(StreamKind::kCommand); ++at) {
      const auto message = rig_.log.get(kCmd, at).value();
      copied_time = message.broker_time.value();
      to.inject(kCmd, message.frame_class, message.payload());
    }
    Sha256 chain{};
    for (std::uint64_t at = 1; at <= rig_.messages(StreamKind::kEvent); ++at) {
      const auto message = rig_.log.get(kEvt, at).value();
      const auto opened = eventlog::open_sealed(message.payload()).value();
      std::vector<std::byte> body(opened.body.begin(), opened.body.end());
      Answer answer;
      ASSERT_TRUE(eventlog::decode_body(opened.body, answer).ok());
      if (answer.kind == AnswerKind::kAnswer) {
        change(answer);
        body = eventlog::encode_bodies(answer).front();
      }
      const Sha256 before = chain;
      to.inject(kEvt, message.frame_class,
                eventlog::seal(opened.header.epoch, opened.header.owner, before, body, chain));
    }
  }

  test::EngineRig rig_;
};

TEST_F(ReexecutionTest, AnHonestLogIsEqualByteForByte) {
  const auto report = verify(rig_.log);
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report.value().first_difference, "");
  EXPECT_EQ(report.value().equal, report.value().answers);
  EXPECT_GE(report.value().answers, 34u);
}

TEST_F(ReexecutionTest, ACopyWithNothingChangedIsEqual) {
  eventlog::MemoryLog copy(1, copied_now);
  copy_to(copy, [](Answer&) {});
  const auto report = verify(copy);
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report.value().first_difference, "");
}

TEST_F(ReexecutionTest, ATamperedAnswerIsFoundAlthoughItsChainIsRight) {
  eventlog::MemoryLog tampered(1, copied_now);
  std::uint64_t at = 0;
  copy_to(tampered, [&](Answer& answer) {
    if (at != 0 || answer.order_events.size() < 3) return;
    at = answer.cmd_sequence.value();
    answer.order_events.back().quantity = Quantity{answer.order_events.back().quantity.value() + 1};
  });
  ASSERT_NE(at, 0u);
  const auto report = verify(tampered);
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_NE(report.value().first_difference.find("CMD message " + std::to_string(at) + " "), std::string::npos)
      << report.value().first_difference;
}

}  // namespace
}  // namespace sluice::engine
