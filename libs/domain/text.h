// FixedText<N>: up to N bytes of text held inline, zero-padded; trivially copyable, so that it can be hashed, compared
// and written as it is. Longer input is refused where it enters (FixedText::from), never cut.
#pragma once

#include <array>
#include <compare>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

template <std::size_t N>
class FixedText {
 public:
  static constexpr std::size_t kBytesMax = N;
  constexpr FixedText() = default;

  /// nullopt if `text` is longer than N bytes or contains a zero byte.
  static constexpr std::optional<FixedText> from(std::string_view text) {
    if (text.size() > N) return std::nullopt;
    FixedText fixed;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\0') return std::nullopt;
      fixed.bytes_[i] = text[i];
    }
    return fixed;
  }

  constexpr std::string_view view() const {
    std::size_t size = N;
    while (size > 0 && bytes_[size - 1] == '\0') --size;
    return {bytes_.data(), size};
  }
  std::string str() const { return std::string(view()); }
  constexpr bool empty() const { return bytes_[0] == '\0'; }
  constexpr auto operator<=>(const FixedText&) const = default;

 private:
  std::array<char, N> bytes_{};
};

/// Name of an account, strategy, instrument: 1..32 bytes of [A-Za-z0-9._:/-].
using Name = FixedText<32>;
/// Who asked: 1..64 bytes of printable ASCII.
using Principal = FixedText<64>;
/// A human reason for a kill or a release: 0..128 bytes.
using Note = FixedText<128>;
/// The client's name of an order: 1..20 bytes of printable ASCII.
using ClientOrderId = FixedText<20>;

/// True if `text` is a valid Name: 1..32 bytes of letters, digits and . _ : / -
bool is_valid_name(std::string_view text);
/// True if all bytes are printable ASCII (0x20..0x7e) and there are 1..`bytes_max` of them.
bool is_printable(std::string_view text, std::size_t bytes_max);

}  // namespace sluice

template <std::size_t N>
struct std::hash<sluice::FixedText<N>> {
  std::size_t operator()(const sluice::FixedText<N>& text) const noexcept {
    return std::hash<std::string_view>{}(text.view());
  }
};
