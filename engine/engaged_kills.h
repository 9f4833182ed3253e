// EngagedKills: what is engaged in a shard, for whoever asks this engine when nobody else can say. The thread that
// changes the state copies it when a kill or a release has changed it, and only then: in steady state publish() looks
// at two numbers. Threads: one publishes, any load.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/core/kill_switch.h"

namespace sluice::engine {

class EngagedKills {
 public:
  struct Scope {
    KillImage kill;
    std::uint64_t answer = 0;  // recorded once this one is acknowledged, counted since the ownership began; 0: it is
  };
  using List = std::vector<Scope>;

  /// Everything is as the log says: before an ownership begins.
  void begin(const core::KillSwitch& kills);
  /// `answer`: the count of the answer that has just changed the kills, or 0 if it was read from the log.
  void publish(const core::KillSwitch& kills, std::uint64_t answer);
  /// Engaged scopes, by scope and key. Never null.
  std::shared_ptr<const List> load() const;

 private:
  void store(const core::KillSwitch& kills, std::uint64_t answer, const List& before);

  // of the publishing thread: a kill adds an id, a release takes off a scope
  std::size_t ids_ = 0;
  std::size_t engaged_ = 0;
  mutable std::mutex mutex_;  // of the pointer; held for its copy only
  std::shared_ptr<const List> list_ = std::make_shared<List>();
};

}  // namespace sluice::engine
