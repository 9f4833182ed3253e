// Exact quantities. No floating point anywhere; nothing converts silently.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "base/hash.h"
#include "base/strong.h"

namespace sluice {

/// In the instrument's price unit. Valid prices are positive multiples of its tick size.
using Price = Strong<struct PriceTag, std::int64_t>;
/// In the instrument's quantity unit. Valid quantities are positive multiples of its lot size; a position may be
/// negative.
using Quantity = Strong<struct QuantityTag, std::int64_t>;
/// Micro-units of the settlement currency.
using Money = Strong<struct MoneyTag, std::int64_t>;
/// Nanoseconds since the Unix epoch, or a span of nanoseconds where the name says so.
using Nanos = Strong<struct NanosTag, std::int64_t>;

inline constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
inline constexpr std::int64_t kNanosPerMilli = 1'000'000;

/// Largest price and quantity a client may name; leaves room for sums without overflow (2^20 orders of 2^40 stay below
/// 2^60).
inline constexpr Price kPriceMax{std::int64_t{1} << 40};
inline constexpr Quantity kQuantityMax{std::int64_t{1} << 40};

/// An iceberg shows at least this fraction of its total: each tranche is a trade of its own, and without a bound one
/// command could cause 2^40 of them.
inline constexpr std::int64_t kTranchesMax = 1000;

/// price × quantity, exact: at most 2^80, so it needs 128 bits.
constexpr Int128 notional(Price price, Quantity quantity) {
  return static_cast<Int128>(price.value()) * quantity.value();
}

constexpr Quantity operator+(Quantity a, Quantity b) { return Quantity{a.value() + b.value()}; }
constexpr Quantity operator-(Quantity a, Quantity b) { return Quantity{a.value() - b.value()}; }
constexpr Nanos operator+(Nanos a, Nanos b) { return Nanos{a.value() + b.value()}; }
constexpr Nanos operator-(Nanos a, Nanos b) { return Nanos{a.value() - b.value()}; }

}  // namespace sluice
