// What measuring costs an engine: the real executing loop at a steady load, with telemetry and without in turn.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace sluice::bench {

struct Overhead {
  /// CPU nanoseconds per command of the executing thread, in neighbouring blocks of frames.
  struct Pair {
    double off = 0;
    double on = 0;
  };
  std::vector<Pair> pairs;
  /// The same of telemetry's own thread while every command is measured.
  double aggregating = 0;
};

/// 100,000 commands a second in frames of 128; a pair takes 41 ms, and as many commands come behind the pairs. Which of
/// a pair comes first alternates. `folder`: for the audit.
Overhead measure_overhead(std::size_t pairs, const std::filesystem::path& folder);

}  // namespace sluice::bench
