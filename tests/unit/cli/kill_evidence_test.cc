// KillExaminer on made-up logs: finds the kill's place, and every event that breaks P1; an event of another account
// breaks nothing.
#include <gtest/gtest.h>

#include "cli/kill/certificate.h"
#include "eventlog/memory_log.h"
#include "support/shard_rig.h"

namespace sluice::cli {
namespace {

const KillId kKill{1, 1}, kOtherKill{2, 2};
const AccountId kA{1}, kB{2};

Name name(std::string_view text) { return *Name::from(text); }

OrderEvent event(OrderEventKind kind, AccountId account, AccountId other = {}) {
  OrderEvent event;
  event.kind = kind;
  event.order_id = OrderId{77};
  event.account = account;
  event.other_account = other;
  event.instrument = InstrumentId{1};
  return event;
}

ControlEvent kill_of(std::string_view account, const KillId& id = kKill, std::uint32_t before = 0,
                     std::uint32_t command = kNoCommand) {
  KillSwitchEngaged engaged;
  engaged.kill = {.kill_id = id, .scope = KillScope::kAccount, .key = name(account), .reason = {}};
  engaged.source = KillSource::kLatch;
  engaged.orders_cancelled = 3;
  return {before, command, engaged};
}

/// A made-up log: accounts A and B are there, CMD 4 has been answered.
class Evidence : public testing::Test {
 protected:
  Evidence() {
    Answer names = answer(4);
    names.control_events = {{0, 0, AccountRegistered{kA, name("A")}}, {0, 1, AccountRegistered{kB, name("B")}}};
    take(names);
  }
  static Answer answer(std::uint64_t command) {
    Answer answer;
    answer.cmd_sequence = CmdSequence{command};
    return answer;
  }
  void take(const Answer& answer) { ASSERT_TRUE(examiner_.take(answer, ++sequence_, Sha256{}).ok()); }
  void take(std::vector<OrderEvent> events) {
    Answer all = answer(command_++);
    all.order_events = std::move(events);
    take(all);
  }
  void kill_while_idle() {
    Answer control = answer(4);
    control.kind = AnswerKind::kControl;
    control.control_events = {kill_of("A")};
    take(control);
  }
  const KillEvidence& proof() const { return examiner_.evidence(); }

  KillExaminer examiner_{kKill, [](CmdSequence, const Sha256&) -> Result<std::vector<OrderCommand>> {
                           return Error{ErrorCode::kNotFound, "an account's refusals need no commands"};
                         }};
  std::uint64_t sequence_ = 0, command_ = 5;
};

TEST_F(Evidence, WithoutTheKillThereIsNoEvidence) {
  take({event(OrderEventKind::kAccepted, kA)});
  EXPECT_FALSE(proof().engaged);
  EXPECT_EQ(proof().events_examined, 0u);
}

TEST_F(Evidence, EventsBeforeTheKillAndOfOthersAreNoViolation) {
  take({event(OrderEventKind::kAccepted, kA)});
  kill_while_idle();
  take({event(OrderEventKind::kAccepted, kB), event(OrderEventKind::kTraded, kB, kB)});
  EXPECT_EQ(proof().event_sequence, 3u);
  EXPECT_EQ(proof().engaged->source, KillSource::kLatch);
  EXPECT_EQ(proof().engaged->orders_cancelled, 3u);
  EXPECT_EQ(proof().events_examined, 2u);
  EXPECT_EQ(proof().violations, 0u);
}

TEST_F(Evidence, EveryForbiddenKindIsFoundOnEitherSideOfATrade) {
  kill_while_idle();
  take({event(OrderEventKind::kAccepted, kA), event(OrderEventKind::kReplaced, kA),
        event(OrderEventKind::kTriggered, kA), event(OrderEventKind::kTraded, kA, kB),
        event(OrderEventKind::kTraded, kB, kA)});
  EXPECT_EQ(proof().violations, 5u);
  ASSERT_EQ(proof().examples.size(), 5u);
  EXPECT_EQ(proof().examples[0], "event message 3: order 77 was accepted");
}

TEST_F(Evidence, CancellationsAreAllowed) {
  kill_while_idle();
  take({event(OrderEventKind::kCancelled, kA), event(OrderEventKind::kDecremented, kA)});
  EXPECT_EQ(proof().events_examined, 2u);
  EXPECT_EQ(proof().violations, 0u);
}

TEST_F(Evidence, AKillInsideAFrameDividesItsEventsAndItsCommands) {
  Answer frame = answer(5);
  frame.order_events = {event(OrderEventKind::kAccepted, kA), event(OrderEventKind::kAccepted, kA)};
  frame.control_events = {kill_of("A", kKill, 1, 7)};
  take(frame);
  EXPECT_EQ(proof().violations, 1u) << "the second stands behind it";
  EXPECT_TRUE(proof().is_before(CmdSequence{5}, 7)) << "taken before command 7";
  EXPECT_FALSE(proof().is_before(CmdSequence{5}, 6));
  EXPECT_TRUE(proof().is_before(CmdSequence{6}, 0));
  EXPECT_FALSE(proof().is_before(CmdSequence{4}, 99));
}

TEST_F(Evidence, AKillWhileIdleStandsBehindTheNewestAnswer) {
  kill_while_idle();
  EXPECT_FALSE(proof().is_before(CmdSequence{4}, 99));
  EXPECT_TRUE(proof().is_before(CmdSequence{5}, 0));
}

TEST_F(Evidence, ItsReleaseEndsItAndAnotherKillIsNotThisOne) {
  Answer other = answer(5);
  other.control_events = {kill_of("B", kOtherKill)};
  take(other);
  EXPECT_FALSE(proof().engaged);
  kill_while_idle();
  take({event(OrderEventKind::kAccepted, kB)});
  EXPECT_EQ(proof().violations, 0u) << "B's kill is proven by itself";
  Answer released = answer(6);
  released.control_events = {{0, 0, KillSwitchReleased{{}, KillScope::kAccount, name("A"), kKill, {}, {}}}};
  take(released);
  take({event(OrderEventKind::kAccepted, kA)});
  EXPECT_TRUE(proof().released.has_value());
  EXPECT_EQ(proof().violations, 0u);
}

TEST(ExamineKill, TheRealEngineHoldsItsPromise) {
  eventlog::MemoryLog log{1};
  test::ShardRig rig(log);
  const AccountId a = rig.account("A"), b = rig.account("B");
  const InstrumentId x = rig.instrument("X");
  const auto both = [&](std::string_view id) {
    rig.orders(
        {test::ShardRig::limit(a, x, Side::kBuy, 10, 5, id), test::ShardRig::limit(b, x, Side::kSell, 12, 5, id)});
  };
  both("before");
  EngageKillSwitch kill{.kill_id = kKill, .scope = KillScope::kAccount, .key = name("A"), .reason = {}};
  const std::uint64_t killed_by = rig.cmd_sequence().value() + 1;
  rig.control(FrameClass::kControl, kill);
  const std::uint64_t recorded = rig.last_sequence();
  both("after");
  const auto proof = examine_kill(log, ShardId{0}, kKill);
  ASSERT_TRUE(proof.ok()) << proof.error().message;
  EXPECT_EQ(proof.value().event_sequence, recorded);
  EXPECT_EQ(proof.value().command_sequence.value(), killed_by);
  EXPECT_EQ(proof.value().engaged->source, KillSource::kLog);
  EXPECT_EQ(proof.value().engaged->orders_cancelled, 1u);
  EXPECT_EQ(proof.value().events_examined, 2u) << "the cancellation of A's order, and B's new one";
  EXPECT_EQ(proof.value().violations, 0u);
}

}  // namespace
}  // namespace sluice::cli
