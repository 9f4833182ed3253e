// OrderFlow: seeded random commands that make queues, crosses, kills and refusals frequent: few prices, few accounts,
// small sizes.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "domain/commands.h"

namespace sluice::property {

/// A kill or a complete release of a scope, by number: account, instrument or strategy id.
struct KillStep {
  KillScope scope = KillScope::kGlobal;
  std::uint32_t id = 0;
  bool release = false;
  bool by_latch = false;  // store it in the latch before the next frame instead of sending it
};
struct LimitStep {
  std::uint32_t account = 0;
  LimitKind kind = LimitKind::kMaxOrderQuantity;
  std::optional<std::int64_t> value;
};
/// One step; OrderCommands come without a command id.
using FlowStep = std::variant<OrderCommand, KillStep, LimitStep>;

inline constexpr std::uint32_t kAccounts = 4;
inline constexpr std::uint32_t kStrategies = 2;
inline constexpr std::uint32_t kInstruments = 2;
inline constexpr std::int64_t kLowestPrice = 95;
inline constexpr std::int64_t kHighestPrice = 105;

struct FlowMix {
  int kills_percent = 3;
  int limits_percent = 2;
  bool matching_extras = true;  // post-only, FOK, self-trade prevention, stops, icebergs
};

class OrderFlow {
 public:
  OrderFlow(std::uint64_t seed, FlowMix mix) : chance_(seed), mix_(mix) {}
  FlowStep next();

 private:
  std::int64_t pick(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(chance_() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool percent(int of_hundred) { return pick(1, 100) <= of_hundred; }
  OrderCommand new_order();
  OrderCommand change(OrderCommandKind kind);
  KillStep kill_or_release();
  LimitStep limit();

  std::mt19937_64 chance_;  // its sequence is fixed by the standard, unlike the distributions'
  FlowMix mix_;
  std::vector<OrderCommand> recent_;  // submitted lately: what cancels and replaces aim at
  std::uint64_t named_ = 0;
  std::vector<KillStep> open_kills_;  // not yet released
};

}  // namespace sluice::property
