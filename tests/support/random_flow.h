// RandomFlow: a seeded mix of everything a shard can be asked, for properties. The same seed gives the same log.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "support/shard_rig.h"

namespace sluice::test {

class RandomFlow {
 public:
  /// Registers 4 accounts, 2 strategies and 2 instruments.
  RandomFlow(ShardRig& rig, std::uint64_t seed);

  /// Writes one more answer: orders, cancels, replaces (also of orders that are gone), limits, kills, releases, a
  /// take-over.
  void step();

  const std::vector<AccountId>& accounts() const { return accounts_; }
  const std::vector<InstrumentId>& instruments() const { return instruments_; }

 private:
  std::uint64_t below(std::uint64_t bound) {
    return engine_() % bound;
  }  // not std::uniform…: that differs between libraries
  OrderCommand random_order();
  void random_orders();
  void kill_and_release();

  ShardRig& rig_;
  std::mt19937_64 engine_;
  std::vector<AccountId> accounts_;
  std::vector<StrategyId> strategies_;
  std::vector<InstrumentId> instruments_;
  std::uint64_t submitted_ = 0;
};

}  // namespace sluice::test
