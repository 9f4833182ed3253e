#include "marketdata/zstd.h"

#include <zstd.h>

#include <algorithm>
#include <memory>
#include <string>

namespace sluice::marketdata {

namespace {

struct FreeStream {
  void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
};

}  // namespace

Result<std::vector<std::byte>> unpack_zstd(std::span<const std::byte> packed, std::size_t bytes_max) {
  const std::unique_ptr<ZSTD_DStream, FreeStream> stream(ZSTD_createDStream());
  if (!stream) return Error{ErrorCode::kInternal, "zstd: no memory"};
  std::vector<std::byte> content;
  std::vector<std::byte> block(ZSTD_DStreamOutSize());
  ZSTD_inBuffer in{packed.data(), packed.size(), 0};
  std::size_t wanted = 1;  // 0 at the end of a frame
  for (bool more = true; more;) {
    ZSTD_outBuffer out{block.data(), block.size(), 0};
    const std::size_t before = in.pos;
    wanted = ZSTD_decompressStream(stream.get(), &out, &in);
    if (ZSTD_isError(wanted) != 0) {
      return Error{ErrorCode::kCorrupt,
                   "zstd: " + std::string(ZSTD_getErrorName(wanted)) + " at offset " + std::to_string(before)};
    }
    if (out.pos > bytes_max - content.size()) {
      return Error{ErrorCode::kTooLarge, "zstd: more than " + std::to_string(bytes_max) + " bytes"};
    }
    content.insert(content.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(out.pos));
    // A full block may hide more that is already decoded, even at the end of the input.
    more = in.pos < in.size || (out.pos == out.size && wanted != 0);
  }
  if (wanted != 0) return Error{ErrorCode::kCorrupt, "zstd: cut off at offset " + std::to_string(packed.size())};
  return content;
}

}  // namespace sluice::marketdata
