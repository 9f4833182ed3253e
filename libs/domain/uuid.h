// UUIDs: command ids (version 7, RFC 9562), kill ids, deployment ids. Making one needs a clock and chance:
// runtime/ids.h.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "domain/money.h"

namespace sluice {

/// Big-endian value: `hi` holds the first eight bytes of the text form.
struct Uuid {
  std::uint64_t hi = 0;
  std::uint64_t lo = 0;
  constexpr auto operator<=>(const Uuid&) const = default;
  constexpr bool is_nil() const { return hi == 0 && lo == 0; }
};
static_assert(sizeof(Uuid) == 16);

using CommandId = Uuid;
using KillId = Uuid;
using DeploymentId = Uuid;

/// Lower-case 8-4-4-4-12 text.
std::string to_string(const Uuid& uuid);
/// nullopt unless `text` is the 36-character form (any case).
std::optional<Uuid> parse_uuid(std::string_view text);
/// True if version and variant bits say UUID version 7.
constexpr bool is_version7(const Uuid& uuid) { return ((uuid.hi >> 12) & 0xf) == 7 && (uuid.lo >> 62) == 2; }
/// The time stamp inside a version-7 UUID (millisecond resolution); the largest Nanos if it lies beyond the year 2262.
constexpr Nanos time_of(const Uuid& uuid) {
  constexpr std::uint64_t kMillisMax = 0x7fffffffffffffffu / static_cast<std::uint64_t>(kNanosPerMilli);
  const std::uint64_t millis = uuid.hi >> 16;  // 48 bits from a client: more than Nanos can hold
  return Nanos{millis > kMillisMax ? 0x7fffffffffffffff : static_cast<std::int64_t>(millis) * kNanosPerMilli};
}
/// A version-7 UUID of `unix_millis` (48 bits) and 74 bits taken from `chance_hi` (low 12) and `chance_lo` (low 62).
constexpr Uuid make_uuid7(std::uint64_t unix_millis, std::uint64_t chance_hi, std::uint64_t chance_lo) {
  return {(unix_millis << 16) | 0x7000u | (chance_hi & 0xfffu),
          (std::uint64_t{2} << 62) | (chance_lo & ((std::uint64_t{1} << 62) - 1))};
}

}  // namespace sluice

template <>
struct std::hash<sluice::Uuid> {
  std::size_t operator()(const sluice::Uuid& uuid) const noexcept { return uuid.hi * 0x9E3779B97F4A7C15u ^ uuid.lo; }
};
