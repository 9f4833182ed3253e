// Exactly one outcome for each command: repeats, conflicts, expiry, eviction.
#include <gtest/gtest.h>

#include "tests/support/core_fixture.h"

namespace sluice::core {
namespace {

class Idempotency : public testing::Test {
 protected:
  Idempotency() { core_.register_usual(); }
  OrderCommand buy(std::string_view id) { return limit(core_, kA, id, Side::kBuy, 10, 1); }

  const AccountId kA{1}, kB{2};
  CoreFixture core_;
};

TEST_F(Idempotency, TheSameCommandAgainGetsTheFirstOutcomeAndChangesNothing) {
  const OrderCommand command = buy("a");
  const Outcome first = core_.send(command).outcomes[0];
  const Hash128 before = core_.engine().trading_hash();

  const Answer& again = core_.send({buy("b"), command});

  Outcome repeat = first;
  repeat.flags = kFlagRepeat;
  EXPECT_EQ(std::memcmp(&again.outcomes[1], &repeat, sizeof(Outcome)), 0);
  EXPECT_EQ(again.order_events.size(), 1u) << "only b was accepted";
  EXPECT_NE(core_.engine().trading_hash(), before);
  EXPECT_EQ(core_.state().counters().repeated, 1u);
  EXPECT_EQ(again.outcomes[1].first_sequence, first.first_sequence);
}

TEST_F(Idempotency, ARejectionIsRepeatedEvenIfItWouldNowSucceed) {
  OrderCommand command = cancel(core_, kA, "a");
  EXPECT_EQ(reason(core_.send(command)), RejectReason::kUnknownOrder);
  core_.send(buy("a"));
  const Answer& again = core_.send(command);
  EXPECT_EQ(reason(again), RejectReason::kUnknownOrder);
  EXPECT_EQ(again.outcomes[0].flags, kFlagRepeat);
  EXPECT_EQ(core_.state().orders().size(), 1u);
}

TEST_F(Idempotency, ARepeatWithinOneFrameIsARepeatToo) {
  const OrderCommand command = buy("a");
  const Answer& answer = core_.send({command, command});
  EXPECT_EQ(answer.order_events.size(), 1u);
  EXPECT_EQ(answer.outcomes[1].flags, kFlagRepeat);
  EXPECT_EQ(answer.outcomes[1].first_index, 0u);
}

TEST_F(Idempotency, TheSameKeyWithAnotherBodyIsAConflictAndDoesNotReplaceTheFirst) {
  const OrderCommand command = buy("a");
  core_.send(command);
  OrderCommand other = command;
  other.quantity = Quantity{2};
  EXPECT_EQ(reason(core_.send(other)), RejectReason::kIdempotencyConflict);
  EXPECT_EQ(reason(core_.send(command)), RejectReason::kNone);
  EXPECT_EQ(core_.last().outcomes[0].flags, kFlagRepeat);
}

TEST_F(Idempotency, KeysBelongToTheirOwner) {
  OrderCommand mine = buy("a");
  OrderCommand theirs = mine;
  theirs.account = kB;
  core_.send(mine);
  EXPECT_EQ(core_.send(theirs).order_events.size(), 1u) << "the same command id of another account is another command";
  const ControlCommand one{
      .command_id = core_.fresh_id(), .principal = principal("p"), .body = RegisterAccount{name("P")}};
  ControlCommand two = one;
  two.principal = principal("q");
  two.body = RegisterAccount{name("Q")};
  EXPECT_EQ(core_.control({one, two}).control_events.size(), 2u);
}

struct StampRow {
  const char* name;
  std::int64_t offset_millis;
  RejectReason reason;
};
class TimeStamp : public testing::TestWithParam<StampRow> {};

TEST_P(TimeStamp, MustBeWithinTheWindowOnEitherSide) {
  CoreFixture core;
  core.register_usual();
  core.advance_millis(60'000);
  OrderCommand command = limit(core, AccountId{1}, "a", Side::kBuy, 10, 1);
  const auto millis = core.now().value() / kNanosPerMilli + GetParam().offset_millis;
  command.command_id = make_uuid7(static_cast<std::uint64_t>(millis), 1, 1);
  EXPECT_EQ(reason(core.send(command)), GetParam().reason);
  if (GetParam().reason == RejectReason::kExpired) {
    EXPECT_EQ(core.state().keys().find(1, command.command_id, core.state().log_time()), nullptr) << "not stored";
  }
}
INSTANTIATE_TEST_SUITE_P(Offsets, TimeStamp,
                         testing::Values(StampRow{"AtOldest", -10'000, RejectReason::kNone},
                                         StampRow{"TooOld", -10'001, RejectReason::kExpired},
                                         StampRow{"AtNewest", 10'000, RejectReason::kNone},
                                         StampRow{"TooNew", 10'001, RejectReason::kExpired},
                                         StampRow{"BeyondNanoseconds", (std::int64_t{1} << 47),
                                                  RejectReason::kExpired}),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST_F(Idempotency, AnIdThatIsNoVersion7UuidIsExpired) {
  OrderCommand command = buy("a");
  command.command_id.hi &= ~std::uint64_t{0xf000};
  EXPECT_EQ(reason(core_.send(command)), RejectReason::kExpired);
  command.command_id = {};
  EXPECT_EQ(reason(core_.send(command)), RejectReason::kExpired);
}

TEST_F(Idempotency, ACommandIsExpiredAfterItsValidUntil) {
  OrderCommand command = buy("a");
  command.valid_until = core_.now();
  EXPECT_EQ(reason(core_.send(command)), RejectReason::kNone) << "at the last moment";
  command = buy("b");
  command.valid_until = core_.now() - Nanos{1};
  EXPECT_EQ(reason(core_.send(command)), RejectReason::kExpired);
}

TEST_F(Idempotency, CancelsNeverExpire) {
  core_.send(buy("a"));
  OrderCommand command = cancel(core_, kA, "a");
  core_.advance_millis(3'600'000);
  EXPECT_EQ(reason(core_.send(command)), RejectReason::kNone);
  OrderCommand all = cancel(core_, kA, "");
  all.kind = OrderCommandKind::kCancelAll;
  all.command_id = {};
  EXPECT_EQ(reason(core_.send(all)), RejectReason::kNone);
}

TEST_F(Idempotency, KeysAreForgottenAfterTheWindow) {
  const OrderCommand a = buy("a");
  core_.send(a);
  const std::uint32_t stored = core_.state().keys().size();
  core_.advance_millis(10'000);
  const OrderCommand b = buy("b");
  core_.send(b);
  EXPECT_EQ(core_.state().keys().size(), stored + 1);
  core_.advance_millis(1);
  const OrderCommand c = buy("c");
  core_.send(c);
  const auto known = [&](const CommandId& id) {
    return core_.state().keys().find(kA.value(), id, core_.state().log_time()) != nullptr;
  };
  EXPECT_FALSE(known(a.command_id));
  EXPECT_TRUE(known(b.command_id) && known(c.command_id));
}

// 10^7 keys that grow old at once must not keep a kill waiting: they are unknown at once, and erased a few at a time.
TEST_F(Idempotency, KeysThatGrowOldTogetherAreUnknownAtOnceAndErasedSlowly) {
  std::vector<OrderCommand> commands;
  for (int i = 0; i < 400; ++i) commands.push_back(buy(("o" + std::to_string(i)).c_str()));
  core_.send(commands);
  const std::uint32_t stored = core_.state().keys().size();
  core_.advance_millis(10'001);
  std::uint32_t before = stored;
  core_.send(buy("late"));
  std::uint32_t frames = 1;
  for (; core_.state().keys().size() > frames; ++frames) {
    const std::uint32_t now = core_.state().keys().size();
    EXPECT_LT(now, before) << "the end comes nearer with each frame";
    EXPECT_GE(now + 2, before) << "and not at once";
    for (const OrderCommand& old : commands)
      EXPECT_EQ(core_.state().keys().find(old.account.value(), old.command_id, core_.state().log_time()), nullptr);
    before = now;
    core_.send(buy(("n" + std::to_string(frames)).c_str()));
    core_.state().check();
  }
  EXPECT_GT(frames, 200u);
}

TEST_F(Idempotency, AKeyOfACancelMayComeAgainWhileItsFirstUseWaitsToBeErased) {
  std::vector<OrderCommand> commands;
  for (int i = 0; i < 400; ++i) commands.push_back(buy(("o" + std::to_string(i)).c_str()));
  core_.send(commands);
  const OrderCommand again = cancel(core_, kA, "o7");
  core_.send(again);
  core_.advance_millis(20'002);
  EXPECT_EQ(reason(core_.send(again)), RejectReason::kUnknownOrder) << "decided anew, not repeated";
  core_.state().check();
  EXPECT_EQ(core_.state().keys().size(), 1u);
  EXPECT_EQ(core_.send(again).outcomes.at(0).flags & kFlagRepeat, kFlagRepeat);
}

TEST_F(Idempotency, AnswersOfAFormerLogicEraseAllOldKeysAtOnce) {
  std::vector<OrderCommand> commands;
  for (int i = 0; i < 400; ++i) commands.push_back(buy(("o" + std::to_string(i)).c_str()));
  core_.send(commands);
  core_.advance_millis(10'001);
  core_.send(buy("late"));
  EXPECT_GT(core_.state().keys().size(), 300u);
  Engine former(CoreFixture::default_genesis(), {.orders = 1024, .keys = 1024});
  for (Answer answer : core_.log()) {
    answer.logic = 3;
    ASSERT_TRUE(former.apply(answer).ok());
  }
  EXPECT_EQ(former.state().keys().size(), 1u);
  former.state().check();
}

// The case that a plain window of log time gets wrong: the stamp was ahead, so the resend still looks fresh after one
// window.
TEST_F(Idempotency, AResendWhoseStampWasAheadNeverExecutesTwice) {
  OrderCommand command = buy("a");
  command.command_id = make_uuid7(static_cast<std::uint64_t>(CoreFixture::kStartMillis + 9'000), 1, 1);
  core_.send(command);
  core_.send(cancel(core_, kA, "a"));
  for (int second = 1; second <= 30; ++second) {
    core_.advance_millis(1'000);
    const Answer& answer = core_.send(command);
    EXPECT_TRUE(answer.order_events.empty()) << "executed again after " << second << " s";
  }
}

TEST_F(Idempotency, ATableThatIsFullGrowsAndLosesNothing) {
  CoreFixture core(CoreFixture::default_genesis(), {.orders = 1024, .keys = 4});
  core.register_usual();
  for (int i = 0; i < 300; ++i) core.send(limit(core, kA, "o" + std::to_string(i), Side::kBuy, 10, 1));
  EXPECT_GT(core.state().keys().size(), 300u);
  core.state().check();
  for (const Answer& answer : core.log()) {
    for (const Outcome& outcome : answer.outcomes) {
      EXPECT_NE(core.state().keys().find(outcome.key_owner, outcome.command_id, core.state().log_time()), nullptr);
    }
  }
}

// The circle of chunks: emptied ones are filled again, whatever the log time between.
TEST_F(Idempotency, ATableInLongUseKeepsExactlyTheKeysOfTheWindow) {
  CoreFixture core(CoreFixture::default_genesis(), {.orders = 4096, .keys = 8});
  core.register_usual();
  for (int i = 0; i < 400; ++i) {
    core.advance_millis(i % 90 == 0 ? 6'000 : 100);
    core.send(limit(core, kA, "o" + std::to_string(i), Side::kBuy, 10, 1));
    core.state().check();
  }
  const Nanos oldest_kept = core.now() - Nanos{10 * kNanosPerSecond};
  std::uint32_t kept = 0;
  for (const Answer& answer : core.log()) {
    for (const Outcome& outcome : answer.outcomes) {
      const bool found =
          core.state().keys().find(outcome.key_owner, outcome.command_id, core.state().log_time()) != nullptr;
      EXPECT_EQ(found, answer.log_time >= oldest_kept) << answer.cmd_sequence.value();
      kept += found ? 1 : 0;
    }
  }
  EXPECT_GE(core.state().keys().size(), kept);
  EXPECT_LT(core.state().keys().size(), kept + 60) << "what grew old at the last jump is nearly erased";
}

}  // namespace
}  // namespace sluice::core
