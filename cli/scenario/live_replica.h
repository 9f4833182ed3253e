// LiveReplica: a second engine that folds the event log of a running one, to prove that both are the same. One thread.
#pragma once

#include <memory>
#include <string>

#include "engine/recovery.h"
#include "sluice/v1/engine.grpc.pb.h"

namespace sluice::scenario {

class LiveReplica {
 public:
  /// `log` must outlive it; `engine` is the live engine's control address.
  LiveReplica(eventlog::EventLog& log, const std::string& engine);

  /// Folds EVT from genesis until it stands where the live engine does. Errors: kCorrupt if its state hash is another
  /// one; kHalted; kUnavailable.
  Result<engine::Replica> rebuild();
  /// Rebuilds, encodes its image as a snapshot, decodes and restores that. Errors: kCorrupt if anything differs.
  Status through_snapshot();
  /// Waits until the live engine owns the shard and holds nothing back. Errors: kUnavailable.
  Status wait_for_owner();

 private:
  Result<v1::EngineControlServiceStatusResponse> status();

  eventlog::EventLog& log_;
  std::unique_ptr<v1::EngineControlService::Stub> engine_;
};

}  // namespace sluice::scenario
