// Recovery: a snapshot and the rest of EVT lead to the state that EVT alone leads to; a log that is not the one
// answered halts.
#include "engine/recovery.h"

#include "engine_rig.h"

namespace sluice::engine {
namespace {

using eventlog::StreamKind;
using test::CmdFeed;
using test::eventually;

constexpr eventlog::StreamId kCmd{StreamKind::kCommand, ShardId{0}};
constexpr eventlog::StreamId kEvt{StreamKind::kEvent, ShardId{0}};
constexpr core::Capacity kCapacity{.orders = 1u << 12, .keys = 1u << 12};

class Recovery : public testing::Test {
 protected:
  Recovery() { rig_.options().snapshots.every_messages = 20; }
  void trade(int frames) {
    for (int i = 0; i < frames; ++i) {
      const std::string id = std::to_string(++orders_);
      rig_.feed.orders({CmdFeed::order(AccountId{1}, "a" + id, Side::kBuy, 100 + i % 7, 5),
                        CmdFeed::order(AccountId{2}, "b" + id, Side::kSell, 103 + i % 5, 3)});
    }
  }
  /// Runs the engine until it has executed everything and saved a snapshot, if one is due.
  void run(bool snapshot_due = true) {
    rig_.start();
    rig_.settle();
    EXPECT_TRUE(eventually([&] { return !snapshot_due || rig_.status().snapshots.load() >= 1; }));
    ASSERT_TRUE(rig_.stop().ok());
  }
  /// State and place of a replica at the end of EVT; `from` is where it began.
  std::pair<Hash128, std::uint64_t> recovered(const SnapshotStore* store, std::uint64_t& from) {
    auto replica = start_replica(rig_.log, ShardId{0}, store, kCapacity, "test");
    EXPECT_TRUE(replica.ok()) << replica.error().message;
    from = replica.value().fold->last_sequence();
    EXPECT_TRUE(catch_up(rig_.log, replica.value(), [](std::uint64_t, std::uint64_t) { return true; }).ok());
    return {replica.value().engine->state_hash(), replica.value().fold->last_sequence()};
  }
  std::string halted_reason() {
    rig_.start();
    const Status ended = rig_.ended();
    EXPECT_FALSE(ended.ok());
    if (ended.ok()) return {};
    EXPECT_EQ(ended.error().code, ErrorCode::kHalted);
    EXPECT_EQ(rig_.status().role.load(), Role::kHalted);
    return ended.error().message;
  }

  test::EngineRig rig_;
  int orders_ = 0;
};

TEST_F(Recovery, FromASnapshotEqualsFromGenesis) {
  trade(100);
  run();
  trade(5);
  run(false);
  const SnapshotStore store(rig_.data_dir() / "snapshots");
  std::uint64_t from_snapshot = 0;
  std::uint64_t from_genesis = 0;
  EXPECT_EQ(recovered(&store, from_snapshot), recovered(nullptr, from_genesis));
  EXPECT_GT(from_snapshot, 1u) << "no snapshot was used";
  EXPECT_EQ(from_genesis, 0u);
}

TEST_F(Recovery, ADamagedSnapshotIsSkippedForAnOlderOne) {
  trade(100);
  run();
  trade(30);
  run();
  const SnapshotStore store(rig_.data_dir() / "snapshots");
  std::uint64_t newest = 0;
  std::uint64_t older = 0;
  const auto expected = recovered(&store, newest);
  ASSERT_GE(store.list().size(), 2u);
  std::filesystem::resize_file(store.list().front(), 100);
  EXPECT_EQ(recovered(&store, older), expected);
  EXPECT_LT(older, newest);
}

TEST_F(Recovery, ARefilledCmdTailHalts) {
  trade(30);
  run();
  rig_.log.truncate(kCmd, rig_.messages(StreamKind::kCommand) - 1);
  trade(1);
  EXPECT_NE(halted_reason().find("refilled"), std::string::npos);
}

TEST_F(Recovery, ACmdStreamThatIsShorterThanItsAnswersHalts) {
  trade(30);
  run();
  rig_.log.truncate(kCmd, rig_.messages(StreamKind::kCommand) - 1);
  EXPECT_NE(halted_reason().find("refilled"), std::string::npos);
}

TEST_F(Recovery, AnEvtStreamThatIsShorterThanASnapshotHalts) {
  trade(100);
  run();
  rig_.log.truncate(kEvt, 10);
  EXPECT_NE(halted_reason().find("truncated"), std::string::npos);
}

TEST_F(Recovery, ADamagedEvtMessageHalts) {
  trade(5);
  rig_.start();
  rig_.settle();
  ASSERT_TRUE(rig_.stop().ok());
  rig_.log.corrupt(kEvt, rig_.messages(StreamKind::kEvent), 200);
  EXPECT_NE(halted_reason().find("chain"), std::string::npos);
}

// Reading runs ahead of applying on a second thread: neither may lose or overtake anything.
TEST_F(Recovery, EverythingBeforeADamagedMessageIsAppliedFirst) {
  trade(200);
  rig_.start();
  rig_.settle();
  ASSERT_TRUE(rig_.stop().ok());
  const std::uint64_t damaged = rig_.messages(StreamKind::kEvent) - 20;
  rig_.log.corrupt(kEvt, damaged, 200);
  auto replica = start_replica(rig_.log, ShardId{0}, nullptr, kCapacity, "test");
  ASSERT_TRUE(replica.ok());
  std::uint64_t reached = 0;
  const Status ended = catch_up(rig_.log, replica.value(), [&](std::uint64_t at, std::uint64_t) {
    EXPECT_GT(at, reached);
    reached = at;
    return true;
  });
  ASSERT_FALSE(ended.ok());
  EXPECT_NE(ended.error().message.find("chain"), std::string::npos) << ended.error().message;
  EXPECT_EQ(reached, damaged - 1);
}

TEST_F(Recovery, CanBeCancelledAnywhere) {
  trade(200);
  rig_.start();
  rig_.settle();
  ASSERT_TRUE(rig_.stop().ok());
  for (const std::uint64_t stop_at : {2u, 70u, 150u}) {
    auto replica = start_replica(rig_.log, ShardId{0}, nullptr, kCapacity, "test");
    ASSERT_TRUE(replica.ok());
    const Status ended =
        catch_up(rig_.log, replica.value(), [&](std::uint64_t at, std::uint64_t) { return at < stop_at; });
    ASSERT_FALSE(ended.ok());
    EXPECT_EQ(ended.error().code, ErrorCode::kCancelled);
  }
}

TEST_F(Recovery, AHoleInCmdHaltsTheReader) {
  rig_.start();
  rig_.settle();
  rig_.log.withhold_messages(true);
  trade(3);
  rig_.log.remove(kCmd, rig_.messages(StreamKind::kCommand) - 1);
  rig_.log.withhold_messages(false);
  const Status ended = rig_.ended();
  ASSERT_FALSE(ended.ok());
  EXPECT_NE(ended.error().message.find("hole"), std::string::npos) << ended.error().message;
}

TEST_F(Recovery, ALogThatComesLateIsWaitedFor) {
  rig_.log.set_available(false);
  rig_.start();
  EXPECT_EQ(rig_.status().role.load(), Role::kRecovering);
  rig_.log.set_available(true);
  EXPECT_TRUE(eventually([&] { return rig_.status().role.load() == Role::kOwner; }));
  rig_.settle();
  EXPECT_TRUE(rig_.stop().ok());
}

}  // namespace
}  // namespace sluice::engine
