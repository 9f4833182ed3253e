// GTD and DAY: what ends when, in which order, and which settlement day it is. Each frame is also replayed and checked
// by the fixture.
#include <gtest/gtest.h>

#include <random>

#include "tests/support/core_fixture.h"

namespace sluice::core {
namespace {

constexpr std::int64_t kDayMillis = 86'400'000;

class Timer : public testing::Test {
 protected:
  Timer() { core_.register_usual(); }
  OrderCommand until(std::string_view id, std::int64_t in_millis, std::int64_t price = 10) {
    OrderCommand command = limit(core_, kA, id, Side::kBuy, price, 5);
    command.tif = TimeInForce::kGtd;
    command.expire_at = core_.now() + Nanos{in_millis * kNanosPerMilli};
    return command;
  }
  OrderCommand today(std::string_view id, std::int64_t price = 10) {
    OrderCommand command = limit(core_, kA, id, Side::kBuy, price, 5);
    command.tif = TimeInForce::kDay;
    return command;
  }
  const Answer& tick(std::int64_t after_millis) {
    core_.advance_millis(after_millis);
    return core_.control("sluice-engine", ::sluice::Tick{});
  }
  Events ended(const Answer& answer) { return order_events(answer, core_); }
  static const SettlementDay& started(const Answer& answer) {
    return std::get<SettlementDayStarted>(answer.control_events.at(0).body).day;
  }
  RejectReason set_calendar(std::vector<SettlementDay> days) {
    return reason(core_.control("operator", SetCalendar{std::move(days)}));
  }
  Nanos in(std::int64_t millis) const { return core_.now() + Nanos{millis * kNanosPerMilli}; }

  const AccountId kA{1}, kB{2};
  CoreFixture core_;
};

TEST_F(Timer, AGtdOrderEndsAtTheFirstLogTimeThatIsNotBefore) {
  core_.send(until("g", 1000));
  EXPECT_EQ(core_.engine().next_timer(), in(1000));
  EXPECT_EQ(ended(tick(999)), Events{});
  const Answer& answer = tick(1);
  EXPECT_EQ(ended(answer), Events{"cancelled g 5 time_in_force"});
  EXPECT_EQ(answer.order_events[0].command_index, kNoCommand) << "no command caused it";
  EXPECT_EQ(core_.engine().next_timer(), Nanos{0});
}

TEST_F(Timer, WhatIsDueEndsBeforeTheCommandsOfTheFrame) {
  core_.send(until("g", 1000));
  core_.advance_millis(1000);
  const Answer& answer = core_.send(limit(core_, kB, "s", Side::kSell, 10, 5));
  EXPECT_EQ(ended(answer), (Events{"cancelled g 5 time_in_force", "accepted s 5@10"}));
}

TEST_F(Timer, AFrameThatIsNoneFiresTimersToo) {
  core_.send(until("g", 1000));
  core_.advance_millis(1000);
  EXPECT_EQ(ended(core_.reject_frame(FrameFault::kNotAFrame)), Events{"cancelled g 5 time_in_force"});
}

TEST_F(Timer, ByTimeThenByOrderId) {
  core_.send({until("c", 3000), until("a", 1000), until("b", 2000), until("a2", 1000)});
  EXPECT_EQ(ended(tick(5000)), (Events{"cancelled a 5 time_in_force", "cancelled a2 5 time_in_force",
                                       "cancelled b 5 time_in_force", "cancelled c 5 time_in_force"}));
}

TEST_F(Timer, AnOrderThatEndsEarlierTakesItsTimerAlong) {
  core_.send({until("cancelled", 1000), until("filled", 1000, 11), until("stays", 1000)});
  core_.send(cancel(core_, kA, "cancelled"));
  core_.send(limit(core_, kB, "s", Side::kSell, 11, 5));
  EXPECT_EQ(ended(tick(1000)), Events{"cancelled stays 5 time_in_force"});
}

TEST_F(Timer, AReplaceKeepsTheEnd) {
  core_.send(until("g", 1000));
  core_.send(replace(core_, kA, "g", 12, 9));
  EXPECT_EQ(ended(tick(1000)), Events{"cancelled g 9 time_in_force"});
}

TEST_F(Timer, AWaitingStopAndATriggeredOneEndAlike) {
  OrderCommand waiting = until("w", 1000, 30);
  waiting.type = OrderType::kStopLimit;
  waiting.stop_price = Price{25};
  OrderCommand triggered = until("t", 1000, 9);
  triggered.type = OrderType::kStopLimit;
  triggered.stop_price = Price{20};
  core_.send({waiting, triggered, limit(core_, kB, "m", Side::kSell, 20, 1), limit(core_, kA, "p", Side::kBuy, 20, 1)});
  EXPECT_EQ(ended(tick(1000)), (Events{"cancelled w 5 time_in_force", "cancelled t 5 time_in_force"}));
}

TEST_F(Timer, ARestoredEngineEndsTheSameOrdersInTheSameOrder) {
  std::mt19937_64 chance(3);
  for (int i = 0; i < 200; ++i) core_.send(until(std::to_string(i), 1000 + static_cast<std::int64_t>(chance() % 50)));
  for (int i = 0; i < 200; i += 3) core_.send(cancel(core_, kA, std::to_string(i)));
  core_.restore_from_image();
  const Events all = ended(tick(2000));
  EXPECT_EQ(all.size(), 133u);
  const std::vector<OrderEvent>& events = core_.last().order_events;
  for (std::size_t i = 1; i < events.size(); ++i) {
    const OrderEvent* accepted[2] = {nullptr, nullptr};
    for (const Answer& answer : core_.log()) {
      for (const OrderEvent& event : answer.order_events) {
        if (event.kind == OrderEventKind::kAccepted && event.order_id == events[i - 1].order_id) accepted[0] = &event;
        if (event.kind == OrderEventKind::kAccepted && event.order_id == events[i].order_id) accepted[1] = &event;
      }
    }
    EXPECT_LT(std::pair(accepted[0]->expire_at, accepted[0]->order_id),
              std::pair(accepted[1]->expire_at, accepted[1]->order_id));
  }
}

// 1,700,000,000 s is 2023-11-14 22:13:20 UTC.
TEST_F(Timer, WithoutACalendarADayEndsAtMidnightUtc) {
  EXPECT_EQ(core_.state().day().date, 20231114u);
  EXPECT_EQ(core_.state().day().ends_at, Nanos{1'700'006'400 * kNanosPerSecond});
  core_.send({today("d"), until("g", 2 * kDayMillis)});
  const Answer& answer = tick(kDayMillis);
  EXPECT_EQ(ended(answer), Events{"cancelled d 5 time_in_force"});
  EXPECT_EQ(started(answer).date, 20231115u);
  EXPECT_EQ(started(answer).ends_at, Nanos{1'700'092'800 * kNanosPerSecond});
  EXPECT_EQ(answer.control_events[0].before, 1u) << "the day's orders belong to the day before";
}

TEST_F(Timer, ADayThatNobodySawIsNotMadeUp) {
  const Answer& answer = tick(10 * kDayMillis);
  EXPECT_EQ(answer.control_events.size(), 1u);
  EXPECT_EQ(started(answer).date, 20231124u);
}

TEST_F(Timer, TheCalendarSaysWhenADayEndsAlsoThePresentOne) {
  core_.send(today("d"));
  EXPECT_EQ(set_calendar({{.ends_at = in(5000), .date = 20231114}, {.ends_at = in(9000), .date = 20231115}}),
            RejectReason::kNone);
  core_.restore_from_image();
  core_.send(today("d2"));
  EXPECT_EQ(ended(tick(4999)), Events{});
  const Answer& first = tick(1);
  EXPECT_EQ(ended(first), (Events{"cancelled d 5 time_in_force", "cancelled d2 5 time_in_force"}));
  EXPECT_EQ(started(first).date, 20231115u);
  const Answer& second = tick(4000);
  EXPECT_EQ(started(second).ends_at, Nanos{1'700'006'400 * kNanosPerSecond}) << "behind its end: midnight UTC";
}

TEST_F(Timer, ALaterEndGivesDayOrdersMoreTime) {
  EXPECT_EQ(set_calendar({{.ends_at = in(5000), .date = 20231114}}), RejectReason::kNone);
  core_.send(today("d"));
  EXPECT_EQ(set_calendar({{.ends_at = in(8000), .date = 20231114}}), RejectReason::kNone);
  EXPECT_EQ(ended(tick(7999)), Events{});
  EXPECT_EQ(ended(tick(1)), Events{"cancelled d 5 time_in_force"});
  EXPECT_EQ(set_calendar({}), RejectReason::kNone) << "back to midnight UTC";
}

TEST_F(Timer, ACalendarThatContradictsItselfIsRefused) {
  const Hash128 before = core_.engine().trading_hash();
  for (const std::vector<SettlementDay>& days : std::vector<std::vector<SettlementDay>>{
           {{.ends_at = in(1), .date = 20231314}},
           {{.ends_at = in(1), .date = 20230229}},
           {{.ends_at = in(1), .date = 0}},
           {{.ends_at = in(0), .date = 20231114}},
           {{.ends_at = in(5), .date = 20231114}, {.ends_at = in(5), .date = 20231115}},
           {{.ends_at = in(5), .date = 20231114}, {.ends_at = in(6), .date = 20231114}},
           std::vector<SettlementDay>(kCalendarDaysMax + 1, {.ends_at = in(5), .date = 20231114})}) {
    EXPECT_EQ(set_calendar(days), RejectReason::kInvalidDefinition);
  }
  EXPECT_EQ(core_.engine().trading_hash(), before);
}

}  // namespace
}  // namespace sluice::core
