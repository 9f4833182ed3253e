// Stage: what is measured, by name. One table says of each what it means, its unit, the series it is exported as, the
// buckets of that series, and whether it may be switched off. docs/telemetry.md is made from what is exported. Names
// are in configurations, histories and dashboards: append, do not rename.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sluice::telemetry {

enum class Stage : std::uint16_t {
  kReceive,
  kPublish,
  kAnswer,
  kOrderPlacement,
  kOrderFill,
  kHandle,
  kDecide,
  kQueueBacklog,
  kStall,
  kRecovery,
  kKill,
  kAudit,
  kProject,
  kQuery,
  kCandle,
  kSignal,
};
inline constexpr std::size_t kStages = 16;

enum class Unit : std::uint8_t { kNanos, kCount };
/// As histories, PerformanceService and JSON have it.
constexpr std::string_view name_of(Unit unit) { return unit == Unit::kNanos ? "ns" : "count"; }

/// Neither disabled nor sampled, and there is room for them when there is none for others.
constexpr bool is_always_on(Stage stage) { return stage == Stage::kKill || stage == Stage::kAudit; }

/// Some of the stages; a plain value.
class StageSet {
 public:
  void add(Stage stage) { bits_ |= bit(stage); }
  bool has(Stage stage) const { return (bits_ & bit(stage)) != 0; }

 private:
  static_assert(kStages <= 32);
  static constexpr std::uint32_t bit(Stage stage) { return std::uint32_t{1} << static_cast<std::uint32_t>(stage); }
  std::uint32_t bits_ = 0;
};

struct StageInfo {
  Stage stage;
  std::string_view name;
  std::string_view metric;  // the exported histogram; seconds if the unit is kNanos
  std::string_view help;
  Unit unit;
  std::span<const std::uint64_t> bounds;  // of the exported buckets, in the unit, rising
};

const StageInfo& info_of(Stage stage);
/// All, in the order of the enumeration.
std::span<const StageInfo> stages();
std::optional<Stage> parse_stage(std::string_view name);

inline std::string_view name_of(Stage stage) { return info_of(stage).name; }

}  // namespace sluice::telemetry
