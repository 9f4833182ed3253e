#include "domain/uuid.h"

#include <array>

namespace sluice {

std::string to_string(const Uuid& uuid) {
  std::string text(36, '-');
  std::size_t at = 0;
  for (const std::uint64_t half : {uuid.hi, uuid.lo}) {
    for (int shift = 60; shift >= 0; shift -= 4) {
      if (at == 8 || at == 13 || at == 18 || at == 23) ++at;
      text[at++] = "0123456789abcdef"[half >> shift & 15];
    }
  }
  return text;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::array<std::uint64_t, 2> halves{};
  int digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (c != '-') return std::nullopt;
      continue;
    }
    unsigned nibble = 0;
    if (c >= '0' && c <= '9') nibble = static_cast<unsigned>(c - '0');
    else if (c >= 'a' && c <= 'f') nibble = static_cast<unsigned>(c - 'a') + 10;
    else if (c >= 'A' && c <= 'F') nibble = static_cast<unsigned>(c - 'A') + 10;
    else return std::nullopt;
    auto& half = halves[digits < 16 ? 0 : 1];
    half = (half << 4) | nibble;
    ++digits;
  }
  return Uuid{halves[0], halves[1]};
}

}  // namespace sluice
