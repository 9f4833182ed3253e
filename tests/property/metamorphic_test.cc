// Properties 21 to 25: what must happen to the log when the input is transformed. No limits where a transformation
// would change what they mean.
#include <algorithm>
#include <functional>
#include <map>

#include "tests/property/rapid.h"

namespace sluice::property {
namespace {

/// Orders are named by clients: numbers count over all symbols and accounts.
const Mix kFree{
    .kills = 2, .limits = 0, .resends = 0, .by_number = 0, .wrong = 0, .settled = true, .plain_units = true};
constexpr std::int64_t kTop = 1000;  // above every price of a generated history

/// The order events of a history, in order.
std::vector<OrderEvent> events_of(const History& history) {
  HistoryRun run(history.world, {.reference = false, .replay = false, .keep_log = true});
  for (const Step& step : history.steps) run.play(step);
  run.finish();
  count_commands(run.totals().commands);
  std::vector<OrderEvent> events;
  for (const Answer& answer : run.log())
    events.insert(events.end(), answer.order_events.begin(), answer.order_events.end());
  return events;
}

void expect_equal(const std::vector<OrderEvent>& expected, const std::vector<OrderEvent>& got) {
  RC_ASSERT(expected.size() == got.size());
  for (std::size_t i = 0; i < got.size(); ++i) RC_ASSERT(hash_value(expected[i], 0) == hash_value(got[i], 0));
}

/// Applies `change` to every price that is there.
template <typename Order>
void change_prices(Order& order, const std::function<std::int64_t(std::int64_t)>& change) {
  if (order.price != Price{0}) order.price = Price{change(order.price.value())};
  if (order.stop_price != Price{0}) order.stop_price = Price{change(order.stop_price.value())};
}

History changed(History history, const std::function<void(OrderCommand&)>& change) {
  for (Step& step : history.steps) change(step.order);
  return history;
}

TEST(Property21, TheOrdersOfALevelAddUpToTheLevel) {
  RunOptions options;
  options.requirements = Requirements(21);
  options.books_every = 1;
  EXPECT_GE(check_histories(60, {.icebergs = 40}, options).trades, at_least(100));
}

// Symbols are settled first: only a symbol's first trade can reach buy and sell stops at once, and then buys run first.
TEST(Property22, MirroredSidesAndPricesMirrorTheLog) {
  const auto flip = [](Side& side) {
    if (side != Side::kNone) side = side == Side::kBuy ? Side::kSell : Side::kBuy;
  };
  const auto mirror = [](std::int64_t price) { return kTop - price; };
  check_property(100, [&] {
    const History history = *histories(kFree, 200).as("history");
    std::vector<OrderEvent> expected = events_of(history);
    for (OrderEvent& event : expected) {
      flip(event.side);
      change_prices(event, mirror);
    }
    expect_equal(expected, events_of(changed(history, [&](OrderCommand& command) {
                   flip(command.side);
                   change_prices(command, mirror);
                 })));
  });
}

TEST(Property22, ShiftedPricesShiftTheLog) {
  const auto shift = [](std::int64_t price) { return price + 1'000'000; };
  check_property(100, [&] {
    const History history = *histories(kFree, 200).as("history");
    std::vector<OrderEvent> expected = events_of(history);
    for (OrderEvent& event : expected) change_prices(event, shift);
    expect_equal(expected, events_of(changed(history, [&](OrderCommand& command) { change_prices(command, shift); })));
  });
}

TEST(Property22, ScaledQuantitiesLotsAndDisplaysScaleTheLog) {
  const auto scale = [](auto&... quantities) { ((quantities = Quantity{quantities.value() * 1000}), ...); };
  check_property(100, [&] {
    const History history = *histories(kFree, 200).as("history");
    std::vector<OrderEvent> expected = events_of(history);
    for (OrderEvent& event : expected) scale(event.quantity, event.remaining, event.other_remaining, event.display);
    History scaled = changed(history, [&](OrderCommand& command) { scale(command.quantity, command.display); });
    scaled.world.lot *= 1000;
    expect_equal(expected, events_of(scaled));
  });
}

/// An event by the clients' names, without what counts over all symbols.
std::string plain(const OrderEvent& event, const std::map<OrderId, std::string>& names) {
  const auto number = [](auto value) { return std::to_string(value.value()) + " "; };
  const auto maker = names.find(event.other_order_id);
  return std::to_string(static_cast<int>(event.kind)) + " " + names.at(event.order_id) + " " +
         (maker == names.end() ? "" : maker->second + " ") + number(event.price) + number(event.quantity) +
         number(event.remaining) + number(event.other_remaining) + std::string(name_of(event.reason));
}

std::vector<std::string> plain_log(const std::vector<OrderEvent>& events,
                                   const std::function<bool(const OrderEvent&)>& wanted) {
  std::map<OrderId, std::string> names;
  std::vector<std::string> log;
  for (const OrderEvent& event : events) {
    names.try_emplace(event.order_id, event.client_order_id.str());
    if (wanted(event)) log.push_back(plain(event, names));
  }
  return log;
}

TEST(Property23, EachSymbolsLogIsTheSameAloneAndInterleaved) {
  check_property(100, [] {
    const History both = *histories(kFree, 200).as("history");
    const std::vector<OrderEvent> events = events_of(both);
    for (std::uint32_t symbol = 1; symbol <= both.world.instruments; ++symbol) {
      History alone{both.world, {}};
      std::copy_if(both.steps.begin(), both.steps.end(), std::back_inserter(alone.steps), [&](const Step& step) {
        const std::uint32_t of = step.order.instrument.value();
        return step.kind != StepKind::kOrder || of == symbol || step.order.kind == OrderCommandKind::kCancelAll;
      });
      const auto of_symbol = [&](const OrderEvent& event) { return event.instrument.value() == symbol; };
      const bool same = plain_log(events_of(alone), of_symbol) == plain_log(events, of_symbol);
      RC_ASSERT(same);
    }
  });
}

/// Who sold how much to `taker` orders, in order; trades with the same maker one after the other are one.
std::vector<std::pair<OrderId, std::int64_t>> makers_of(const std::vector<OrderEvent>& events, std::string_view taker) {
  std::vector<std::pair<OrderId, std::int64_t>> makers;
  for (const OrderEvent& event : events) {
    if (event.kind != OrderEventKind::kTraded || !event.client_order_id.view().starts_with(taker)) continue;
    if (!makers.empty() && makers.back().first == event.other_order_id) makers.back().second += event.quantity.value();
    else makers.emplace_back(event.other_order_id, event.quantity.value());
  }
  return makers;
}

// Stops would run between the two halves, and self-trade prevention would end them at another place.
TEST(Property24, OneIocTakesTheSameMakersInTheSameOrderAsItsTwoHalves) {
  Mix mix = kFree;
  mix.stops = mix.kills = 0;
  std::uint64_t traded = 0;
  check_property(150, [&] {
    History whole = *histories(mix, 100).as("history");
    const auto first = *rc::gen::inRange<std::int64_t>(1, 60).as("first half");
    const auto second = *rc::gen::inRange<std::int64_t>(1, 60).as("second half");
    Step step;
    step.order.account = AccountId{1};
    step.order.instrument = InstrumentId{1};
    step.order.side = *rc::gen::element(Side::kBuy, Side::kSell).as("side");
    step.order.type = OrderType::kLimit;
    step.order.tif = TimeInForce::kIoc;
    step.order.price = Price{*rc::gen::inRange<std::int64_t>(90, 110).as("limit")};
    History halves = whole;
    const auto add = [&step](History& history, const char* name, std::int64_t quantity) {
      step.order.client_order_id = *ClientOrderId::from(name);
      step.order.quantity = Quantity{quantity};
      history.steps.push_back(step);
    };
    add(whole, "split", first + second);
    add(halves, "split-1", first);
    add(halves, "split-2", second);
    const auto makers = makers_of(events_of(whole), "split");
    traded += makers.size();
    RC_ASSERT(makers == makers_of(events_of(halves), "split"));
  });
  EXPECT_GE(traded, at_least(50));
}

TEST(Property25, AnOrderThatNeverTradesLeavesTheTradesOfTheOthersAsTheyWere) {
  Mix mix = kFree;
  mix.posts = 0;  // a post-only market order would be refused for it, which is as good as reaching it
  std::uint64_t trades = 0;
  check_property(150, [&] {
    const History without = *histories(mix, 200).as("history");
    History with = without;
    ++with.world.accounts;  // an account of its own, at a price that only market orders could reach
    Step ghost;
    ghost.order.account = AccountId{with.world.accounts};
    ghost.order.instrument = InstrumentId{1};
    ghost.order.client_order_id = *ClientOrderId::from("ghost");
    ghost.order.side = *rc::gen::element(Side::kBuy, Side::kSell).as("side");
    ghost.order.type = OrderType::kLimit;
    ghost.order.tif = TimeInForce::kGtc;
    ghost.order.price = Price{ghost.order.side == Side::kBuy ? 50 : 150};
    ghost.order.quantity = Quantity{1};
    const std::size_t steps = with.steps.size();
    const auto from = *rc::gen::inRange<std::size_t>(0, steps + 1).as("added before step");
    const auto to = *rc::gen::inRange<std::size_t>(0, steps + 1).as("cancelled before step");
    RC_PRE(from <= to);
    Step cancel = ghost;
    cancel.order.kind = OrderCommandKind::kCancel;
    with.steps.insert(with.steps.begin() + static_cast<std::ptrdiff_t>(to), cancel);
    with.steps.insert(with.steps.begin() + static_cast<std::ptrdiff_t>(from), ghost);
    const std::vector<OrderEvent> events = events_of(with);
    const bool reached = std::any_of(events.begin(), events.end(), [&](const OrderEvent& event) {
      return event.kind == OrderEventKind::kTraded && event.other_account == ghost.order.account;
    });
    RC_PRE(!reached);
    const auto of_others = [&](const OrderEvent& event) { return event.account != ghost.order.account; };
    const std::vector<std::string> log = plain_log(events_of(without), of_others);
    trades += log.size();
    const bool same = plain_log(events, of_others) == log;
    RC_ASSERT(same);
  });
  EXPECT_GE(trades, at_least(1000));
}

}  // namespace
}  // namespace sluice::property
