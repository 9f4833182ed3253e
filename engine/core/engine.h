// Engine: where commands become events. The deterministic state machine of one shard.
//
// A library without I/O, clock, threads, randomness, logging or generated code. Owned by one executing thread. The same
// frames and latched kills give the same answers, byte for byte, on every machine.
//
// `decide` reads State and appends outcomes and events to an Answer; each is applied at once by State::apply, the only
// mutation path, live and replayed. The order in a frame: log time, eviction of idempotency keys, timers; then for each
// command: latched kills, key, expiry, kill, rules (docs/records.md).
// Order of checks of a new order: instrument, account, strategy, client order id, quantity, price, display,
// unsupported, expiry, kill, instrument state, risk (quantity, value, band, open orders, position, open value, rate,
// daily trades, daily loss), post-only, a stop that is reached already, capacity.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "domain/events.h"
#include "domain/state_image.h"
#include "engine/core/capacity.h"
#include "engine/core/kill_latch.h"

namespace sluice::core {

class State;

class Engine {
 public:
  Engine(const Genesis& genesis, Capacity capacity);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// A new engine in the state of `image`. Errors: kCorrupt if the image contradicts itself; kTooLarge if it exceeds
  /// `capacity`.
  static Result<std::unique_ptr<Engine>> restore(const StateImage& image, Capacity capacity);

  /// Executes the next frame (sequence = cmd_sequence() + 1) and fills `answer` (cleared first). Polls `latch` before
  /// each command. Every command gets exactly one outcome.
  void execute(const CommandFrame& frame, KillLatch& latch, Answer& answer);

  /// Executes it again as the log recorded it: `kills` are the latched kills of its answer, in their order. For `sluice
  /// verify`.
  void execute(const CommandFrame& frame, std::span<const RecordedKill> kills, Answer& answer);

  /// The answer of a CMD message that is no valid frame: one FrameRejected, log time moves.
  void reject_frame(const CommandFrame& frame, FrameFault fault, Answer& answer);

  /// A kill latched while no frame is in progress: fills a control `answer`. Idempotent by kill id: false (and an empty
  /// answer, to be discarded) if that kill is known already.
  bool engage(const LatchedKill& kill, Answer& answer);

  /// Applies a complete answer or control message of the log. Errors: kHalted if it does not fit (CMD sequence, state
  /// hash); after a state hash that differs this engine has already changed and must be discarded.
  Status apply(const Answer& answer);

  CmdSequence cmd_sequence() const;
  Nanos log_time() const;
  /// When the first order ends by itself; 0 if none does. Frames from then on end it; with none, someone must append a
  /// Tick.
  Nanos next_timer() const;
  /// Hash of all entities; and of trading state alone (without idempotency keys, counters, log time).
  Hash128 state_hash() const;
  Hash128 trading_hash() const;
  StateImage image() const;
  /// Puts memory behind what pools will need next, so that executing does not wait for it. Any one other thread, now
  /// and then.
  void grow_ahead();
  /// Read access to books, orders, positions, kills, counters: include engine/core/state.h. Same thread.
  const State& state() const { return *state_; }

 private:
  explicit Engine(std::unique_ptr<State> state);
  void begin(const CommandFrame& frame, Answer& answer);
  void finish(Answer& answer);

  std::unique_ptr<State> state_;
  std::vector<OrderId> reached_;  // scratch space of Decider
};

}  // namespace sluice::core
