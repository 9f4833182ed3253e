// KillFanout: one kill to every shard by both paths at once: directly to the engines (own connections), and into each
// shard's CMD (own connection, never behind orders). What either path does is idempotent by kill id. A kill that comes
// before the log could be read takes the direct path at once and the other as soon as there is one. Threads: any.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "command/kill_book.h"
#include "command/shard_links.h"
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
  /// Kills that are not recorded everywhere yet and are remembered at most.
  static constexpr std::size_t kUnconfirmedMax = 1024;
  struct Asked {
    EngageKillSwitch kill;
    Principal by;
  };

  KillFanout(const ShardLinks& shards, const KillBook& book, const std::vector<EngineAddress>& engines);
  ~KillFanout();

  /// One kill on its way.
  struct Pending;
  struct Logged;
  /// Starts both paths and does not block: a kill waits for no other. `wait`: how long (a span) it is followed; the log
  /// path keeps trying after that.
  std::shared_ptr<Pending> start(const EngageKillSwitch& kill, const Principal& by, Nanos wait);
  /// Blocks until every shard's EVT records the kill and answers its command, or its wait is over.
  void wait(const Pending& pending) const;
  /// How far each shard is just now.
  void report(Pending& pending, v1::EngageResponse& response);
  /// The shards have been linked: those kills that came before enter the log now.
  void log_unconfirmed();
  /// Kills that this service was asked for and that not every shard records.
  std::vector<Asked> unconfirmed();
  /// How often a shard's entry in an answer said `progress`. Any thread.
  const std::atomic<std::uint64_t>& answered(v1::KillProgress progress) const { return answered_[progress]; }

 private:
  /// Remembers the kill until it is recorded. False if too many are.
  bool remember(const Asked& asked, bool& linked);
  void latch(const std::shared_ptr<Pending>& pending, const EngageKillSwitch& kill, const Principal& by, Nanos wait);
  /// Into every shard's CMD; for each shard why not, or nothing.
  std::vector<std::string> log(const Asked& asked, Nanos deadline, const std::shared_ptr<Logged>& logged);
  std::vector<ShardId> known_shards() const;
  void report_shard(Pending& pending, ShardId shard, v1::EngageResponse& response) const;

  const ShardLinks& shards_;
  const KillBook& book_;
  struct Engine {
    ShardId shard;
    std::unique_ptr<v1::EngineControlService::Stub> stub;
  };
  std::vector<Engine> engines_;
  std::array<std::atomic<std::uint64_t>, v1::KillProgress_ARRAYSIZE> answered_{};
  std::mutex mutex_;  // of unconfirmed_
  std::vector<Asked> unconfirmed_;
};

}  // namespace sluice::command
