// LiveGate: the oracle's gate into a running Sluice: commands by gRPC, results read back from the query service. One
// thread.
#pragma once

#include <string>

#include "cli/live_client.h"
#include "cli/lobster_oracle.h"

namespace sluice::cli {

class LiveGate final : public OrderGate {
 public:
  LiveGate(LiveClient& client, std::string symbol) : client_(client), symbol_(std::move(symbol)) {}

  /// Defines the instrument and registers the oracle's accounts. kConflict if the instrument already has live orders of
  /// theirs.
  Status prepare();

  Result<GateAnswer> submit(const GateOrder& order) override;
  Result<GateAnswer> cancel(const char* account, OrderId order) override;
  Result<GateAnswer> reduce_to(const char* account, OrderId order, Quantity total) override;
  Result<std::vector<GateLevel>> best(Side side, std::size_t depth) override;
  Result<std::uint64_t> live_orders() override;

 private:
  LiveClient& client_;
  const std::string symbol_;
};

}  // namespace sluice::cli
