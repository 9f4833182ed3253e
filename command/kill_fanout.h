// KillFanout: one kill to every shard by both paths at once: directly to the engines (own connections), and into each
// shard's CMD (own connection, never behind orders). What either path does is idempotent by kill id. Threads: any.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "command/kill_book.h"
#include "command/shard_link.h"
#include "sluice/v1/engine.grpc.pb.h"
#include "sluice/v1/kill_switch.pb.h"

namespace sluice::command {

/// Control port of an engine, owner or standby, of a shard.
struct EngineAddress {
  ShardId shard;
  std::string address;
};

class KillFanout {
 public:
  KillFanout(std::vector<std::unique_ptr<ShardLink>>& shards, const KillBook& book,
             const std::vector<EngineAddress>& engines);
  ~KillFanout();

  /// Starts both paths, waits until every shard's EVT records the kill or `wait` (a span) is over, and says how far
  /// each shard is. The log path keeps trying after that. Blocks.
  void engage(const EngageKillSwitch& kill, const Principal& by, Nanos wait, v1::EngageResponse& response);
  /// How often a shard's entry in an answer said `progress`. Any thread.
  const std::atomic<std::uint64_t>& answered(v1::KillProgress progress) const { return answered_[progress]; }

 private:
  struct Direct;
  std::vector<std::unique_ptr<ShardLink>>& shards_;
  const KillBook& book_;
  struct Engine {
    ShardId shard;
    std::unique_ptr<v1::EngineControlService::Stub> stub;
  };
  std::vector<Engine> engines_;
  std::array<std::atomic<std::uint64_t>, v1::KillProgress_ARRAYSIZE> answered_{};
};

}  // namespace sluice::command
