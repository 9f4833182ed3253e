// Reader of LOBSTER samples (lobsterdata.com): one CSV of order messages and one of the book after each of them.
//
// Strict: a field that is missing, superfluous, no number, or outside the format's values is an error that names its
// line; a sample is read completely or not at all. Times are exact integer nanoseconds since midnight. Pure functions;
// any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/commands.h"

namespace sluice::marketdata {

/// What a message tells; values as in the file.
enum class LobsterType : std::uint8_t {
  kNewOrder = 1,
  kPartialCancel = 2,
  kDelete = 3,
  kVisibleExecution = 4,
  kHiddenExecution = 5,
  kCross = 6,
  kHalt = 7,
};

struct LobsterMessage {
  Nanos time;  // since midnight
  LobsterType type = LobsterType::kNewOrder;
  std::int64_t order_id = 0;
  Quantity size;            // shares
  Price price;              // USD × 10,000
  Side side = Side::kNone;  // of the resting order, also for executions
};

/// One side of one level. A level that does not exist has quantity 0 and no price.
struct LobsterLevel {
  Price price;
  Quantity quantity;
  bool operator==(const LobsterLevel&) const = default;
};
/// The book after a message; both sides have the same number of levels, best first.
struct LobsterBook {
  std::vector<LobsterLevel> asks;
  std::vector<LobsterLevel> bids;
};

/// Message i leads to book i.
struct LobsterSample {
  std::vector<LobsterMessage> messages;
  std::vector<LobsterBook> books;
};

/// Errors of all three: kInvalidArgument with file or line, field and value.
Result<std::vector<LobsterMessage>> parse_lobster_messages(std::string_view text);
Result<std::vector<LobsterBook>> parse_lobster_books(std::string_view text);

/// Reads the one `*_message_*.csv` and the one `*_orderbook_*.csv` of a folder. Also kNotFound if one is absent or
/// ambiguous, kInvalidArgument if the two have different lengths or none.
Result<LobsterSample> load_lobster(const std::filesystem::path& folder);

}  // namespace sluice::marketdata
