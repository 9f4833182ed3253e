// What the engine tells its audit, and what it does when that is behind: slower from 80 %, held from 95 %, kills
// always.
#include "engine/audit_trail.h"

#include "audit/audit_reader.h"
#include "audit/audit_verify.h"
#include "engine_rig.h"
#include "support/few_spans.h"

namespace sluice::engine {
namespace {

using audit::Action;
using audit::AuditRecord;
using audit::Kind;
using audit::Priority;
using test::CmdFeed;
using test::eventually;

class Trail : public testing::Test {
 protected:
  /// Fills the ring to `records` with orders.
  void fill(std::uint64_t records) {
    while (ring_.used() < records) ASSERT_TRUE(ring_.write(AuditRecord{}, Priority::kOrders));
  }
  core::LatchedKill kill() { return {CmdFeed::kill(KillScope::kAccount, "A"), *Principal::from("alice")}; }

  test::TempDir folder_;
  runtime::SystemClock clock_;
  telemetry::Spans spans_{test::kFewSpans};
  EngineStatus status_{spans_};
  audit::AuditRing ring_{1000, 100};
  std::unique_ptr<audit::BlackBox> box_ = audit::BlackBox::open({.folder = folder_.path()}, clock_).value();
  AuditTrail trail_{ShardId{0}, ring_, *box_, status_};
};

TEST_F(Trail, HoldsFrom95PercentUntilBelow80) {
  fill(949);
  EXPECT_TRUE(trail_.admits(1));
  fill(950);
  EXPECT_FALSE(trail_.admits(1));
  ring_.pop(100);
  EXPECT_FALSE(trail_.admits(1)) << "850 of 1,000";
  ring_.pop(51);
  EXPECT_TRUE(trail_.admits(1));
}

TEST_F(Trail, HoldsForAFrameThatHasNoRoom) {
  fill(900);
  EXPECT_TRUE(trail_.admits(100));
  EXPECT_FALSE(trail_.admits(101));
}

TEST_F(Trail, SlowsFrom80PercentOn) {
  fill(799);
  EXPECT_EQ(trail_.pause_after(100), Nanos{0});
  fill(800);
  EXPECT_EQ(trail_.pause_after(100), Nanos{kNanosPerMilli}) << "100,000 a second";
  EXPECT_EQ(trail_.pause_after(100'000), Nanos{5 * kNanosPerMilli}) << "never longer: a frame is not a way to stop";
}

TEST_F(Trail, AKillFindsRoomBehindOrdersAndThenInTheBlackBox) {
  fill(1000);
  EXPECT_FALSE(ring_.write(AuditRecord{}, Priority::kOrders));
  trail_.taken(kill(), clock_.steady());
  EXPECT_EQ(ring_.used(), 1003u) << "the record, the principal, the key";
  for (int i = 0; i < 40; ++i) trail_.taken(kill(), clock_.steady());
  EXPECT_GT(ring_.used(), 1095u);
  EXPECT_TRUE(eventually([&] { return box_->kept() > 0; }));
  EXPECT_EQ(box_->lost(), 0u);
}

TEST_F(Trail, TheTimeFromLatchToStopIsKept) {
  trail_.taken(kill(), clock_.steady() - Nanos{5'000});
  EXPECT_GE(status_.stops.of(1), Nanos{5'000});
  const AuditRecord& record = ring_.front().front();
  EXPECT_EQ(record.action, Action::kKillLatched);
  EXPECT_EQ(record.data[3], static_cast<std::uint64_t>(status_.stops.of(1).value()));
}

TEST_F(Trail, ADrillIsNoKill) {
  core::LatchedKill drill = kill();
  drill.drill = true;
  trail_.taken(drill, clock_.steady());
  EXPECT_EQ(ring_.front().front().action, Action::kDrill);
}

/// The audit of a whole engine, read back from its files.
class EngineAudit : public testing::Test {
 protected:
  std::filesystem::path folder() const { return rig_.data_dir() / "audit"; }
  std::vector<audit::AuditLine> lines() {
    std::vector<audit::AuditLine> all;
    audit::LineJoiner joiner;
    const auto take = [&](const audit::AuditLine& line) { all.push_back(line); };
    auto reader = audit::AuditReader::open(folder()).value();
    for (auto records = reader.next(); records.ok() && !records.value().empty(); records = reader.next())
      for (const AuditRecord& record : records.value()) joiner.add(record, take);
    joiner.finish(take);
    return all;
  }
  std::vector<audit::AuditLine> lines(Action action, Kind kind) {
    std::vector<audit::AuditLine> found = lines();
    std::erase_if(found, [&](const auto& line) { return line.record.action != action || line.record.kind != kind; });
    return found;
  }
  test::EngineRig rig_;
};

TEST_F(EngineAudit, HasEachCommandItsOutcomeAndEachKillOnce) {
  rig_.start();
  rig_.feed.orders({CmdFeed::order(AccountId{1}, "a"), CmdFeed::order(AccountId{1}, "a")});
  rig_.settle();
  const EngageKillSwitch kill = CmdFeed::kill(KillScope::kAccount, "A");
  ASSERT_TRUE(rig_.engine().desk().latch({kill, *Principal::from("alice")}, runtime::steady_now()).ok());
  ASSERT_TRUE(eventually([&] { return rig_.kills().size() == 1; }));
  rig_.feed.control(FrameClass::kControl, kill);
  rig_.feed.orders({CmdFeed::order(AccountId{1}, "b")});
  rig_.settle();
  ASSERT_TRUE(rig_.stop().ok());

  const auto verified = audit::verify(folder()).value();
  EXPECT_TRUE(verified.good());
  EXPECT_EQ(verified.unanchored, 0u);
  EXPECT_EQ(lines(Action::kSubmit, Kind::kDone).size(), 1u);
  const auto refused = lines(Action::kSubmit, Kind::kRejected);
  ASSERT_EQ(refused.size(), 2u);
  EXPECT_EQ(refused[0].record.index, 1u);
  EXPECT_EQ(refused[1].record.data[3], static_cast<std::uint64_t>(RejectReason::kKilled));
  const auto latched = lines(Action::kKillLatched, Kind::kDone);
  ASSERT_EQ(latched.size(), 1u);
  EXPECT_EQ(latched[0].principal, "alice");
  EXPECT_EQ(latched[0].key, "A");
  const auto engaged = lines(Action::kKillEngaged, Kind::kDone);
  ASSERT_EQ(engaged.size(), 1u) << "the log brought it a second time";
  EXPECT_EQ(engaged[0].record.data[3], 1u) << "orders cancelled";
  const auto accounts = lines(Action::kAccountRegistered, Kind::kDone);
  ASSERT_EQ(accounts.size(), 2u);
  EXPECT_EQ(accounts[1].record.data[0], 2u) << "the id that the engine gave";
  EXPECT_EQ(accounts[1].key, "B");
  EXPECT_EQ(lines(Action::kStarted, Kind::kDone).size(), 1u);
  EXPECT_EQ(lines(Action::kStopped, Kind::kDone).size(), 1u);
}

TEST_F(EngineAudit, ADrillTakesThePathAndStopsNothing) {
  rig_.start();
  rig_.feed.orders({CmdFeed::order(AccountId{1}, "a")});
  rig_.settle();
  const auto messages = rig_.messages(eventlog::StreamKind::kEvent);
  const core::LatchedKill drill{CmdFeed::kill(KillScope::kGlobal, ""), *Principal::from("alice"), true};
  ASSERT_TRUE(rig_.engine().desk().latch(drill, runtime::steady_now()).ok());
  ASSERT_TRUE(eventually([&] { return rig_.status().stops.of(1) > Nanos{0}; }));
  rig_.feed.orders({CmdFeed::order(AccountId{1}, "b")});
  rig_.settle();
  EXPECT_EQ(rig_.messages(eventlog::StreamKind::kEvent), messages + 1) << "the order, and nothing of the drill";
  EXPECT_TRUE(rig_.kills().empty());
  EXPECT_TRUE(rig_.engine().emergency().kills().empty());
  ASSERT_TRUE(rig_.stop().ok());
  EXPECT_EQ(lines(Action::kDrill, Kind::kDone).size(), 1u);
  EXPECT_EQ(lines(Action::kSubmit, Kind::kDone).size(), 2u);
}

TEST_F(EngineAudit, AMissingHeartbeatHoldsAndIsTold) {
  const auto told = [this](Kind kind) {
    const auto holds = lines(Action::kHold, kind);
    return std::count_if(holds.begin(), holds.end(), [](const auto& line) { return line.detail == "no_heartbeat"; });
  };
  rig_.options().heartbeat_hold_after = Nanos{kNanosPerSecond};
  rig_.start();
  rig_.expect_hold(Hold::kNoHeartbeat);
  EXPECT_TRUE(eventually([&] { return told(Kind::kBegan) == 1; }));
  rig_.feed.orders({CmdFeed::order(AccountId{1}, "a")});
  rig_.status().heartbeat.store(runtime::steady_now().value());
  rig_.settle();
  EXPECT_TRUE(eventually([&] { return told(Kind::kEnded) == 1; }));
  EXPECT_TRUE(eventually([&] { return told(Kind::kBegan) == 2; })) << "no second heartbeat came";
  rig_.expect_hold(Hold::kNoHeartbeat);
  ASSERT_TRUE(rig_.stop().ok());
}

}  // namespace
}  // namespace sluice::engine
