// EngineLoop: the executing thread. One duty cycle: kills first, then one frame from the reader's ring, decided and
// applied, its answer handed to the publisher's ring. Takes no lock, does no I/O and allocates nothing in steady state;
// with nothing to do it sleeps on the doorbell. A full answer ring slows the consumption of CMD, an audit that is
// behind slows and then holds it; nothing is dropped.
#pragma once

#include <atomic>
#include <vector>

#include "base/spsc_ring.h"
#include "engine/audit_trail.h"
#include "engine/core/engine.h"
#include "engine/engine_status.h"
#include "eventlog/codec.h"
#include "runtime/doorbell.h"

namespace sluice::engine {

/// A frame with the bytes it is read from.
struct FrameSlot {
  eventlog::OwnedMessage message;
  eventlog::DecodedFrame decoded;
  std::uint64_t read_at = 0;  // runtime::ticks()
};
using FrameRing = SpscRing<FrameSlot>;
using AnswerRing = SpscRing<Answer>;

/// Slots of the answer ring that only kills may use, so that stopping never waits for a ring (DESIGN P5).
inline constexpr std::size_t kKillSlots = 8;

class EngineLoop {
 public:
  struct Wiring {
    core::Engine& engine;
    core::KillLatch& latch;
    FrameRing& frames;
    AnswerRing& answers;
    runtime::Doorbell& bell;            // rung when there is something for this thread
    runtime::Doorbell& publisher_bell;  // rung when an answer is ready
    EngineStatus& status;
    AuditTrail& audit;
  };
  explicit EngineLoop(const Wiring& wiring) : w_(wiring) {}

  /// Runs until stop(). `opening`: kills found in the emergency file and in the unread CMD; they take effect before any
  /// command.
  void run(const std::vector<core::LatchedKill>& opening);
  /// Any thread.
  void stop();

  // The steps of run(), for a simulation that takes them one by one.
  void open(const std::vector<core::LatchedKill>& kills);
  /// True if there was a latched kill.
  bool engage_latched();
  /// True if there was a frame, and room for its answer and in the audit.
  bool execute_frame();

 private:
  void engage(const core::LatchedKill& kill);
  bool audit_admits(std::size_t commands);
  bool slowed();
  void hand_over(Answer& answer);
  void measure(const FrameSlot& slot, const telemetry::Span& deciding, std::size_t commands);

  Wiring w_;
  Nanos slowed_until_;             // steady time; 0: not slowed
  std::uint64_t handed_over_ = 0;  // answers
  std::atomic<bool> stop_{false};
};

}  // namespace sluice::engine
