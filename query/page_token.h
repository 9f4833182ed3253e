// Page tokens: where the next page of a list begins, in a form that clients hand back and do not look into. A token
// belongs to the request it came from: with other filters it is refused, not misread. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/ids.h"

namespace sluice::query {

/// The next page begins behind `after` in `shard`.
struct PagePlace {
  ShardId shard;
  std::uint64_t after = 0;
};

/// `filters` is any text that names the list and its filters.
std::string encode_page_token(const PagePlace& place, std::string_view filters);
/// The beginning for an empty token; nullopt if the token is damaged or belongs to other filters.
std::optional<PagePlace> decode_page_token(std::string_view token, std::string_view filters);

}  // namespace sluice::query
