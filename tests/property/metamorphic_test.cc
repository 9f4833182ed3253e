// Metamorphic properties (PROPERTIES 22, 25): what must happen to the log when the input is transformed.
#include <gtest/gtest.h>

#include <functional>

#include "tests/property/order_flow.h"
#include "tests/support/core_fixture.h"

namespace sluice::property {
namespace {

using Change = std::function<void(OrderCommand&)>;

/// The order events of one flow, each command changed by `change` before it is sent.
std::vector<OrderEvent> events_of(std::uint64_t seed, const Change& change) {
  core::CoreFixture core(core::CoreFixture::default_genesis(), {.orders = 1024, .keys = 1u << 14});
  core.compare_every(64);
  for (std::uint32_t i = 1; i <= kAccounts; ++i) core.account("A" + std::to_string(i));
  for (std::uint32_t i = 1; i <= kStrategies; ++i) core.strategy("S" + std::to_string(i));
  for (std::uint32_t i = 1; i <= kInstruments; ++i) core.instrument("I" + std::to_string(i));
  OrderFlow flow(seed, {.kills_percent = 0, .limits_percent = 0, .matching_extras = true});
  std::vector<OrderEvent> events;
  for (int step = 0; step < 800; ++step) {
    OrderCommand command = std::get<OrderCommand>(flow.next());
    command.command_id = core.fresh_id();
    change(command);
    const Answer& answer = core.send(command);
    events.insert(events.end(), answer.order_events.begin(), answer.order_events.end());
  }
  EXPECT_GT(events.size(), 400u);
  return events;
}

void expect_equal(const std::vector<OrderEvent>& expected, const std::vector<OrderEvent>& got) {
  ASSERT_EQ(expected.size(), got.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    ASSERT_EQ(hash_value(expected[i], 0), hash_value(got[i], 0)) << "event " << i;
}

bool has_price(const OrderCommand& command) {
  const bool replaces_price = command.kind == OrderCommandKind::kReplace && (command.fields & kFieldPrice) != 0;
  return replaces_price || (command.kind == OrderCommandKind::kSubmit && command.price > Price{0});
}

class Metamorphic : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Metamorphic, MirroredSidesAndPricesMirrorTheLog) {
  constexpr std::int64_t kMirror = kLowestPrice + kHighestPrice;
  const auto flip = [](Side side) { return side == Side::kNone ? side : core::opposite(side); };
  std::vector<OrderEvent> expected = events_of(GetParam(), [](OrderCommand&) {});
  for (OrderEvent& event : expected) {
    event.side = flip(event.side);
    if (event.price != Price{0}) event.price = Price{kMirror - event.price.value()};
  }
  expect_equal(expected, events_of(GetParam(), [&](OrderCommand& command) {
                 command.side = flip(command.side);
                 if (has_price(command)) command.price = Price{kMirror - command.price.value()};
               }));
}

TEST_P(Metamorphic, ShiftedPricesShiftTheLog) {
  constexpr std::int64_t kShift = 1'000'000;
  std::vector<OrderEvent> expected = events_of(GetParam(), [](OrderCommand&) {});
  for (OrderEvent& event : expected) {
    if (event.price != Price{0}) event.price = Price{event.price.value() + kShift};
  }
  expect_equal(expected, events_of(GetParam(), [](OrderCommand& command) {
                 if (has_price(command)) command.price = Price{command.price.value() + kShift};
               }));
}

TEST_P(Metamorphic, ScaledQuantitiesScaleTheLog) {
  constexpr std::int64_t kScale = 1000;
  const auto scale = [](Quantity& quantity) { quantity = Quantity{quantity.value() * kScale}; };
  std::vector<OrderEvent> expected = events_of(GetParam(), [](OrderCommand&) {});
  for (OrderEvent& event : expected) {
    scale(event.quantity);
    scale(event.remaining);
    scale(event.other_remaining);
  }
  expect_equal(expected, events_of(GetParam(), [&](OrderCommand& command) { scale(command.quantity); }));
}

INSTANTIATE_TEST_SUITE_P(Seeds, Metamorphic, testing::Values(5u, 6u, 7u));

}  // namespace
}  // namespace sluice::property
