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

/// Applies `change` to every price of the command, and of the event, that is there.
void change_prices(OrderCommand& command, const std::function<std::int64_t(std::int64_t)>& change) {
  if (has_price(command)) command.price = Price{change(command.price.value())};
  if (command.stop_price != Price{0}) command.stop_price = Price{change(command.stop_price.value())};
}
void change_prices(OrderEvent& event, const std::function<std::int64_t(std::int64_t)>& change) {
  if (event.price != Price{0}) event.price = Price{change(event.price.value())};
  if (event.stop_price != Price{0}) event.stop_price = Price{change(event.stop_price.value())};
}

class Metamorphic : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Metamorphic, MirroredSidesAndPricesMirrorTheLog) {
  constexpr std::int64_t kMirror = kLowestPrice + kHighestPrice;
  const auto flip = [](Side side) { return side == Side::kNone ? side : core::opposite(side); };
  std::vector<OrderEvent> expected = events_of(GetParam(), [](OrderCommand&) {});
  for (OrderEvent& event : expected) {
    event.side = flip(event.side);
    change_prices(event, [](std::int64_t price) { return kMirror - price; });
  }
  expect_equal(expected, events_of(GetParam(), [&](OrderCommand& command) {
                 command.side = flip(command.side);
                 change_prices(command, [](std::int64_t price) { return kMirror - price; });
               }));
}

TEST_P(Metamorphic, ShiftedPricesShiftTheLog) {
  constexpr std::int64_t kShift = 1'000'000;
  std::vector<OrderEvent> expected = events_of(GetParam(), [](OrderCommand&) {});
  for (OrderEvent& event : expected) {
    change_prices(event, [](std::int64_t price) { return price + kShift; });
  }
  expect_equal(expected, events_of(GetParam(), [](OrderCommand& command) {
                 change_prices(command, [](std::int64_t price) { return price + kShift; });
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
    scale(event.display);
  }
  expect_equal(expected, events_of(GetParam(), [&](OrderCommand& command) {
                 scale(command.quantity);
                 scale(command.display);
               }));
}

INSTANTIATE_TEST_SUITE_P(Seeds, Metamorphic, testing::Values(5u, 6u, 7u));

}  // namespace
}  // namespace sluice::property
