// 128-bit hash of a byte sequence and a 128-bit sum: the parts of the state hash and of command body hashes. The same
// on every machine and build (little-endian reads, fixed constants, no seed), and NOT cryptographic: SHA-256 protects
// the log itself.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>

namespace sluice {

__extension__ typedef unsigned __int128 Uint128;
__extension__ typedef __int128 Int128;

/// Two 64-bit halves; adds modulo 2^128, so that a sum over entities does not depend on their order.
struct Hash128 {
  std::uint64_t hi = 0;
  std::uint64_t lo = 0;
  bool operator==(const Hash128&) const = default;

  constexpr Hash128& operator+=(const Hash128& other) {
    const std::uint64_t sum = lo + other.lo;
    hi += other.hi + (sum < lo ? 1u : 0u);
    lo = sum;
    return *this;
  }
  constexpr Hash128& operator-=(const Hash128& other) {
    hi -= other.hi + (lo < other.lo ? 1u : 0u);
    lo -= other.lo;
    return *this;
  }
};
static_assert(sizeof(Hash128) == 16);

/// 32 hexadecimal digits.
inline std::string to_hex(const Hash128& hash) {
  std::string text(32, '0');
  for (int i = 0; i < 16; ++i) {
    text[static_cast<std::size_t>(15 - i)] = "0123456789abcdef"[hash.hi >> (4 * i) & 15];
    text[static_cast<std::size_t>(31 - i)] = "0123456789abcdef"[hash.lo >> (4 * i) & 15];
  }
  return text;
}

namespace detail {
constexpr std::uint64_t fold_multiply(std::uint64_t a, std::uint64_t b) {
  const Uint128 product = static_cast<Uint128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}
inline std::uint64_t read_u64(const std::byte* bytes, std::size_t count) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, count);
  return word;
}
}  // namespace detail

/// Hash of `bytes` under `domain`, a small constant that keeps kinds of entities apart.
inline Hash128 hash_bytes(std::span<const std::byte> bytes, std::uint64_t domain) {
  using detail::fold_multiply;
  std::uint64_t a = 0x9E3779B97F4A7C15u ^ domain;
  std::uint64_t b = 0xC2B2AE3D27D4EB4Fu + (static_cast<std::uint64_t>(bytes.size()) ^ (domain << 32));
  const auto take = [&a, &b](std::uint64_t x, std::uint64_t y) {
    a = fold_multiply(a ^ x, 0xA0761D6478BD642Fu ^ y) + b;
    b = fold_multiply(b ^ y, 0xE7037ED1A0B428DBu ^ x) ^ (a >> 29);
  };
  std::size_t at = 0;
  // Whole pairs of words first: the entities have sizes known to the compiler, and this part no questions.
  for (; at + 16 <= bytes.size(); at += 16)
    take(detail::read_u64(bytes.data() + at, 8), detail::read_u64(bytes.data() + at + 8, 8));
  if (const std::size_t left = bytes.size() - at; left > 0) {
    const std::size_t first = std::min<std::size_t>(8, left);
    take(detail::read_u64(bytes.data() + at, first), detail::read_u64(bytes.data() + at + first, left - first));
  }
  return {fold_multiply(a ^ 0x8EBC6AF09C88C6E3u, b ^ 0x589965CC75374CC3u),
          fold_multiply(b ^ 0x1D8E4E27C47D124Fu, a + 0x9E3779B97F4A7C15u)};
}

/// Hash of a trivially copyable value without padding.
template <typename T>
Hash128 hash_value(const T& value, std::uint64_t domain) {
  static_assert(std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T>);
  return hash_bytes(std::as_bytes(std::span(&value, 1)), domain);
}

}  // namespace sluice
