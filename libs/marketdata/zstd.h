// Unpacking of zstd streams. Pure function; any thread.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"

namespace sluice::marketdata {

/// The content of `packed`: one zstd frame or several behind each other. Errors: kCorrupt if it is damaged, cut off or
/// empty; kTooLarge if the content has more than `bytes_max` bytes, whatever its header claims.
Result<std::vector<std::byte>> unpack_zstd(std::span<const std::byte> packed, std::size_t bytes_max);

}  // namespace sluice::marketdata
