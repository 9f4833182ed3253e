// What the targets of the log share: the deployment whose records the seeds are, and bytes as readers hand them over.
#pragma once

#include "eventlog/codec.h"

namespace sluice::fuzz {

inline Genesis genesis() {
  Genesis genesis;
  genesis.deployment = Uuid{7, 7};
  return genesis;
}

/// Aligned, as readers of the log hand messages over.
inline eventlog::OwnedMessage message_of(std::span<const std::byte> bytes, FrameClass frame_class,
                                         std::uint64_t sequence) {
  eventlog::OwnedMessage message;
  message.assign({sequence, Nanos{1'700'000'000'000 * kNanosPerMilli}, frame_class, bytes});
  return message;
}

}  // namespace sluice::fuzz
