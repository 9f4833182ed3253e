// What every reader of EVT does with each message (DESIGN §3, 'EVT message' and 'Ownership'): one test a rule.
#include "evt_chain.h"

namespace sluice::test {
namespace {

using eventlog::Checkpoint;
using eventlog::EventFold;
using Step = EventFold::Step;
using Steps = std::vector<Step>;

/// Genesis, an epoch, two answers.
class Fold : public testing::Test {
 protected:
  Fold() {
    evt.start_epoch(kFirstOwner, 1);
    evt.write(answer_of(2));
    evt.write(answer_of(3));
  }
  EvtChain evt;
};

TEST_F(Fold, AWholeLogIsReadToItsEnd) {
  const Folded folded = fold_all(evt.log);
  EXPECT_EQ(folded.halted, "");
  EXPECT_EQ(folded.steps, (Steps{Step::kComplete, Step::kComplete, Step::kComplete, Step::kComplete}));
  ASSERT_EQ(folded.answers.size(), 4u);
  EXPECT_EQ(folded.answers[0].kind, AnswerKind::kGenesis);
  EXPECT_EQ(*folded.fold.genesis(), test_genesis());
  EXPECT_EQ(std::get<EpochStarted>(folded.answers[1].control_events.at(0).body).owner, kFirstOwner);
  EXPECT_EQ(folded.answers[3].cmd_sequence, CmdSequence{3});
  EXPECT_EQ(folded.answers[3].order_events.at(0).client_order_id.view(), "c3");
  EXPECT_EQ(folded.fold.checkpoint(), (Checkpoint{CmdSequence{3}, EvtSequence{4}, evt.chain, Epoch{1}, kFirstOwner}));
  EXPECT_EQ(folded.fold.cmd_sha256(), answer_of(3).cmd_sha256);
  EXPECT_EQ(folded.fold.logic_version(), kLogicVersion);
}

TEST_F(Fold, AReaderGoesOnFromACheckpointAsIfItHadReadAll) {
  const Folded whole = fold_all(evt.log);
  evt.write(answer_of(4));
  EventFold later(test_genesis(), whole.fold.checkpoint());
  const auto step = later.accept(evt.log.get(kEvt, 5).value().message());
  ASSERT_TRUE(step.ok()) << step.error().message;
  EXPECT_EQ(later.checkpoint(), fold_all(evt.log).fold.checkpoint());
}

TEST_F(Fold, AMissingMessageIsAHole) {
  evt.log.remove(kEvt, 3);
  EXPECT_EQ(rule_of(fold_all(evt.log)), "hole");
}

TEST_F(Fold, AMessageTwiceIsAHole) {
  Folded folded = fold_all(evt.log);
  EXPECT_FALSE(folded.fold.accept(evt.log.get(kEvt, 4).value().message()).ok());
}

TEST_F(Fold, AMessageThatDoesNotExtendTheChainHalts) {
  evt.write_aside(kFirstOwner, 1, answer_of(4), Sha256{});
  EXPECT_EQ(rule_of(fold_all(evt.log)), "chain");
}

TEST_F(Fold, AnOwnerThatNamesAnotherEpochHalts) {
  evt.write_aside(kFirstOwner, 2, answer_of(4), evt.chain);
  EXPECT_EQ(rule_of(fold_all(evt.log)), "epoch");
}

TEST_F(Fold, BytesThatAreNoEvtMessageHalt) {
  evt.log.inject(kEvt, FrameClass::kOrders, bytes_of("not an EVT message"));
  EXPECT_EQ(rule_of(fold_all(evt.log)), "verifier");
}

TEST_F(Fold, ABodyThatFailsTheVerifierHalts) {
  evt.write(bytes_of("a body with a right chain, but no FlatBuffer"), FrameClass::kOrders);
  EXPECT_EQ(rule_of(fold_all(evt.log)), "verifier");
}

/// DESIGN: every reader recomputes the chain. A flip in the owner's id makes the message look void; then the next one
/// does not fit.
TEST_F(Fold, AFlippedBitAnywhereIsNoticedAtTheLatestByTheNextMessage) {
  const std::size_t bytes = evt.log.get(kEvt, 3).value().bytes;
  ASSERT_GT(bytes, eventlog::kEventHeaderBytes);
  for (std::size_t byte = 0; byte < bytes; ++byte) {
    evt.log.corrupt(kEvt, 3, byte);
    const Folded folded = fold_all(evt.log);
    EXPECT_NE(folded.halted, "") << "byte " << byte;
    EXPECT_EQ(folded.answers.size(), 2u) << "nothing of the flipped message or behind it is believed, byte " << byte;
    evt.log.corrupt(kEvt, 3, byte);
  }
  EXPECT_EQ(fold_all(evt.log).halted, "");
}

TEST_F(Fold, AFlippedBitInTheLastMessageIsNeverAnAnswer) {
  const std::size_t bytes = evt.log.get(kEvt, 4).value().bytes;
  for (std::size_t byte = 0; byte < bytes; ++byte) {
    evt.log.corrupt(kEvt, 4, byte);
    const Folded folded = fold_all(evt.log);
    EXPECT_TRUE(folded.halted != "" || folded.fold.void_messages() == 1) << "byte " << byte;
    EXPECT_EQ(folded.answers.size(), 3u) << "byte " << byte;
    evt.log.corrupt(kEvt, 4, byte);
  }
}

TEST_F(Fold, AFlippedBitInGenesisHalts) {
  const std::size_t bytes = evt.log.get(kEvt, 1).value().bytes;
  for (std::size_t byte = 0; byte < bytes; ++byte) {
    evt.log.corrupt(kEvt, 1, byte);
    EXPECT_NE(fold_all(evt.log).halted, "") << "byte " << byte;
    evt.log.corrupt(kEvt, 1, byte);
  }
}

TEST_F(Fold, AControlEventOutOfPlaceHalts) {
  Answer answer = answer_of(4);
  answer.control_events[0].before = 2;  // of one order event
  evt.write(answer);
  EXPECT_EQ(rule_of(fold_all(evt.log)), "verifier");
}

TEST_F(Fold, ControlEventsOutOfOrderHalt) {
  Answer answer = answer_of(4);
  answer.control_events.push_back(answer.control_events[0]);
  answer.control_events[0].before = 1;
  evt.write(answer);
  EXPECT_EQ(rule_of(fold_all(evt.log)), "verifier");
}

TEST_F(Fold, AnAnswerThatSkipsACommandMessageHalts) {
  evt.write(answer_of(5));
  EXPECT_EQ(rule_of(fold_all(evt.log)), "cmd_sequence");
}

TEST_F(Fold, ASecondAnswerToACommandMessageHalts) {
  evt.write(answer_of(3));
  EXPECT_EQ(rule_of(fold_all(evt.log)), "cmd_sequence");
}

TEST_F(Fold, AControlMessageAnswersNoneAndNamesTheNewest) {
  evt.write(control_of(3, KillSwitchEngaged{}));
  EXPECT_EQ(fold_all(evt.log).halted, "");
  evt.write(control_of(4, KillSwitchEngaged{}));
  EXPECT_EQ(rule_of(fold_all(evt.log)), "cmd_sequence");
}

TEST_F(Fold, ASecondGenesisHalts) {
  const auto first = evt.log.get(kCmd, 1).value();
  evt.write(eventlog::encode_genesis_body(test_genesis(), first.message()), FrameClass::kControl);
  EXPECT_EQ(rule_of(fold_all(evt.log)), "epoch");
}

TEST_F(Fold, TheGenesisOfAnotherShardHalts) {
  EventFold other(ShardId{1});
  const auto step = other.accept(evt.log.get(kEvt, 1).value().message());
  ASSERT_FALSE(step.ok());
  EXPECT_NE(step.error().message.find("genesis"), std::string::npos);
}

TEST_F(Fold, ALogThatBeginsWithoutGenesisHalts) {
  eventlog::OwnedMessage epoch = evt.log.get(kEvt, 2).value();
  epoch.sequence = 1;
  EventFold fold(ShardId{0});
  const auto step = fold.accept(epoch.message());
  ASSERT_FALSE(step.ok());
  EXPECT_NE(step.error().message.find("genesis"), std::string::npos) << step.error().message;
}

// Ownership.

TEST_F(Fold, ANewOwnerTakesOverWithTheNextEpoch) {
  evt.start_epoch(kSecondOwner, 2);
  evt.write(answer_of(4));
  const Folded folded = fold_all(evt.log);
  EXPECT_EQ(folded.halted, "");
  EXPECT_EQ(folded.fold.checkpoint().epoch, Epoch{2});
  EXPECT_EQ(folded.fold.checkpoint().owner, kSecondOwner);
  EXPECT_EQ(folded.fold.void_messages(), 0u);
}

TEST_F(Fold, AMessageOfAnOwnerWhoLostTheShardIsVoidAndCounted) {
  const Sha256 old_chain = evt.chain;
  evt.start_epoch(kSecondOwner, 2);
  evt.write_aside(kFirstOwner, 1, answer_of(4), old_chain);
  evt.write(answer_of(4));
  const Folded folded = fold_all(evt.log);
  EXPECT_EQ(folded.halted, "");
  EXPECT_EQ(folded.steps[5], Step::kVoid);
  EXPECT_EQ(folded.steps[6], Step::kComplete) << "a void message does not advance the chain";
  EXPECT_EQ(folded.fold.void_messages(), 1u);
}

TEST_F(Fold, AVoidMessageMayBeDamagedAnyhow) {
  evt.write_aside(kSecondOwner, 9, answer_of(77), Sha256{});
  Sha256 ignored{};
  evt.log.inject(kEvt, FrameClass::kOrders,
                 eventlog::seal(Epoch{3}, OwnerId{5}, Sha256{}, bytes_of("no body at all"), ignored));
  evt.write(answer_of(4));
  const Folded folded = fold_all(evt.log);
  EXPECT_EQ(folded.halted, "");
  EXPECT_EQ(folded.fold.void_messages(), 2u);
}

TEST_F(Fold, AnEpochStartedThatDoesNotExtendTheChainIsVoid) {
  evt.write_aside(kSecondOwner, 2, control_of(3, EpochStarted{Epoch{2}, kSecondOwner}), Sha256{});
  evt.write(answer_of(4));
  const Folded folded = fold_all(evt.log);
  EXPECT_EQ(folded.halted, "");
  EXPECT_EQ(folded.fold.checkpoint().owner, kFirstOwner);
  EXPECT_EQ(folded.fold.void_messages(), 1u);
}

TEST_F(Fold, ASecondEpochStartedWithTheSameEpochIsVoid) {
  const Sha256 before = evt.chain;
  evt.start_epoch(kSecondOwner, 2);
  evt.write_aside(OwnerId{103}, 2, control_of(3, EpochStarted{Epoch{2}, OwnerId{103}}), before);
  evt.write_aside(OwnerId{103}, 2, control_of(3, EpochStarted{Epoch{2}, OwnerId{103}}), evt.chain);
  evt.write(answer_of(4));
  const Folded folded = fold_all(evt.log);
  EXPECT_EQ(folded.halted, "");
  EXPECT_EQ(folded.fold.checkpoint().owner, kSecondOwner)
      << "the first one counts, even if the second extends the chain";
  EXPECT_EQ(folded.fold.void_messages(), 2u);
}

TEST_F(Fold, AnEpochThatIsSkippedIsVoid) {
  evt.write_aside(kSecondOwner, 3, control_of(3, EpochStarted{Epoch{3}, kSecondOwner}), evt.chain);
  evt.write(answer_of(4));
  EXPECT_EQ(fold_all(evt.log).fold.void_messages(), 1u);
}

TEST_F(Fold, AnEpochStartedUnderAnotherNameIsVoid) {
  evt.write_aside(kSecondOwner, 2, control_of(3, EpochStarted{Epoch{2}, OwnerId{103}}), evt.chain);
  evt.write(answer_of(4));
  EXPECT_EQ(fold_all(evt.log).fold.void_messages(), 1u);
}

TEST_F(Fold, AnOwnerMayNotBeginAnotherEpochItself) {
  evt.write_aside(kFirstOwner, 1, control_of(3, EpochStarted{Epoch{2}, kFirstOwner}), evt.chain);
  EXPECT_EQ(rule_of(fold_all(evt.log)), "epoch");
}

// Parts.

constexpr std::size_t kThreeParts = 9000;  // × 128 bytes

class FoldParts : public Fold {
 protected:
  FoldParts() : bodies(eventlog::encode_bodies(answer_of(4, kThreeParts))) {}
  std::vector<std::vector<std::byte>> bodies;
};

TEST_F(FoldParts, ALargeAnswerIsSplitAndJoined) {
  ASSERT_EQ(bodies.size(), 3u);
  for (const auto& body : bodies) EXPECT_LE(body.size(), eventlog::kPartBytesMax);
  evt.write(answer_of(4, kThreeParts));
  const Folded folded = fold_all(evt.log);
  EXPECT_EQ(folded.halted, "");
  EXPECT_EQ((Steps{folded.steps.end() - 3, folded.steps.end()}), (Steps{Step::kPart, Step::kPart, Step::kComplete}));
  ASSERT_EQ(folded.answers.back().order_events.size(), kThreeParts);
  for (std::size_t i = 0; i < kThreeParts; ++i) {
    ASSERT_EQ(folded.answers.back().order_events[i].quantity, Quantity{static_cast<std::int64_t>(i + 1)});
  }
  EXPECT_EQ(folded.answers.back().outcomes.size(), 1u);
  EXPECT_EQ(folded.answers.back().control_events.size(), 1u);
  EXPECT_EQ(folded.fold.checkpoint().evt_sequence, EvtSequence{7}) << "a checkpoint stands behind the last part";
}

TEST_F(FoldParts, AnUnfinishedAnswerIsNotApplied) {
  evt.write(bodies[0], FrameClass::kOrders);
  evt.write(bodies[1], FrameClass::kOrders);
  const Folded folded = fold_all(evt.log);
  EXPECT_EQ(folded.answers.back().cmd_sequence, CmdSequence{3});
  EXPECT_EQ(folded.fold.checkpoint().evt_sequence, EvtSequence{4});
  EXPECT_EQ(folded.fold.last_sequence(), 6u);
  EXPECT_EQ(folded.fold.chain(), evt.chain) << "parts advance the chain";
}

TEST_F(FoldParts, ASkippedPartHalts) {
  evt.write(bodies[0], FrameClass::kOrders);
  evt.write(bodies[2], FrameClass::kOrders);
  EXPECT_EQ(rule_of(fold_all(evt.log)), "part_order");
}

TEST_F(FoldParts, AnAnswerThatBeginsInTheMiddleHalts) {
  evt.write(bodies[1], FrameClass::kOrders);
  EXPECT_EQ(rule_of(fold_all(evt.log)), "part_order");
}

TEST_F(FoldParts, APartTwiceHalts) {
  evt.write(bodies[0], FrameClass::kOrders);
  evt.write(bodies[0], FrameClass::kOrders);
  EXPECT_EQ(rule_of(fold_all(evt.log)), "part_order");
}

TEST_F(FoldParts, APartOfAnotherAnswerHalts) {
  evt.write(bodies[0], FrameClass::kOrders);
  evt.write(eventlog::encode_bodies(answer_of(5, kThreeParts))[1], FrameClass::kOrders);
  EXPECT_EQ(rule_of(fold_all(evt.log)), "part_order");
}

TEST_F(FoldParts, AnAnswerBetweenPartsHalts) {
  evt.write(bodies[0], FrameClass::kOrders);
  evt.write(control_of(3, KillSwitchEngaged{}));
  EXPECT_EQ(rule_of(fold_all(evt.log)), "part_order");
}

TEST_F(FoldParts, EpochStartedDropsAnUnfinishedAnswerWhichIsAnsweredAgainFromPartOne) {
  evt.write(bodies[0], FrameClass::kOrders);
  evt.write(bodies[1], FrameClass::kOrders);
  evt.start_epoch(kSecondOwner, 2);
  evt.write(answer_of(4, kThreeParts));
  const Folded folded = fold_all(evt.log);
  EXPECT_EQ(folded.halted, "");
  EXPECT_EQ(folded.answers.back().order_events.size(), kThreeParts) << "nothing of the dropped parts is in it";
  EXPECT_EQ(folded.fold.checkpoint().cmd_sequence, CmdSequence{4});
}

TEST_F(FoldParts, TheDroppedAnswerCannotBeFinishedByTheNewOwner) {
  evt.write(bodies[0], FrameClass::kOrders);
  evt.start_epoch(kSecondOwner, 2);
  evt.write(bodies[1], FrameClass::kOrders);
  EXPECT_EQ(rule_of(fold_all(evt.log)), "part_order");
}

TEST_F(FoldParts, AVoidMessageBetweenPartsChangesNothing) {
  evt.write(bodies[0], FrameClass::kOrders);
  evt.write_aside(kSecondOwner, 7, answer_of(4), Sha256{});
  evt.write(bodies[1], FrameClass::kOrders);
  evt.write(bodies[2], FrameClass::kOrders);
  const Folded folded = fold_all(evt.log);
  EXPECT_EQ(folded.halted, "");
  EXPECT_EQ(folded.answers.back().order_events.size(), kThreeParts);
}

// A checkpoint against the log.

TEST_F(Fold, ACheckpointOfThisLogIsAccepted) {
  EXPECT_TRUE(eventlog::check_checkpoint(evt.log, ShardId{0}, fold_all(evt.log).fold.checkpoint()).ok());
  EXPECT_TRUE(eventlog::check_checkpoint(evt.log, ShardId{0}, Checkpoint{}).ok()) << "before message 1";
}

TEST_F(Fold, ACheckpointBehindATruncatedLogHalts) {
  const Checkpoint checkpoint = fold_all(evt.log).fold.checkpoint();
  evt.log.truncate(kEvt, 3);
  const Status status = eventlog::check_checkpoint(evt.log, ShardId{0}, checkpoint);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kHalted);
  EXPECT_EQ(status.error().message.find("truncated"), 0u) << status.error().message;
}

TEST_F(Fold, ACheckpointInALogWithAnotherHistoryHalts) {
  const Checkpoint checkpoint = fold_all(evt.log).fold.checkpoint();
  evt.log.truncate(kEvt, 3);
  evt.write_aside(kFirstOwner, 1, answer_of(3), evt.chain);
  const Status status = eventlog::check_checkpoint(evt.log, ShardId{0}, checkpoint);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kHalted);
  EXPECT_EQ(status.error().message.find("checkpoint"), 0u) << status.error().message;
}

TEST_F(Fold, ACheckpointThatNamesAnotherOwnerHalts) {
  Checkpoint checkpoint = fold_all(evt.log).fold.checkpoint();
  checkpoint.owner = kSecondOwner;
  EXPECT_EQ(eventlog::check_checkpoint(evt.log, ShardId{0}, checkpoint).error().code, ErrorCode::kHalted);
}

}  // namespace
}  // namespace sluice::test
