// EngagedKills: what is engaged in a shard, for whoever asks this engine when nobody else can say. The thread that
// changes the state hands over the scopes that a kill or a release has changed, and nothing else; who asks puts them
// together. Threads: one writes, any reads. The writer waits for nobody unless kChanges changes have been read by none;
// then it puts a few together itself.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <tuple>
#include <vector>

#include "base/spsc_ring.h"
#include "domain/events.h"
#include "engine/core/kill_switch.h"

namespace sluice::engine {

class EngagedKills {
 public:
  static constexpr std::size_t kChanges = 1024;
  struct Scope {
    KillImage kill;
    std::uint64_t answer = 0;  // recorded once this one is acknowledged, counted since the ownership began; 0: it is
  };

  /// Writer: everything is as the log says, as before an ownership begins.
  void begin(const core::KillSwitch& kills);
  /// Writer: `answer`, the `number`th, has changed `kills`.
  void publish(const core::KillSwitch& kills, const Answer& answer, std::uint64_t number);

  /// Engaged scopes, by scope and key.
  std::vector<Scope> load() const;
  /// How many scopes of this kind are engaged.
  std::uint64_t count(KillScope scope) const;
  /// Takes what the writer has handed over; now and then, so that it never finds no room.
  void fold() const;

 private:
  using Key = std::tuple<KillScope, Name>;

  void hand_over(const KillImage& kill, std::uint64_t number);
  /// At most `count` changes.
  void fold_locked(std::size_t count = kChanges) const;

  mutable std::mutex mutex_;  // of the consumer's side of the ring and of what it was put together to
  mutable SpscRing<Scope> changes_{kChanges};
  mutable std::map<Key, Scope> engaged_;
};

}  // namespace sluice::engine
