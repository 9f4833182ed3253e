// What the targets of the log share: the deployment whose records the seeds are, and bytes as readers hand them over.
#pragma once

#include <cstring>
#include <vector>

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

/// The bytes as a file with the right length and SHA-256 of its body in front of it, so that a fuzzer gets behind them.
inline std::vector<std::byte> with_right_sum(std::span<const std::byte> bytes) {
  constexpr std::size_t kLengthAt = 8, kSumAt = 16, kPrefix = 48;
  std::vector<std::byte> file(bytes.begin(), bytes.end());
  if (file.size() <= kPrefix) return file;
  const std::uint64_t length = file.size() - kPrefix;
  const Sha256 sum = eventlog::sha256(std::span(file).subspan(kPrefix));
  std::memcpy(file.data() + kLengthAt, &length, sizeof length);
  std::memcpy(file.data() + kSumAt, sum.data(), sum.size());
  return file;
}

}  // namespace sluice::fuzz
