// EngageProgress: how far one kill has come in each shard, as the command service, the engines and the log say: always
// the best that any of them said. Threads: any; one lock.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/ids.h"
#include "runtime/doorbell.h"
#include "sluice/v1/engine.pb.h"
#include "sluice/v1/kill_switch.pb.h"

namespace sluice::cli {

/// An engine's control port; its shard, if that is known before it answers.
struct EngineTarget {
  std::string address;
  std::optional<ShardId> shard;
};

/// Name of the path by the command service.
inline constexpr const char* kServicePath = "service";

/// Where the event log records a kill in one shard.
struct KillRecorded {
  std::uint64_t event_sequence = 0;
  std::string chain;  // of that message, in hex
  std::uint64_t orders_cancelled = 0;
};

class EngageProgress {
 public:
  /// What a path has said last.
  struct Path {
    std::string name;  // kServicePath, or the engine's address
    std::optional<ShardId> shard;
    bool answered = false;  // it took the kill, or refused it
    bool refused = false;   // by the service: the request is wrong
    std::string error;      // why it has not answered
  };

  /// `shards`: those known before anybody answers. The paths are numbered: engines in their order, behind them the
  /// service, if it is asked.
  EngageProgress(std::string kill_id, const std::vector<ShardId>& shards, const std::vector<EngineTarget>& engines,
                 bool service);

  void take(std::size_t path, const v1::LatchResponse& latched);
  void take(std::size_t path, const v1::EngageResponse& answer);
  void take(ShardId shard, const KillRecorded& record);
  void fail(std::size_t path, std::string error, bool refused = false);
  /// The deployment has shards 0 to count - 1, whoever answers.
  void know_shards(std::size_t count);

  bool confirmed() const;
  /// True if every shard has latched it at least.
  bool latched() const;
  /// True if nothing more can be learned but from the log: every path has answered or failed once.
  bool all_heard() const;
  bool refused() const;
  /// What is known now, shard by shard; shards whose engines did not answer included.
  v1::EngageResponse report() const;
  std::vector<Path> paths() const;
  /// Rung at every change.
  runtime::Doorbell& changed() { return changed_; }

 private:
  v1::ShardKill& entry(ShardId shard);
  bool all_at_least(v1::KillProgress progress) const;
  std::string why_not(ShardId shard) const;

  const std::string kill_id_;
  mutable std::mutex mutex_;
  std::map<ShardId, v1::ShardKill> shards_;
  std::vector<Path> paths_;
  v1::Token token_;
  bool all_shards_known_ = false;  // false: another engine's may be behind a port that has not answered
  runtime::Doorbell changed_;
};

/// `LATCHED`, `NOT CONFIRMED` and so on.
std::string name_of(v1::KillProgress progress);

}  // namespace sluice::cli
