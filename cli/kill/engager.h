// Engager: one kill to the command service and to every engine directly, each on a channel and a thread of its own, so
// that no path waits for another; each is asked again until it has the kill. Where the service cannot say that the kill
// is recorded, the event log itself is read. What they say is in the progress. Everything that is sent has one kill id.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "cli/kill/progress.h"
#include "eventlog/event_log.h"

namespace sluice::cli {

struct EngageTargets {
  std::string service;  // KillSwitchService; empty: not asked
  std::vector<EngineTarget> engines;
  std::vector<ShardId> shards;        // known to exist; may be empty
  eventlog::EventLog* log = nullptr;  // to read records from; none: only the service confirms
};

class Engager {
 public:
  /// How long the direct requests wait for the service to refuse a name that nobody has registered.
  static constexpr Nanos kNameCheck{50 * kNanosPerMilli};

  /// Begins at once. `kill`: complete, with its id. `by`: the principal; may be empty.
  Engager(EngageTargets targets, v1::EngageRequest kill, std::string by);
  /// Gives up what is still under way.
  ~Engager();

  EngageProgress& progress() { return progress_; }
  /// True if asking longer cannot make it better.
  bool settled() const;

 private:
  /// Calls until one succeeds or the end is asked for; `call` has its own deadline and says whether to ask again, and
  /// after which pause.
  struct Again {
    bool yes = false;
    Nanos pause;
  };
  void repeat(const std::function<Again(grpc::ClientContext&)>& call);
  void ask_service(std::size_t path);
  void ask_engine(std::size_t path);
  void read_log();
  bool read_log_once();
  bool name_may_be_refused() const;
  /// Sleeps for `span`, or until the end is asked for; false then.
  bool pause(Nanos span);

  const EngageTargets targets_;
  const v1::EngageRequest kill_;
  const std::string by_;
  EngageProgress progress_;
  std::atomic<bool> stop_{false};
  runtime::Doorbell stopped_;
  runtime::Doorbell service_heard_;
  std::mutex mutex_;  // of under_way_
  std::vector<grpc::ClientContext*> under_way_;
  std::vector<std::thread> threads_;
};

}  // namespace sluice::cli
