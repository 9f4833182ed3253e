// INET order files, and the book made of them.
#include <string_view>

#include "marketdata/inet_orders.h"
#include "tests/fuzz/fuzz_target.h"

using namespace sluice::marketdata;

FUZZ_TARGET(inet) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto messages = parse_inet_orders(text);
  if (!messages.ok()) return;
  MarketBooks books(1, 64);
  for (const InetMessage& message : messages.value()) (void)apply(message, BookIndex{0}, books);
}
