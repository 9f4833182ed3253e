// Snapshots: StateImage and checkpoint <-> bytes of a file (fbs/snapshot.fbs). Magic, version and SHA-256 stand before
// the table, so that a torn or damaged file is recognised before anything in it is read. Thread: any.
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "domain/state_image.h"
#include "eventlog/event_fold.h"

namespace sluice::eventlog {

struct Snapshot {
  Checkpoint checkpoint;
  Hash128 state_hash;
  std::uint32_t logic = kLogicVersion;
  StateImage image;
};

std::vector<std::byte> encode_snapshot(const Snapshot& snapshot);
/// Errors: kCorrupt (torn, damaged, other version).
Result<Snapshot> decode_snapshot(std::span<const std::byte> bytes);

/// A latched kill as it is kept in the emergency file: one FlatBuffers table, framed by its length and a checksum.
struct EmergencyKill {
  EngageKillSwitch kill;
  Principal by;
};
std::vector<std::byte> encode_emergency(std::span<const EmergencyKill> kills);
/// The kills of a file. Errors: kCorrupt for any damage, a torn record included: a damaged file must never pass for "no
/// kill".
Result<std::vector<EmergencyKill>> decode_emergency(std::span<const std::byte> bytes);

}  // namespace sluice::eventlog
