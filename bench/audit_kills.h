// SIGKILL at random points of a process that records: what it had reported as anchored must be there, and verify.
#pragma once

#include <cstdint>
#include <filesystem>

namespace sluice::bench {

struct KillProof {
  std::uint64_t kills = 0;
  std::uint64_t recorded = 0;  // records in the files at the end
  std::uint64_t anchored_lost = 0;
  std::uint64_t wrong = 0;  // kills behind which the audit did not verify, or a record was not where it belongs
};

/// Runs and kills `kills` processes one after the other on the same folder, each some 5 to 60 ms into its recording.
KillProof kill_while_recording(const std::filesystem::path& folder, int kills);

}  // namespace sluice::bench
