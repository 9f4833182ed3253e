#include "telemetry/objectives.h"

#include <algorithm>
#include <cmath>

namespace sluice::telemetry {

namespace {

/// With fewer records than a quantile needs, an objective counts as violated if so many above its limit would come less
/// often than this by chance.
constexpr double kChance = 0.001;

}  // namespace

double tail_chance(std::uint64_t samples, std::uint64_t above, double chance) {
  if (above == 0) return 1.0;
  const auto n = static_cast<double>(samples);
  double below = 0;
  for (std::uint64_t k = 0; k < above; ++k) {
    const auto i = static_cast<double>(k);
    below += std::exp(std::lgamma(n + 1) - std::lgamma(i + 1) - std::lgamma(n - i + 1) + i * std::log(chance) +
                      (n - i) * std::log1p(-chance));
  }
  return std::max(0.0, 1.0 - below);
}

Objectives::Objectives(const Aggregator& aggregator, std::vector<Objective> objectives) : aggregator_(aggregator) {
  for (Objective& objective : objectives) watched_.emplace_back().state.objective = std::move(objective);
}

void Objectives::look_at(Watched& watched, Nanos steady) const {
  ObjectiveState& state = watched.state;
  const Objective& objective = state.objective;
  const double quantile = kQuantiles[objective.quantile];
  const Summary summary = aggregator_.summary(objective.stage, objective.window);
  InFlight::Older late;
  if (const InFlight* in_flight = in_flight_[static_cast<std::size_t>(objective.stage)])
    late = in_flight->older_than(Nanos{static_cast<std::int64_t>(objective.threshold)}, steady);
  state.value = summary.quantiles[objective.quantile];
  state.max = std::max(summary.max, late.count == 0 ? 0 : static_cast<std::uint64_t>(late.oldest.value()));
  // A record may stand for many commands; what chance can say, it says of records.
  const std::uint64_t weighed = summary.max <= objective.threshold
                                    ? 0
                                    : aggregator_.above(objective.stage, objective.window, objective.threshold);
  const std::uint64_t above = summary.count == 0 ? 0 : (weighed * summary.samples + summary.count - 1) / summary.count;
  state.samples = summary.samples + late.count;
  state.above = above + late.count;
  if (state.samples == 0) {
    state.verdict = Verdict::kNoData;
  } else if (state.above == 0) {
    state.verdict = Verdict::kMet;
  } else if (enough_for(state.samples, quantile)) {
    const double share = static_cast<double>(state.above) / static_cast<double>(state.samples);
    state.verdict = share > 1.0 - quantile ? Verdict::kViolated : Verdict::kMet;
  } else {
    const bool stands_still = summary.samples == 0;
    state.verdict = stands_still || tail_chance(state.samples, state.above, 1.0 - quantile) < kChance
                        ? Verdict::kViolated
                        : Verdict::kTooFew;
  }
}

void Objectives::evaluate(Nanos wall, Nanos steady) {
  std::vector<ObjectiveState> changed;
  {
    const std::lock_guard lock(mutex_);
    for (Watched& watched : watched_) {
      ObjectiveState& state = watched.state;
      look_at(watched, steady);
      if (state.verdict != Verdict::kViolated) watched.bad_since = Nanos{0};
      else if (watched.bad_since == Nanos{0}) watched.bad_since = steady;
      const bool violated = watched.bad_since != Nanos{0} && steady - watched.bad_since >= state.objective.patience;
      if (violated == state.violated) continue;
      state.violated = violated;
      state.since = wall;
      if (violated) ++state.violations;
      changed.push_back(state);
    }
  }
  for (const ObjectiveState& state : changed) tell(state);
}

void Objectives::tell(const ObjectiveState& state) {
  for (const Hook& hook : hooks_) {
    try {
      hook(state);
    } catch (const std::exception&) {
      hook_failures_.fetch_add(1, std::memory_order_relaxed);
    }
  }
}

std::vector<ObjectiveState> Objectives::states() const {
  const std::lock_guard lock(mutex_);
  std::vector<ObjectiveState> states;
  for (const Watched& watched : watched_) states.push_back(watched.state);
  return states;
}

}  // namespace sluice::telemetry
