// The measured loops of bench audit, apart from their report: recording through a ring beside its peers, a sink that
// stalls, and reading everything back.
#pragma once

#include <cstdint>
#include <filesystem>

#include "telemetry/histogram.h"

namespace sluice::bench {

/// Nanoseconds from one record's time stamp to the next: one stamp and one record each. Written in bursts of 256 when
/// there is room for one; between bursts nothing is measured.
telemetry::Histogram record_through_ring(const std::filesystem::path& folder, std::uint64_t records);
/// The same loop with nothing but the stamps.
telemetry::Histogram stamps_alone(std::uint64_t records);
/// The same with write(2) of the 64 bytes to a file.
telemetry::Histogram write_to_file(const std::filesystem::path& file, std::uint64_t records);
/// The same with a line of spdlog's asynchronous logger, its queue as long as the ring, waiting when it is full.
telemetry::Histogram log_by_spdlog(const std::filesystem::path& file, std::uint64_t records);

struct StallRun {
  std::uint64_t written = 0;
  std::uint64_t stalls = 0;
  std::uint64_t full = 0;   // how often the writer found no room and waited
  std::uint64_t found = 0;  // in the files
  std::uint64_t lost = 0;   // numbers that are not there, or not where they belong
  double seconds = 0;       // first record → the last is anchored
};
/// Numbered records, while the sink stands still every so often; then all files are read.
StallRun record_with_stalls(const std::filesystem::path& folder, std::uint64_t records);

/// Every byte of the folder read once, as the verifier reads, nothing looked at; seconds.
double read_alone(const std::filesystem::path& folder);

}  // namespace sluice::bench
