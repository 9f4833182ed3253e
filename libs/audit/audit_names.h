// Names of actions and kinds, as command line and docs/audit.md have them. Thread: any.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "audit/audit_record.h"

namespace sluice::audit {

/// Every action.
inline constexpr std::array kActions{Action::kSubmit,
                                     Action::kCancel,
                                     Action::kReplace,
                                     Action::kCancelAll,
                                     Action::kKillLatched,
                                     Action::kKillEngaged,
                                     Action::kReleaseRequested,
                                     Action::kKillReleased,
                                     Action::kDrill,
                                     Action::kLimitsSet,
                                     Action::kInstrumentDefined,
                                     Action::kAccountRegistered,
                                     Action::kStrategyRegistered,
                                     Action::kInstrumentState,
                                     Action::kCalendarSet,
                                     Action::kConfiguration,
                                     Action::kDayStarted,
                                     Action::kStarted,
                                     Action::kStopped,
                                     Action::kRole,
                                     Action::kHold,
                                     Action::kRefused,
                                     Action::kSegment,
                                     Action::kAnchor};
inline constexpr std::array kKinds{Kind::kDone, Kind::kRejected, Kind::kRepeated,
                                   Kind::kText, Kind::kBegan,    Kind::kEnded};

/// `submit`, `kill_engaged` …; "unknown" for a value of a later version.
std::string_view name_of(Action action);
std::string_view name_of(Kind kind);
/// nullopt if there is no such name.
std::optional<Action> parse_action(std::string_view name);
std::optional<Kind> parse_kind(std::string_view name);

}  // namespace sluice::audit
