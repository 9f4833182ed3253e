// LobsterOracle: plays a LOBSTER sample as commands, one at a time, and counts how often the platform trades with the
// very order the exchange traded with (rules: the shared data's README; result: `sluice load --lobster`). It knows the
// platform only as an OrderGate, so that the same oracle judges the bare core and the whole live system. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "domain/commands.h"
#include "marketdata/lobster.h"

namespace sluice::cli {

/// A trade as the taker's command caused it.
struct GateTrade {
  OrderId maker;
  Price price;
  Quantity quantity;
  Quantity maker_left;
};
/// What one command caused, once it is executed.
struct GateAnswer {
  OrderId order;         // of the command
  std::string rejected;  // reason; empty if executed
  std::vector<GateTrade> trades;
  Quantity left;  // of the order after the command; 0 if it has ended
};
struct GateOrder {
  const char* account = "";
  std::string client_order_id;
  Side side = Side::kNone;
  Price price;
  Quantity quantity;
  TimeInForce tif = TimeInForce::kGtc;
};
/// A level as read back: price, quantity, orders.
using GateLevel = std::array<std::int64_t, 3>;

/// The platform as the oracle needs it: each call returns when its command is executed. Errors: the world's, never a
/// rejection.
class OrderGate {
 public:
  virtual ~OrderGate() = default;
  virtual Result<GateAnswer> submit(const GateOrder& order) = 0;
  virtual Result<GateAnswer> cancel(const char* account, OrderId order) = 0;
  virtual Result<GateAnswer> reduce_to(const char* account, OrderId order, Quantity total) = 0;
  /// Best levels of a side, at most `depth`.
  virtual Result<std::vector<GateLevel>> best(Side side, std::size_t depth) = 0;
  virtual Result<std::uint64_t> live_orders() = 0;
};

/// Accounts the oracle trades with; they and the instrument (tick 1, lot 1) must exist.
inline constexpr const char* kSeedAccount = "SEED";
inline constexpr const char* kLobsterAccount = "LOB";
inline constexpr const char* kTakerAccount = "TAKER";

class LobsterOracle {
 public:
  explicit LobsterOracle(OrderGate& gate) : gate_(gate) {}

  /// Plays the whole sample and reads the result back: the keys of expected_engine_replay.json, in its order. Errors:
  /// the gate's; kConflict if the platform refused a command that must not be refused (was the book empty at the
  /// start?).
  Result<nlohmann::ordered_json> run(const marketdata::LobsterSample& sample);

 private:
  struct Entered {
    const char* account = "";
    Quantity total;
    Quantity left;
  };
  using PlaceKey = std::pair<Side, Price>;

  Status seed(const marketdata::LobsterSample& sample);
  Status play(const marketdata::LobsterMessage& message);
  Status add(const marketdata::LobsterMessage& message);
  Status take_off(const marketdata::LobsterMessage& message);
  Status execute(const marketdata::LobsterMessage& message);
  Status reduce(OrderId order, Quantity size);
  Result<GateAnswer> submit(const GateOrder& order);
  std::optional<OrderId> seeded_at(const marketdata::LobsterMessage& message) const;
  bool live(OrderId order) const { return entered_.at(order).left > Quantity{0}; }

  OrderGate& gate_;
  nlohmann::ordered_json counts_ = nlohmann::ordered_json::object();
  void count(const std::string& what) { counts_[what] = counts_.value(what, 0) + 1; }
  std::unordered_map<OrderId, Entered> entered_;
  std::map<std::int64_t, OrderId> by_message_id_;
  std::map<PlaceKey, OrderId> seeded_;
  std::uint64_t seeds_ = 0;
  std::uint64_t takers_ = 0;
};

}  // namespace sluice::cli
