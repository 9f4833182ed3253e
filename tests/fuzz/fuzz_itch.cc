// ITCH 5.0 sessions, and the books made of them.
#include "marketdata/itch_books.h"
#include "tests/fuzz/fuzz_target.h"

using namespace sluice::marketdata;

FUZZ_TARGET(itch) {
  std::uint64_t seen = 0;
  const itch::Decoded decoded =
      itch::decode_headers(bytes, [&](const itch::Header& header) { seen += itch::size_of(header.type); });
  (void)itch::status_of(decoded).ok();
  if (seen + 2 * decoded.messages > bytes.size()) __builtin_trap();  // more was given out than is there
  ItchBooks books(16, 64);
  (void)books.apply(bytes);
}
