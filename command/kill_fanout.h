// KillFanout: one kill to every shard by both paths at once: directly to the engines (own connections), and into each
// shard's CMD (own connection, never behind orders). What either path does is idempotent by kill id. Threads: any.
#pragma once

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

  /// One kill on its way.
  struct Pending;
  /// Starts both paths and does not block: a kill waits for no other. `wait`: how long (a span) it is followed; the log
  /// path keeps trying after that.
  std::shared_ptr<Pending> start(const EngageKillSwitch& kill, const Principal& by, Nanos wait);
  /// Blocks until every shard's EVT records the kill or its wait is over.
  void wait(const Pending& pending) const;
  /// How far each shard is just now.
  void report(Pending& pending, v1::EngageResponse& response) const;

 private:
  static bool report_latched(Pending& pending, ShardId shard, v1::ShardKill& entry);

  std::vector<std::unique_ptr<ShardLink>>& shards_;
  const KillBook& book_;
  struct Engine {
    ShardId shard;
    std::unique_ptr<v1::EngineControlService::Stub> stub;
  };
  std::vector<Engine> engines_;
};

}  // namespace sluice::command
