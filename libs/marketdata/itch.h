// Decoder of NASDAQ TotalView-ITCH 5.0 in the framing of the published files: each message behind its length, two bytes
// big-endian; a length of zero ends the session.
//
// Reads in place: a visitor gets references into the caller's bytes. No allocation, no virtual call, no exception, no
// read beyond the span, whatever the bytes are. A message of a known type must have exactly the size of its type; an
// unknown type is counted and passed over by its length, since venues add types. Stateless; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/result.h"
#include "marketdata/itch_messages.h"

namespace sluice::marketdata::itch {

/// What is wrong with the bytes.
enum class Fault : std::uint8_t {
  kNone,
  kTruncated,      // the bytes end within a length or a message: cut off, or more is to come
  kWrongLength,    // a known type with another length than its own
  kBytesAfterEnd,  // something follows the end of the session
};

/// What decode() found.
struct Decoded {
  std::uint64_t messages = 0;  // of known types
  std::uint64_t unknown = 0;   // passed over
  std::size_t consumed = 0;    // bytes of what was whole and right; a fault is at this offset
  Fault fault = Fault::kNone;
  bool ended = false;        // the end of the session was there
  char type = 0;             // at a fault: of that message, 0 if its type is not there
  std::uint16_t length = 0;  // at a fault: as its prefix says
};

/// Ok, or kCorrupt with fault, offset, type and lengths.
Status status_of(const Decoded& decoded);

namespace detail {

/// Calls `take` with a null pointer to the message type of `type`; `otherwise` if there is none. The one list of types.
template <typename Take, typename Otherwise>
[[gnu::always_inline]] constexpr auto with_type(char type, Take&& take, Otherwise&& otherwise) {
  switch (type) {
    case 'A': return take(static_cast<AddOrder*>(nullptr));
    case 'D': return take(static_cast<OrderDeleted*>(nullptr));
    case 'U': return take(static_cast<OrderReplaced*>(nullptr));
    case 'E': return take(static_cast<OrderExecuted*>(nullptr));
    case 'X': return take(static_cast<OrderCancelled*>(nullptr));
    case 'F': return take(static_cast<AddOrderAttributed*>(nullptr));
    case 'C': return take(static_cast<OrderExecutedAtPrice*>(nullptr));
    case 'P': return take(static_cast<Trade*>(nullptr));
    case 'I': return take(static_cast<OrderImbalance*>(nullptr));
    case 'S': return take(static_cast<SystemEvent*>(nullptr));
    case 'R': return take(static_cast<StockDirectory*>(nullptr));
    case 'H': return take(static_cast<TradingAction*>(nullptr));
    case 'Y': return take(static_cast<ShortSaleRestriction*>(nullptr));
    case 'L': return take(static_cast<ParticipantPosition*>(nullptr));
    case 'V': return take(static_cast<MarketWideDeclineLevels*>(nullptr));
    case 'W': return take(static_cast<MarketWideStatus*>(nullptr));
    case 'K': return take(static_cast<IpoQuotingPeriod*>(nullptr));
    case 'J': return take(static_cast<AuctionCollar*>(nullptr));
    case 'h': return take(static_cast<OperationalHalt*>(nullptr));
    case 'Q': return take(static_cast<CrossTrade*>(nullptr));
    case 'B': return take(static_cast<BrokenTrade*>(nullptr));
    case 'N': return take(static_cast<RetailInterest*>(nullptr));
    case 'O': return take(static_cast<DirectListing*>(nullptr));
    default: return otherwise();
  }
}

}  // namespace detail

/// Every known type once, in the order of the specification.
inline constexpr std::string_view kTypes = "SRHYLVWKJhAFECXDUPQBINO";

/// Size in bytes of a message of `type`; 0 if the type is unknown.
constexpr std::size_t size_of(char type) {
  return detail::with_type(
      type, []<typename Message>(Message*) { return sizeof(Message); }, [] { return std::size_t{0}; });
}

namespace detail {
inline constexpr std::array<std::uint8_t, 256> kSizes = [] {
  std::array<std::uint8_t, 256> sizes{};
  for (const char type : kTypes) sizes[static_cast<unsigned char>(type)] = static_cast<std::uint8_t>(size_of(type));
  return sizes;
}();
}  // namespace detail

/// Calls `visit` with a message whose length is that of its type, if it has an overload for it.
template <typename Visitor>
[[gnu::always_inline]] inline void visit_typed(const Header& message, Visitor&& visit) {
  detail::with_type(
      message.type,
      [&]<typename Message>(Message*) {
        if constexpr (std::is_invocable_v<Visitor&, const Message&>) visit(reinterpret_cast<const Message&>(message));
      },
      [] {});
}

/// Calls `take` with the header of each message of a known type in turn, until the bytes end, the session ends, or a
/// fault. What follows the header is that of the type, and lives as long as `bytes`.
template <typename Take>
Decoded decode_headers(std::span<const std::byte> bytes, Take&& take) {
  Decoded decoded;
  const std::byte* at = bytes.data();
  const std::byte* const end = at + bytes.size();
  while (end - at >= 2) {
    const std::size_t length = std::to_integer<std::size_t>(at[0]) << 8 | std::to_integer<std::size_t>(at[1]);
    if (length == 0) {
      decoded.ended = true;
      at += 2;
      break;
    }
    if (static_cast<std::size_t>(end - at) < 2 + length) break;
    const std::size_t due = detail::kSizes[std::to_integer<unsigned char>(at[2])];
    if (due == length) {
      ++decoded.messages;
      take(*reinterpret_cast<const Header*>(at + 2));
    } else if (due == 0) {
      ++decoded.unknown;
    } else {
      decoded.fault = Fault::kWrongLength;
      break;
    }
    at += 2 + length;
  }
  decoded.consumed = static_cast<std::size_t>(at - bytes.data());
  if (at != end && decoded.fault == Fault::kNone) {
    decoded.fault = decoded.ended ? Fault::kBytesAfterEnd : Fault::kTruncated;
  }
  if (decoded.fault != Fault::kNone && !decoded.ended) {
    if (end - at >= 2) {
      decoded.length =
          static_cast<std::uint16_t>(std::to_integer<unsigned>(at[0]) << 8 | std::to_integer<unsigned>(at[1]));
    }
    if (end - at >= 3) decoded.type = std::to_integer<char>(at[2]);
  }
  return decoded;
}

/// As decode_headers(), with the messages themselves. A visitor is any callable with overloads for the types it wants,
/// as `const AddOrder&`; the others are passed over. To read a stream in pieces: on kTruncated keep what is behind
/// `consumed`, and put the next piece behind it.
template <typename Visitor>
Decoded decode(std::span<const std::byte> bytes, Visitor&& visit) {
  return decode_headers(bytes, [&](const Header& message) { visit_typed(message, visit); });
}

/// Appends a message behind its length.
template <typename Message>
void append(std::vector<std::byte>& bytes, const Message& message) {
  static_assert(size_of(Message::kType) == sizeof(Message));
  const U16 length(sizeof(Message));
  const auto prefix = std::as_bytes(std::span(&length, 1));
  const auto body = std::as_bytes(std::span(&message, 1));
  bytes.insert(bytes.end(), prefix.begin(), prefix.end());
  bytes.insert(bytes.end(), body.begin(), body.end());
}

/// Appends the end of the session.
inline void append_end(std::vector<std::byte>& bytes) { bytes.resize(bytes.size() + 2); }

}  // namespace sluice::marketdata::itch
