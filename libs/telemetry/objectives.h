// Objectives: what a stage promises, as "p99 of order_placement is below 50 ms over 5 s", and whether it holds. A
// change of state is told to hooks; an objective can stop trade when it has been violated for long enough.
//
// Threads: evaluate() one; states() any; the rest before the first evaluate().
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/commands.h"
#include "telemetry/aggregator.h"
#include "telemetry/in_flight.h"

namespace sluice::telemetry {

/// What is stopped, and how.
struct KillTrigger {
  KillMode mode = KillMode::kBlockAndCancel;
  KillScope scope = KillScope::kGlobal;
  std::string key;  // account, symbol or strategy; empty for global
};

struct Objective {
  std::string name;
  Stage stage{};
  std::size_t quantile = 0;     // index into kQuantiles
  std::uint64_t threshold = 0;  // in the stage's unit; the quantile is to be at most this
  Window window = Window::k60s;
  Nanos patience;  // it counts as violated only after so long without a break
  std::optional<KillTrigger> kill;
};

/// `NAME: STAGE QUANTILE < LIMIT over WINDOW [for SPAN] [kill MODE [SCOPE KEY]]`, for example
/// `slow: order_placement p95 < 120ms over 1s for 5s kill flatten`. LIMIT and SPAN have a unit: ns, us, ms, s (a count
/// has none). Errors: kInvalidArgument, with what is wrong and what could stand there.
Result<Objective> parse_objective(std::string_view text);
std::string text_of(const Objective& objective);
/// Those that everybody has unless told otherwise.
std::vector<Objective> default_objectives();
/// The defaults of `stages`, then `texts`: one of the same name replaces the default, `NAME: off` leaves it out.
/// Errors: as parse_objective(), and if a stage is not in `stages`.
Result<std::vector<Objective>> configure_objectives(const std::vector<std::string>& texts,
                                                    const std::vector<Stage>& stages);

enum class Verdict : std::uint8_t {
  kNoData,  // nothing was recorded in the window
  kTooFew,  // something is above the limit, and there are too few records to say more
  kMet,
  kViolated,
};
constexpr std::string_view name_of(Verdict verdict) {
  constexpr std::array<std::string_view, 4> kNames{"no data", "too few samples", "met", "violated"};
  return kNames[static_cast<std::size_t>(verdict)];
}

struct ObjectiveState {
  Objective objective;
  Verdict verdict = Verdict::kNoData;  // of the window, patience left out
  bool violated = false;               // patience included
  Nanos since;                         // wall time of the last change of `violated`; 0: none yet
  std::optional<std::uint64_t> value;  // the quantile, if there are enough records for it
  std::uint64_t samples = 0;
  std::uint64_t above = 0;       // the limit; in flight included
  std::uint64_t max = 0;         // likewise
  std::uint64_t violations = 0;  // that began
};

class Objectives {
 public:
  /// Told of each violation that begins or ends, on the thread of evaluate(). What it throws is counted, not passed on.
  using Hook = std::function<void(const ObjectiveState&)>;

  Objectives(const Aggregator& aggregator, std::vector<Objective> objectives);
  void add_hook(Hook hook) { hooks_.push_back(std::move(hook)); }
  /// What is in flight in a stage counts as recorded with its age. `in_flight` outlives this.
  void watch(Stage stage, const InFlight& in_flight) { in_flight_[static_cast<std::size_t>(stage)] = &in_flight; }

  /// After each slot.
  void evaluate(Nanos wall, Nanos steady);
  std::vector<ObjectiveState> states() const;
  std::uint64_t hook_failures() const { return hook_failures_.load(std::memory_order_relaxed); }

 private:
  struct Watched {
    ObjectiveState state;
    Nanos bad_since;  // steady; 0: it is not bad
  };
  void look_at(Watched& watched, Nanos steady) const;
  void tell(const ObjectiveState& state);

  const Aggregator& aggregator_;
  std::array<const InFlight*, kStages> in_flight_{};
  std::vector<Hook> hooks_;
  mutable std::mutex mutex_;  // of watched_
  std::vector<Watched> watched_;
  std::atomic<std::uint64_t> hook_failures_{0};
};

/// The chance of at least `above` of `samples` above a limit that each exceeds with `chance` alone.
double tail_chance(std::uint64_t samples, std::uint64_t above, double chance);

}  // namespace sluice::telemetry
