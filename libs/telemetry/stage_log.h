// StageLog: when the newest messages of a stream passed a process's stages, for whoever asks later by sequence. Fixed
// memory: 16 bytes a stage and message. A stage is marked by one thread at a time and costs two stores and the caller's
// time stamp; reading takes no lock, and a reader sees a whole time stamp or none. Threads: one writer a stage, any
// readers.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "domain/money.h"

namespace sluice::telemetry {

class StageLog {
 public:
  /// Messages that are remembered.
  static constexpr std::size_t kRemembered = 65'536;
  /// Sequences that a request may ask for.
  static constexpr int kAskedMax = 1024;

  explicit StageLog(std::size_t stages) : stages_(stages), marks_(std::make_unique<Mark[]>(stages * kRemembered)) {}

  /// `at`: Unix time.
  void mark(std::size_t stage, std::uint64_t sequence, Nanos at) {
    Mark& mark = marks_[stage * kRemembered + sequence % kRemembered];
    mark.sequence.store(0, std::memory_order_release);
    mark.at.store(at.value(), std::memory_order_release);
    mark.sequence.store(sequence, std::memory_order_release);
  }
  /// 0 if the message has not passed the stage, or is forgotten. Sequences begin at 1: 0 marks a slot in change.
  Nanos at(std::size_t stage, std::uint64_t sequence) const {
    if (sequence == 0) return Nanos{0};
    const Mark& mark = marks_[stage * kRemembered + sequence % kRemembered];
    if (mark.sequence.load(std::memory_order_acquire) != sequence) return Nanos{0};
    const Nanos at{mark.at.load(std::memory_order_acquire)};
    return mark.sequence.load(std::memory_order_acquire) == sequence ? at : Nanos{0};
  }
  std::size_t stages() const { return stages_; }

 private:
  struct Mark {
    std::atomic<std::uint64_t> sequence{0};
    std::atomic<std::int64_t> at{0};
  };
  const std::size_t stages_;
  std::unique_ptr<Mark[]> marks_;
};

}  // namespace sluice::telemetry
