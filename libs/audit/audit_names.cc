#include "audit/audit_names.h"

#include <algorithm>

namespace sluice::audit {

std::string_view name_of(Action action) {
  switch (action) {
    case Action::kSubmit: return "submit";
    case Action::kCancel: return "cancel";
    case Action::kReplace: return "replace";
    case Action::kCancelAll: return "cancel_all";
    case Action::kKillLatched: return "kill_latched";
    case Action::kKillEngaged: return "kill_engaged";
    case Action::kReleaseRequested: return "release_requested";
    case Action::kKillReleased: return "kill_released";
    case Action::kDrill: return "drill";
    case Action::kLimitsSet: return "limits_set";
    case Action::kInstrumentDefined: return "instrument_defined";
    case Action::kAccountRegistered: return "account_registered";
    case Action::kStrategyRegistered: return "strategy_registered";
    case Action::kInstrumentState: return "instrument_state";
    case Action::kCalendarSet: return "calendar_set";
    case Action::kConfiguration: return "configuration";
    case Action::kDayStarted: return "day_started";
    case Action::kStarted: return "started";
    case Action::kStopped: return "stopped";
    case Action::kRole: return "role";
    case Action::kHold: return "hold";
    case Action::kRefused: return "refused";
    case Action::kSegment: return "segment";
    case Action::kAnchor: return "anchor";
  }
  return "unknown";
}

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::kDone: return "done";
    case Kind::kRejected: return "rejected";
    case Kind::kRepeated: return "repeated";
    case Kind::kText: return "text";
    case Kind::kBegan: return "began";
    case Kind::kEnded: return "ended";
  }
  return "unknown";
}

std::optional<Action> parse_action(std::string_view name) {
  const auto* found =
      std::find_if(kActions.begin(), kActions.end(), [name](Action action) { return name_of(action) == name; });
  return found == kActions.end() ? std::nullopt : std::optional(*found);
}

std::optional<Kind> parse_kind(std::string_view name) {
  const auto* found = std::find_if(kKinds.begin(), kKinds.end(), [name](Kind kind) { return name_of(kind) == name; });
  return found == kKinds.end() ? std::nullopt : std::optional(*found);
}

}  // namespace sluice::audit
