// What every service lets its operator say of telemetry, and the options that follow from it. Used by main.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "runtime/config.h"
#include "telemetry/telemetry.h"

namespace sluice::telemetry {

class Settings {
 public:
  /// `stops_trade`: objectives of this process may have a kill, because it can engage one.
  explicit Settings(bool stops_trade) : stops_trade_(stops_trade) {}
  /// Declares the keys; outlives parse().
  void add_to(runtime::Config& config);
  /// `stages`: what the process measures; `folder`: where its history may stand, empty for none. Errors:
  /// kInvalidArgument, for an objective that cannot be understood or kept.
  Result<TelemetryOptions> options(const std::string& program, std::vector<Stage> stages, Labels labels,
                                   const std::filesystem::path& folder) const;

 private:
  const bool stops_trade_;
  std::vector<std::string> objectives_;
  std::int64_t history_s_ = 10;
  std::uint64_t history_days_ = 30;
  std::int64_t report_s_ = 60;
  bool enabled_ = true;
};

}  // namespace sluice::telemetry
