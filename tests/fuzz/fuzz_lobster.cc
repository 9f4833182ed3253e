// LOBSTER files, of messages and of books.
#include <string_view>

#include "marketdata/lobster.h"
#include "tests/fuzz/fuzz_target.h"

FUZZ_TARGET(lobster) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  (void)sluice::marketdata::parse_lobster_messages(text).ok();
  (void)sluice::marketdata::parse_lobster_books(text).ok();
}
