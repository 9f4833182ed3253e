#include "marketdata/itch_generator.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/invariant.h"

namespace sluice::marketdata {

using namespace itch;

namespace {

constexpr std::int64_t kTick = 100;  // a cent in the price unit
constexpr std::size_t kDepthMax = 500;
constexpr double kDepthExponent = 1.9;
constexpr double kWhole = 0.4;       // of all executions: take all that rests
constexpr double kAttributed = 0.1;  // of all adds
constexpr double kAtPrice = 0.1;     // of all executions: at another price than the order's

/// Running sums of weights k^-exponent, k = 1 … count.
std::vector<double> power_law(std::size_t count, double exponent) {
  std::vector<double> sums(count);
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sums[i] = sum += std::pow(static_cast<double>(i) + 1.0, -exponent);
  return sums;
}

std::size_t pick(const std::vector<double>& sums, double uniform) {
  const auto at = std::upper_bound(sums.begin(), sums.end() - 1, uniform * sums.back());
  return static_cast<std::size_t>(at - sums.begin());
}

std::int64_t rank_of(Side side, std::int64_t ticks) { return side == Side::kBuy ? -ticks : ticks; }
std::size_t place_of(Side side) { return side == Side::kBuy ? 0 : 1; }
U32 price_of(std::int64_t ticks) { return U32(static_cast<std::uint32_t>(ticks * kTick)); }

}  // namespace

ItchGenerator::ItchGenerator(const ItchGeneratorOptions& options)
    : options_(options),
      random_(options.seed),
      stock_sums_(power_law(options.stocks, options.zipf_exponent)),
      depth_sums_(power_law(kDepthMax, kDepthExponent)),
      stocks_(std::size_t{options.stocks} + 1) {
  INVARIANT(options.stocks > 0);
  const ItchMix& mix = options.mix;
  INVARIANT(mix.adds + mix.deletes + mix.replaces + mix.executions + mix.partial_cancels <= 100.0 + 1e-9);
  // $20 to $500: twice the deepest distance above zero, so that no price has to be cut.
  for (StockState& stock : stocks_) stock.start = stock.middle = static_cast<std::int64_t>(2'000 + below(48'000));
}

double ItchGenerator::uniform() { return static_cast<double>(random_() >> 11) * 0x1p-53; }

std::uint16_t ItchGenerator::pick_stock() { return static_cast<std::uint16_t>(1 + pick(stock_sums_, uniform())); }

/// A live order, mostly a young one. Only if there are any.
std::uint32_t ItchGenerator::pick_live() {
  const std::size_t count = live_.size();
  std::size_t age = below(count);
  if (uniform() < 0.9) {
    const double young = -options_.young_mean * std::log(1.0 - uniform());
    if (young < static_cast<double>(count)) age = static_cast<std::size_t>(young);
  }
  return live_[count - 1 - age];
}

/// The oldest order at the best price of a side of a stock that has one. Only if there are live orders.
std::uint32_t ItchGenerator::pick_best() {
  std::uint16_t locate = pick_stock();
  std::size_t side = below(2);
  if (stocks_[locate].sides[side].empty()) {
    const Order& any = orders_[pick_live()];
    locate = any.locate;
    side = place_of(any.side);
  }
  Queue& queue = stocks_[locate].sides[side].begin()->second;
  while (orders_[queue.entries[queue.first].slot].id != queue.entries[queue.first].id) ++queue.first;
  return queue.entries[queue.first].slot;
}

std::uint32_t ItchGenerator::shares() {
  const double kind = uniform();
  if (kind < 0.25) return static_cast<std::uint32_t>(1 + below(99));
  if (kind < 0.75) return 100;
  return static_cast<std::uint32_t>(100 * (1 + below(20)));
}

ItchGenerator::Ladder& ItchGenerator::ladder_of(const Order& order) {
  return stocks_[order.locate].sides[place_of(order.side)];
}

/// A price that does not cross the other side.
std::int64_t ItchGenerator::limit_ticks(std::uint16_t locate, Side side) {
  const StockState& stock = stocks_[locate];
  const Ladder& bids = stock.sides[0];
  const Ladder& asks = stock.sides[1];
  const auto distance = static_cast<std::int64_t>(pick(depth_sums_, uniform()));
  if (side == Side::kBuy) {
    return (asks.empty() ? stock.middle : std::min(stock.middle, asks.begin()->first - 1)) - distance;
  }
  return (bids.empty() ? stock.middle + 1 : std::max(stock.middle + 1, -bids.begin()->first + 1)) + distance;
}

Stock ItchGenerator::name_of(std::uint16_t locate) const { return Stock("S" + std::to_string(locate)); }

void ItchGenerator::open(Bytes& bytes) {
  const auto event = [&](char code) {
    SystemEvent message;
    message.event = code;
    write(bytes, 0, message);
  };
  event('O');
  for (std::uint32_t locate = 1; locate < stocks_.size(); ++locate) {
    write_status(bytes, static_cast<std::uint16_t>(locate));
  }
  event('S');
  for (std::uint32_t i = 0; i < options_.standing; ++i) add(bytes);
  event('Q');
}

void ItchGenerator::next(Bytes& bytes) {
  const ItchMix& mix = options_.mix;
  double kind = uniform() * 100.0;
  if (live_.empty() || kind < mix.adds) return add(bytes);
  if ((kind -= mix.adds) < mix.deletes) return remove(bytes);
  if ((kind -= mix.deletes) < mix.replaces) return replace(bytes);
  if ((kind -= mix.replaces) < mix.executions) return execute(bytes);
  if ((kind -= mix.executions) < mix.partial_cancels) return cancel_part(bytes);
  other(bytes);
}

void ItchGenerator::close(Bytes& bytes) {
  for (const char code : {'M', 'E', 'C'}) {
    SystemEvent message;
    message.event = code;
    write(bytes, 0, message);
  }
  append_end(bytes);
}

void ItchGenerator::add(Bytes& bytes) {
  const std::uint16_t locate = pick_stock();
  const Side side = below(2) == 0 ? Side::kBuy : Side::kSell;
  // Numbers have gaps: not every order that reaches the exchange is shown.
  Order order{.id = last_order_ += 1 + below(3),
              .shares = shares(),
              .ticks = limit_ticks(locate, side),
              .locate = locate,
              .side = side};
  const auto fill = [&](auto message) {
    message.order = U64(order.id);
    message.side = side == Side::kBuy ? 'B' : 'S';
    message.shares = U32(order.shares);
    message.stock = name_of(locate);
    message.price = price_of(order.ticks);
    return message;
  };
  if (uniform() < kAttributed) {
    AddOrderAttributed message = fill(AddOrderAttributed{});
    message.participant = Text<4>("SLUC");
    write(bytes, locate, message);
  } else {
    write(bytes, locate, fill(AddOrder{}));
  }
  enter(order);
}

void ItchGenerator::execute(Bytes& bytes) {
  const std::uint32_t slot = pick_best();
  const Order order = orders_[slot];
  const bool whole = order.shares == 1 || uniform() < kWhole;
  const std::uint32_t taken = whole ? order.shares : static_cast<std::uint32_t>(1 + below(order.shares - 1));
  const auto fill = [&](auto message) {
    message.order = U64(order.id);
    message.shares = U32(taken);
    message.match = U64(++last_match_);
    return message;
  };
  if (uniform() < kAtPrice) {
    OrderExecutedAtPrice message = fill(OrderExecutedAtPrice{});
    message.printable = 'Y';
    message.price = price_of(order.ticks + (order.side == Side::kBuy ? 1 : -1));
    write(bytes, order.locate, message);
  } else {
    write(bytes, order.locate, fill(OrderExecuted{}));
  }
  take(slot, taken);
  // The middle follows the trades, within half and one and a half of where it began.
  StockState& stock = stocks_[order.locate];
  const std::int64_t moved = stock.middle + (order.side == Side::kBuy ? -1 : 1);
  if (below(3) == 0 && 2 * std::abs(moved - stock.start) < stock.start) stock.middle = moved;
}

void ItchGenerator::cancel_part(Bytes& bytes) {
  const std::uint32_t slot = pick_live();
  if (orders_[slot].shares == 1) return remove(bytes);
  OrderCancelled message;
  const auto taken = static_cast<std::uint32_t>(1 + below(orders_[slot].shares - 1));
  message.order = U64(orders_[slot].id);
  message.shares = U32(taken);
  write(bytes, orders_[slot].locate, message);
  take(slot, taken);
}

void ItchGenerator::remove(Bytes& bytes) {
  const std::uint32_t slot = pick_live();
  OrderDeleted message;
  message.order = U64(orders_[slot].id);
  write(bytes, orders_[slot].locate, message);
  leave(slot);
}

void ItchGenerator::replace(Bytes& bytes) {
  const std::uint32_t slot = pick_live();
  Order order = orders_[slot];
  leave(slot);
  OrderReplaced message;
  message.order = U64(order.id);
  order.id = last_order_ += 1 + below(3);
  order.shares = shares();
  order.ticks = limit_ticks(order.locate, order.side);
  message.new_order = U64(order.id);
  message.shares = U32(order.shares);
  message.price = price_of(order.ticks);
  write(bytes, order.locate, message);
  enter(order);
}

void ItchGenerator::enter(const Order& order) {
  std::uint32_t slot = static_cast<std::uint32_t>(orders_.size());
  if (free_.empty()) {
    orders_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  orders_[slot] = order;
  orders_[slot].place_in_live = static_cast<std::uint32_t>(live_.size());
  live_.push_back(slot);
  Queue& queue = ladder_of(order)[rank_of(order.side, order.ticks)];
  queue.entries.push_back({slot, order.id});
  ++queue.live;
}

void ItchGenerator::leave(std::uint32_t slot) {
  Order& order = orders_[slot];
  Ladder& ladder = ladder_of(order);
  const auto level = ladder.find(rank_of(order.side, order.ticks));
  if (--level->second.live == 0) ladder.erase(level);
  live_[order.place_in_live] = live_.back();
  orders_[live_.back()].place_in_live = order.place_in_live;
  live_.pop_back();
  order.id = 0;
  free_.push_back(slot);
}

void ItchGenerator::take(std::uint32_t slot, std::uint32_t shares) {
  INVARIANT(shares <= orders_[slot].shares);
  orders_[slot].shares -= shares;
  if (orders_[slot].shares == 0) leave(slot);
}

std::vector<MarketOrder> ItchGenerator::resting(std::uint16_t locate, Side side) const {
  std::vector<MarketOrder> found;
  for (const auto& [rank, queue] : stocks_[locate].sides[place_of(side)]) {
    for (const Queue::Entry& entry : queue.entries) {
      const Order& order = orders_[entry.slot];
      if (order.id != entry.id) continue;
      found.push_back(
          {VenueOrderId{order.id}, BookIndex{locate}, side, Price{order.ticks * kTick}, Quantity{order.shares}});
    }
  }
  return found;
}

std::vector<std::byte> generate_itch(const ItchGeneratorOptions& options, std::uint64_t messages) {
  ItchGenerator generator(options);
  std::vector<std::byte> bytes;
  generator.open(bytes);
  for (std::uint64_t i = 0; i < messages; ++i) generator.next(bytes);
  generator.close(bytes);
  return bytes;
}

}  // namespace sluice::marketdata
