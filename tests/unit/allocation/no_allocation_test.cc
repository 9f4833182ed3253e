// In steady state the executing thread allocates nothing, takes no lock, reads no clock and makes no system call: a
// million commands of every kind through Engine::execute, after as many to warm up.
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/core/engine.h"
#include "engine/core/state.h"
#include "executing_thread_counts.h"
#include "tests/property/generator.h"

namespace sluice::core {
namespace {

using sluice::testing::begin_counting;
using sluice::testing::counts_system_calls;
using sluice::testing::end_counting;
using sluice::testing::ExecutingThreadCounts;

constexpr std::size_t kFrame = 100;
constexpr std::size_t kCommands = 1'000'000;
constexpr Nanos kStart{1'700'000'000 * kNanosPerSecond};
constexpr Nanos kFrameSpan{kNanosPerMilli};  // 100,000 commands a second
/// Sizes that a frame of kFrame commands does not exceed here; an answer grows to the largest ever seen, and stays.
constexpr std::size_t kEventsMax = 1u << 14;

/// An engine with every limit set for every account, and the commands of the property tests: stops, icebergs, FOK,
/// self-trade prevention, cancel all, refusals, repeats.
class SteadyState {
 public:
  SteadyState() {
    Genesis genesis;
    genesis.deployment = Uuid{7, 7};
    genesis.key_window = Nanos{kNanosPerSecond};
    engine_ = std::make_unique<Engine>(genesis, Capacity{.orders = 1u << 16, .keys = 1u << 18});
    answer_.outcomes.reserve(kFrame);
    answer_.order_events.reserve(kEventsMax);
    std::vector<ControlCommand> controls;
    const auto add = [&](ControlCommandBody body) {
      controls.push_back({fresh_id(), *Principal::from("test"), std::move(body)});
    };
    for (std::uint32_t i = 0; i < flow_.world().instruments; ++i) {
      DefineInstrument instrument;
      instrument.symbol = *Name::from("S" + std::to_string(i));
      add(instrument);
    }
    for (std::uint32_t i = 0; i < flow_.world().strategies; ++i)
      add(RegisterStrategy{*Name::from("T" + std::to_string(i))});
    for (std::uint32_t i = 0; i < flow_.world().accounts; ++i) {
      const Name name = *Name::from("A" + std::to_string(i));
      add(RegisterAccount{name});
      SetLimits limits{.account = name};
      for (std::size_t kind = 0; kind <= static_cast<std::size_t>(LimitKind::kMaxOrdersPerSecond); ++kind)
        limits.changes[kind] = {LimitAction::kSet, std::int64_t{1} << 30};
      add(limits);
    }
    CommandFrame frame = next_frame();
    frame.frame_class = FrameClass::kReference;
    frame.controls = controls;
    engine_->execute(frame, latch_, answer_);
  }

  /// Executes that many commands; counts, if asked to, in Engine::execute alone.
  ExecutingThreadCounts run(std::size_t commands, bool counted) {
    ExecutingThreadCounts all;
    std::vector<OrderCommand> orders;
    for (std::size_t done = 0; done < commands; done += kFrame) {
      orders.clear();
      now_ = now_ + kFrameSpan;
      while (orders.size() < kFrame) {
        const property::Step step = flow_.next();
        if (step.kind != property::StepKind::kOrder) continue;
        OrderCommand order = step.order;
        order.command_id = fresh_id();
        if (orders.size() % 50 == 49) order = orders.front();  // sent again
        orders.push_back(order);
      }
      CommandFrame frame = next_frame();
      frame.orders = orders;
      if (counted) begin_counting();
      engine_->execute(frame, latch_, answer_);
      if (!counted) continue;
      const ExecutingThreadCounts seen = end_counting();
      all.allocations += seen.allocations;
      all.frees += seen.frees;
      all.locks += seen.locks;
      all.clock_reads += seen.clock_reads;
      all.system_calls += seen.system_calls;
      for (const OrderEvent& event : answer_.order_events) {
        triggered += event.kind == OrderEventKind::kTriggered ? 1 : 0;
        trades += event.kind == OrderEventKind::kTraded ? 1 : 0;
      }
    }
    return all;
  }

  const State& state() const { return engine_->state(); }
  std::uint64_t triggered = 0;
  std::uint64_t trades = 0;

 private:
  CommandId fresh_id() { return make_uuid7(static_cast<std::uint64_t>(now_.value() / kNanosPerMilli), 0, ++ids_); }
  CommandFrame next_frame() const {
    CommandFrame frame;
    frame.sequence = CmdSequence{engine_->cmd_sequence().value() + 1};
    frame.broker_time = now_;
    return frame;
  }

  Nanos now_ = kStart;
  std::uint64_t ids_ = 0;
  property::SeededChance chance_{5};
  property::Generator flow_{chance_,
                            {.kills = 0, .limits = 0, .waits = 0, .resends = 0, .restores = 0, .plain_units = true}};
  std::unique_ptr<Engine> engine_;
  KillLatch latch_;
  Answer answer_;
};

TEST(NoAllocation, AMillionMixedCommandsDoNothingButCompute) {
  SteadyState steady;
  steady.run(kCommands / 2, false);
  const ExecutingThreadCounts seen = steady.run(kCommands, true);
  EXPECT_EQ(seen.allocations, 0u);
  EXPECT_EQ(seen.frees, 0u);
  EXPECT_EQ(seen.locks, 0u);
  EXPECT_EQ(seen.clock_reads, 0u);
  EXPECT_EQ(seen.system_calls, 0u);
  // It was no empty market: orders rest, keys come and go, stops trigger.
  EXPECT_GT(steady.state().orders().size(), 10u);
  EXPECT_GT(steady.state().keys().size(), 90'000u);
  EXPECT_LT(steady.state().keys().size(), 110'000u);
  EXPECT_GT(steady.triggered, 10'000u);
  EXPECT_GT(steady.trades, 200'000u);
}

// The counters count: each thing done once, on purpose.
TEST(NoAllocation, PositiveControl) {
  begin_counting();
  auto* volatile block = new std::vector<int>(100);
  delete block;
  const ExecutingThreadCounts heap = end_counting();
  EXPECT_EQ(heap.allocations, 2u);
  EXPECT_EQ(heap.frees, 2u);
  if (!counts_system_calls()) GTEST_SKIP() << "allocations only: a sanitizer, or a kernel that cannot report calls";
  begin_counting();
  std::mutex mutex;
  { const std::scoped_lock lock(mutex); }
  EXPECT_EQ(end_counting().locks, 1u);
  begin_counting();
  (void)std::chrono::steady_clock::now();
  EXPECT_EQ(end_counting().clock_reads, 1u);
  begin_counting();
  (void)::getppid();
  EXPECT_EQ(end_counting().system_calls, 1u);
}

}  // namespace
}  // namespace sluice::core
