// Every business "no" and every cause of a cancel: one name per cause. Values are in the log: never renumber, only
// append.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice {

/// Why a command was rejected. The order of checks is documented in engine/core/engine.h.
enum class RejectReason : std::uint8_t {
  kNone = 0,
  // the idempotency key
  kExpired = 1,              // time stamp of the command id, or valid_until, is outside the window around log time
  kIdempotencyConflict = 2,  // same command id, other content
  // orders: rules R-VAL, R-KILL, R-RISK, R-POST, R-CXL
  kDuplicateId = 10,
  kInvalidQuantity = 11,
  kInvalidPrice = 12,
  kInvalidDisplay = 13,
  kKilled = 14,
  kMaxOrderQuantity = 15,
  kMaxOrderNotional = 16,
  kPriceBand = 17,
  kMaxOpenOrders = 18,
  kMaxPosition = 19,
  kMaxOpenNotional = 20,
  kRateLimit = 21,
  kPostOnly = 22,
  kUnknownOrder = 23,
  kStopInMarket = 24,
  kUnsupported = 25,  // in the contract, not in this version's engine
  kUnknownInstrument = 26,
  kUnknownAccount = 27,
  kUnknownStrategy = 28,
  kWrongShard = 29,     // the instrument lives in another shard
  kCapacity = 30,       // a fixed pool is full; nothing changed
  kInvalidId = 31,      // client order id missing where one is needed
  kInvalidExpiry = 32,  // GTD without an end, or with one that is past; an end without GTD
  kInstrumentHalted = 33,
  kInstrumentClosed = 34,
  kMaxDailyTrades = 35,  // reached before this order
  kMaxDailyLoss = 36,
  // reference data and limits
  kAlreadyDefined = 40,  // same name, other definition
  kInvalidDefinition = 41,
  kInvalidLimit = 42,
  // kill switch
  kUnknownKill = 50,     // no such kill, or the scope is not engaged
  kSuperseded = 51,      // a newer kill engaged the scope
  kSamePerson = 52,      // the approver requested the release
  kUnknownRelease = 53,  // no such request, or it has been used
  kReleaseExpired = 54,  // the request is older than its validity
};

/// Why an order ended without being filled.
enum class CancelReason : std::uint8_t {
  kNone = 0,
  kUser = 1,
  kIoc = 2,
  kFok = 3,
  kNoLiquidity = 4,
  kSelfTrade = 5,
  kKill = 6,
  kBelowFilled = 7,
  kTimeInForce = 8,
  kDisconnect = 9,
};

/// Why a CMD message could not be executed as a frame at all.
enum class FrameFault : std::uint8_t {
  kNone = 0,
  kNotAFrame = 1,  // fails the FlatBuffers verifier, the size or the schema check
  kWrongDeployment = 2,
  kWrongShard = 3,
  kWrongClass = 4,  // commands that do not belong to the subject's class
  kOutOfRange = 5,  // unknown enum value, reserved bytes set, text that is not text, too many commands
};

/// Lower-case snake_case names as clients, scenarios and metrics see them (`invalid_qty`, `stp`, …).
std::string_view name_of(RejectReason reason);
std::string_view name_of(CancelReason reason);
std::string_view name_of(FrameFault fault);

}  // namespace sluice
