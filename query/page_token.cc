#include "query/page_token.h"

#include <array>
#include <charconv>
#include <cstdio>

#include "base/hash.h"

namespace sluice::query {

namespace {
constexpr std::size_t kTokenBytes = 4 + 16 + 16;  // shard, after, check; in hex

/// Ties place and filters together. Not a secret: a forged token reads nothing that its request could not ask for
/// anyway.
std::uint64_t check_of(const PagePlace& place, std::string_view filters) {
  return hash_bytes(std::as_bytes(std::span(filters)), place.shard.value()).lo ^ place.after;
}

template <typename Number>
bool parse(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  return error == std::errc{} && end == text.data() + text.size();
}
}  // namespace

std::string encode_page_token(const PagePlace& place, std::string_view filters) {
  std::array<char, kTokenBytes + 1> text{};
  std::snprintf(text.data(), text.size(), "%04x%016llx%016llx", static_cast<unsigned>(place.shard.value()),
                static_cast<unsigned long long>(place.after),
                static_cast<unsigned long long>(check_of(place, filters)));
  return text.data();
}

std::optional<PagePlace> decode_page_token(std::string_view token, std::string_view filters) {
  if (token.empty()) return PagePlace{};
  if (token.size() != kTokenBytes) return std::nullopt;
  std::uint16_t shard = 0;
  std::uint64_t after = 0;
  std::uint64_t check = 0;
  if (!parse(token.substr(0, 4), shard) || !parse(token.substr(4, 16), after) || !parse(token.substr(20), check))
    return std::nullopt;
  const PagePlace place{ShardId{shard}, after};
  if (check != check_of(place, filters)) return std::nullopt;
  return place;
}

}  // namespace sluice::query
