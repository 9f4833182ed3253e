// The executing thread between its rings: nothing is dropped, kills need no free ring, and P2: after a latch is stored
// at most the command in progress completes.
#include "engine/engine_loop.h"

#include <gtest/gtest.h>

#include <thread>

#include "eventlog/memory_log.h"
#include "runtime/clock.h"
#include "support/cmd_feed.h"
#include "support/few_spans.h"
#include "support/process.h"

namespace sluice::engine {
namespace {

using eventlog::StreamKind;
using test::CmdFeed;
using test::eventually;

const core::LatchedKill kKillA{CmdFeed::kill(KillScope::kAccount, "A"), *Principal::from("alice")};

/// One loop on its own thread, with the frames of a log in its ring.
class LoopRun {
 public:
  LoopRun(eventlog::MemoryLog& log, const Genesis& genesis, std::size_t frame_slots, std::size_t answer_slots)
      : engine_(genesis, {.orders = 1u << 14, .keys = 1u << 14}), frames_(frame_slots), answers_(answer_slots) {
    last_ = log.info({StreamKind::kCommand, ShardId{0}}).value().last_sequence;
    for (std::uint64_t sequence = 2; sequence <= last_; ++sequence) {
      FrameSlot* slot = frames_.claim();
      INVARIANT(slot != nullptr);
      slot->message = log.get({StreamKind::kCommand, ShardId{0}}, sequence).value();
      eventlog::decode_frame(genesis, slot->message.message(), slot->decoded);
      frames_.publish();
    }
  }
  ~LoopRun() {
    loop_.stop();
    if (running_.joinable()) running_.join();
  }

  void start(const std::vector<core::LatchedKill>& opening = {}) {
    running_ = std::thread([this, opening] { loop_.run(opening); });
  }
  void latch(const core::LatchedKill& kill) {
    ASSERT_TRUE(latch_.store(kill));
    bell_.ring();
  }
  std::uint64_t executed() { return status_.executed.load().cmd_sequence; }
  std::uint64_t last() const { return last_; }
  EngineStatus& status() { return status_; }
  /// The answers of all frames, and of `kills` kills that took effect between two frames or in one.
  std::vector<Answer> all_answers(std::size_t kills) {
    std::vector<Answer> taken;
    std::uint64_t answered = 1;  // genesis
    EXPECT_TRUE(eventually([&] {
      while (const Answer* answer = answers_.front()) {
        taken.push_back(*answer);
        if (answer->kind == AnswerKind::kAnswer) answered = answer->cmd_sequence.value();
        answers_.pop();
      }
      bell_.ring();
      return answered == last_ && status_.kills.load() == kills;
    })) << "answered "
        << answered << " of " << last_ << ", kills " << status_.kills.load();
    return taken;
  }

 private:
  core::Engine engine_;
  core::KillLatch latch_;
  FrameRing frames_;
  AnswerRing answers_;
  runtime::Doorbell bell_;
  runtime::Doorbell publisher_bell_;
  telemetry::Spans spans_{test::kFewSpans};
  EngineStatus status_{spans_};
  audit::AuditRing audit_ring_;
  test::TempDir folder_;
  runtime::SystemClock clock_;
  std::unique_ptr<audit::BlackBox> black_box_ = audit::BlackBox::open({.folder = folder_.path()}, clock_).value();
  AuditTrail audit_{ShardId{0}, audit_ring_, *black_box_, status_};
  EngineLoop loop_{{engine_, latch_, frames_, answers_, bell_, publisher_bell_, status_, audit_}};
  std::thread running_;
  std::uint64_t last_ = 0;
};

const KillSwitchEngaged* kill_in(const Answer& answer) {
  for (const ControlEvent& event : answer.control_events) {
    if (const auto* kill = std::get_if<KillSwitchEngaged>(&event.body)) return kill;
  }
  return nullptr;
}

class Loop : public testing::Test {
 protected:
  Loop() { feed_.reference_data(); }
  /// `frames` frames of `commands` orders of account A each; none trades.
  void feed_orders(int frames, int commands) {
    for (int frame = 0; frame < frames; ++frame) {
      std::vector<OrderCommand> orders;
      for (int i = 0; i < commands; ++i) {
        orders.push_back(CmdFeed::order(AccountId{1}, std::to_string(frame) + '-' + std::to_string(i)));
      }
      feed_.orders(orders);
    }
  }
  eventlog::MemoryLog log_{1, runtime::wall_now};
  CmdFeed feed_{log_};
};

TEST_F(Loop, EveryFrameHasExactlyOneAnswerInItsOrder) {
  feed_orders(20, 3);
  feed_.garbage();
  feed_orders(1, 1);
  LoopRun run(log_, feed_.genesis(), 64, 64);
  run.start();
  std::uint64_t sequence = 1;
  for (const Answer& answer : run.all_answers(0)) EXPECT_EQ(answer.cmd_sequence.value(), ++sequence);
  EXPECT_EQ(sequence, run.last());
  EXPECT_EQ(run.status().frames_rejected.load(), 1u);
  EXPECT_FALSE(run.status().holds.has(Hold::kStarting));
}

TEST_F(Loop, AFullAnswerRingStopsFramesAndDropsNothing) {
  feed_orders(40, 1);
  LoopRun run(log_, feed_.genesis(), 64, 16);
  run.start();
  // 16 slots, of which kills keep 8.
  EXPECT_TRUE(eventually([&] { return run.executed() == 1 + 16 - kKillSlots; }));
  run.latch(kKillA);
  EXPECT_TRUE(eventually([&] { return run.status().kills.load() == 1; })) << "a kill waits for a ring";
  EXPECT_EQ(run.executed(), 1 + 16 - kKillSlots) << "a frame took a slot that only kills may use";
  std::uint64_t sequence = 1;
  for (const Answer& answer : run.all_answers(1)) {
    if (answer.kind == AnswerKind::kAnswer) {
      EXPECT_EQ(answer.cmd_sequence.value(), ++sequence);
    } else {
      EXPECT_NE(kill_in(answer), nullptr);
    }
  }
  EXPECT_EQ(sequence, run.last());
}

TEST_F(Loop, ReservedSlotsTakeKillsWhileThePublisherIsStuck) {
  feed_orders(40, 1);
  LoopRun run(log_, feed_.genesis(), 64, 16);
  run.start();
  EXPECT_TRUE(eventually([&] { return run.executed() == 1 + 16 - kKillSlots; }));
  for (std::size_t i = 0; i < kKillSlots; ++i) run.latch({CmdFeed::kill(KillScope::kAccount, "B"), kKillA.by});
  EXPECT_TRUE(eventually([&] { return run.status().kills.load() == kKillSlots; }));
}

TEST_F(Loop, TheSameKillTwiceIsRecordedOnce) {
  LoopRun run(log_, feed_.genesis(), 64, 64);
  run.start();
  run.latch(kKillA);
  run.latch(kKillA);
  run.latch({CmdFeed::kill(KillScope::kAccount, "B"), kKillA.by});
  run.all_answers(2);
}

TEST_F(Loop, OpeningKillsTakeEffectBeforeAnyCommand) {
  feed_orders(3, 5);
  LoopRun run(log_, feed_.genesis(), 64, 64);
  run.start({kKillA});
  const auto answers = run.all_answers(1);
  ASSERT_NE(kill_in(answers.front()), nullptr);
  for (const Answer& answer : answers) {
    for (const OrderEvent& event : answer.order_events) EXPECT_NE(event.kind, OrderEventKind::kAccepted);
  }
}

TEST_F(Loop, AHoldStopsFramesAndNotKills) {
  feed_orders(3, 1);
  LoopRun run(log_, feed_.genesis(), 64, 64);
  run.status().holds.set(Hold::kLogLost, true);
  run.start();
  run.latch(kKillA);
  EXPECT_TRUE(eventually([&] { return run.status().kills.load() == 1; }));
  EXPECT_EQ(run.executed(), 1u) << "a frame behind genesis was executed";
  run.status().holds.set(Hold::kLogLost, false);
  run.all_answers(1);
}

TEST_F(Loop, P2AtMostTheCommandInProgressCompletesAfterTheLatchIsStored) {
  feed_orders(4'000, 1);  // one command a frame: the executed position counts commands
  int stopped_under_way = 0;
  // On a busy machine the flow may be over before this thread comes to its latch: such a trial proves nothing.
  for (int trial = 0; trial < 1'000 && stopped_under_way < 10; ++trial) {
    LoopRun run(log_, feed_.genesis(), 4'096, 8'192);
    run.start();
    const std::uint64_t begin = 100 + static_cast<std::uint64_t>(trial) % 40 * 20;
    while (run.executed() < begin) {}
    run.latch(kKillA);
    const std::uint64_t seen = run.executed();  // no earlier than the store
    std::uint64_t before_kill = 0;
    for (const Answer& answer : run.all_answers(1)) {
      if (kill_in(answer) != nullptr) {
        // Idle: behind the newest answer. In a frame: before its only command.
        before_kill =
            answer.kind == AnswerKind::kControl ? answer.cmd_sequence.value() : answer.cmd_sequence.value() - 1;
      }
    }
    ASSERT_NE(before_kill, 0u) << "the kill is not recorded";
    EXPECT_LE(before_kill, seen + 1);
    if (seen < run.last()) ++stopped_under_way;
  }
  EXPECT_EQ(stopped_under_way, 10) << "the flow was always over before the latch";
}

TEST_F(Loop, P2TheLatchIsPolledBeforeEachCommandOfAFrame) {
  feed_orders(16, 512);
  int inside_a_frame = 0;
  for (int trial = 0; trial < 1'000 && inside_a_frame < 10; ++trial) {
    LoopRun run(log_, feed_.genesis(), 64, 64);
    run.start();
    const std::uint64_t begin = 5 + static_cast<std::uint64_t>(trial) % 8;
    while (run.executed() < begin) {}
    // A frame shows as executed some time before the next one begins: later by so much, into that one.
    const Nanos inside = runtime::steady_now() + Nanos{trial % 10 * 10'000};
    while (runtime::steady_now() < inside) {}
    run.latch(kKillA);
    bool killed = false;
    for (const Answer& answer : run.all_answers(1)) {
      std::uint32_t from = killed ? 0 : kNoCommand;
      for (const ControlEvent& event : answer.control_events) {
        if (!std::holds_alternative<KillSwitchEngaged>(event.body)) continue;
        killed = true;
        from = event.command_index;
        if (from != kNoCommand && from > 0) ++inside_a_frame;
      }
      for (const OrderEvent& event : answer.order_events) {
        if (event.kind != OrderEventKind::kAccepted) continue;
        EXPECT_LT(event.command_index, from) << "accepted after the kill";
      }
    }
  }
  EXPECT_EQ(inside_a_frame, 10) << "kills took effect between frames only";
}

}  // namespace
}  // namespace sluice::engine
