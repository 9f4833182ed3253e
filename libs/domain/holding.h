// Holding: what an account has in one instrument and what it made, by average cost. Exact integers, in price units ×
// quantity units; times the instrument's unit value they are money. The engine and the read models keep the same books.
//
// Rounding: when part of a position is closed, its share of the cost is rounded toward zero, and the fraction stays
// with what is open. Nothing is lost by it: realised + unrealised profit is cash + net × price, which is exact.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "domain/money.h"

namespace sluice {

struct Holding {
  Quantity net;     // bought - sold
  Int128 cash = 0;  // of all sales less all purchases
  Int128 cost = 0;  // of what is open; has the sign of net

  /// `bought` is negative for a sale, and not 0.
  constexpr void trade(Price price, std::int64_t bought) {
    cash -= static_cast<Int128>(price.value()) * bought;
    const std::int64_t held = net.value();
    net = Quantity{held + bought};
    if (held == 0 || (held > 0) == (bought > 0)) {
      cost += static_cast<Int128>(price.value()) * bought;
    } else if (magnitude(bought) < magnitude(held)) {
      cost -= share(cost, magnitude(bought), magnitude(held));
    } else {
      cost = static_cast<Int128>(price.value()) * net.value();  // closed, or turned over at this price
    }
  }
  /// Of what was closed.
  constexpr Int128 realised() const { return cash + cost; }
  /// Of what is open, at `price`.
  constexpr Int128 unrealised(Price price) const { return notional(price, net) - cost; }
  constexpr Int128 profit(Price price) const { return cash + notional(price, net); }
  /// Cost of what is open over its quantity, to the nearest price unit, halves up; 0 if nothing is open.
  constexpr Price average_price() const {
    if (net == Quantity{0}) return Price{0};
    const auto held = static_cast<Int128>(magnitude(net.value()));
    const Int128 paid = cost < 0 ? -cost : cost;
    return Price{static_cast<std::int64_t>((2 * paid + held) / (2 * held))};
  }

 private:
  static constexpr std::uint64_t magnitude(std::int64_t value) {
    return value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  }
  /// `whole` × part / of, toward zero, without a product that could overflow; part < of.
  static constexpr Int128 share(Int128 whole, std::uint64_t part, std::uint64_t of) {
    const auto p = static_cast<Int128>(part);
    const auto o = static_cast<Int128>(of);
    return whole / o * p + whole % o * p / o;
  }
};

/// Largest unit value of an instrument: a profit of any reachable size then fits into 128 bits (risk.h).
inline constexpr Money kUnitValueMax{std::int64_t{1} << 40};

/// `profit` in price × quantity units as money; at the ends of Money where it does not fit.
constexpr Money money_of(Int128 profit, Money unit_value) {
  constexpr Int128 kMax = std::numeric_limits<std::int64_t>::max();
  const Int128 limit = kMax / std::max<std::int64_t>(unit_value.value(), 1);
  const Int128 within = std::clamp(profit, -limit, limit);
  if (within != profit) return Money{static_cast<std::int64_t>(profit < 0 ? -kMax : kMax)};
  return Money{static_cast<std::int64_t>(within * unit_value.value())};
}

}  // namespace sluice
