// KillSwitch: which scopes are engaged, by which kill, and which releases have been requested. A kill is bound to a
// NAME, so that it also covers an account, strategy or symbol that is registered later.
//
// Changed by State::apply only. Small sorted vectors: people make these entries. One thread.
// Invariants: (1) scopes, kill ids, requests are sorted and unique
//             (2) a scope that was ever engaged keeps its newest kill, and while it is engaged the strictest mode
//             (3) a kill id is never forgotten.
#pragma once

#include <vector>

#include "domain/state_image.h"

namespace sluice::core {

/// How long a release request waits for its approval, in log time.
inline constexpr Nanos kReleaseValidity{600 * kNanosPerSecond};

/// What an engaged scope does to orders in it, from the weakest; the strictest of overlapping scopes holds.
enum class Blocked : std::uint8_t {
  kNothing = 0,
  kIncreases = 1,  // what could increase a position
  kAll = 2,
};
Blocked blocked_by(KillMode mode);
/// True if every live order of the scope ends when such a kill is engaged.
bool cancels_all(KillMode mode);

/// True if `scope` is a scope and `key` names something in it (nothing, for the global one).
bool is_valid_scope(KillScope scope, const Name& key);

class KillSwitch {
 public:
  /// The scope's state, or nullptr if it was never engaged. Valid until the next change.
  const KillImage* find(KillScope scope, const Name& key) const;
  bool engaged(KillScope scope, const Name& key) const;
  /// What the scope does now.
  Blocked blocked(KillScope scope, const Name& key) const;
  /// True if this kill ever took effect, in any scope.
  bool knows(const KillId& id) const;
  /// The open request, or nullptr.
  const ReleaseImage* request(const Uuid& release_id) const;

  void engage(const KillSwitchEngaged& engaged, Nanos at);
  void add_request(const ReleaseRequested& requested, Nanos at);
  /// Lifts the scope and uses the request up.
  void release(const KillSwitchReleased& released);

  const std::vector<KillImage>& scopes() const { return scopes_; }
  const std::vector<KillId>& kill_ids() const { return kill_ids_; }
  const std::vector<ReleaseImage>& requests() const { return requests_; }
  /// Takes over the three lists of an image. False if one is not sorted and unique, or a scope names an unknown kill.
  bool restore(const StateImage& image);

 private:
  std::vector<KillImage> scopes_;
  std::vector<KillId> kill_ids_;
  std::vector<ReleaseImage> requests_;
};

}  // namespace sluice::core
