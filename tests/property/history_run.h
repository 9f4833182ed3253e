// HistoryRun: one history through the core and, at the same time, through everything that must agree with it: the
// reference exchange (events, outcomes, books, positions), a replica that only applies the answers, a second execution
// of the same frames, and the checker of the log. Throws Finding at the first difference.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/engine.h"
#include "engine/core/state.h"
#include "tests/property/history.h"
#include "tests/property/log_checker.h"

namespace sluice::property {

struct RunOptions {
  Requirements requirements{};
  bool reference = true;
  bool replay = true;              // a replica applies every answer; state hashes are compared after each frame
  bool reexecute = false;          // a second engine executes every frame; answers are compared byte by byte
  bool frames = true;              // steps may join a frame; false = each command in a frame of its own
  bool restores = true;            // kRestore is obeyed
  bool keep_log = false;           // log() holds every answer
  std::uint32_t books_every = 8;   // frames after which books and positions are compared and State::check() runs
  std::uint32_t extra_orders = 0;  // capacity beyond the world's: nothing may depend on it
};

class HistoryRun {
 public:
  HistoryRun(const reference::World& world, const RunOptions& options);

  void play(const Step& step);
  /// Sends what is still waiting and compares everything once more.
  void finish();

  core::Engine& engine() { return *engine_; }
  const LogTotals& totals() const { return checker_.totals(); }
  const std::vector<Answer>& log() const { return log_; }
  static Genesis genesis(const reference::World& world);

 private:
  void register_names();
  void order(const Step& step);
  void resend(const Step& step);
  void enqueue(const OrderCommand& command, bool joins);
  void kill(const Step& step);
  void release(const Step& step);
  void limit(const Step& step);
  void restore();
  void flush();
  /// What a control command does to the reference.
  using Effect = std::function<void(reference::Events&)>;
  /// Sends one control command. The reason of its outcome.
  RejectReason control(std::string_view by, ControlCommandBody body, const Effect& effect = {});
  void control_expecting(std::string_view by, ControlCommandBody body, RejectReason reason, const Effect& effect = {});
  void change_state(const Step& step);
  void calendar(const Step& step);
  void take_latched_kills(reference::Events& events);
  void execute(const CommandFrame& frame);
  void after_answer(const reference::Events& expected);

  // history_compare.cc
  void check_unchanged(const Hash128& before) const;
  void compare_outcomes(const std::vector<reference::Outcome>& expected, std::span<const OrderCommand> commands) const;
  void compare_events(const reference::Events& expected) const;
  void compare_reexecution() const;
  void compare_state() const;
  void compare_side(InstrumentId instrument, Side side) const;
  CommandFrame next_frame(FrameClass frame_class) const;
  CommandId fresh_id(std::int64_t stamp_millis);
  Nanos now() const { return Nanos{now_millis_ * kNanosPerMilli}; }
  Name name_of(KillScope scope, std::uint32_t key) const;
  std::string place() const;

  reference::World world_;
  RunOptions options_;
  std::unique_ptr<core::Engine> engine_, replica_, again_;
  core::KillLatch latch_;
  reference::ReferenceExchange reference_;
  LogChecker checker_;
  Answer answer_, second_;
  std::vector<core::LatchedKill> latched_;  // stored in the latch, not yet taken
  std::vector<core::RecordedKill> recorded_;
  std::vector<OrderCommand> batch_;
  std::vector<std::pair<reference::Scope, KillMode>> pending_kills_;  // of the latch, for the reference
  std::vector<OrderCommand> sent_;
  std::vector<Answer> log_;
  std::int64_t now_millis_ = 1'700'000'000'000;
  std::uint64_t ids_ = 0;
  std::uint64_t frames_ = 0;
};

/// Plays a whole history; what it found, or nothing. `totals`, if given, grows by what happened.
std::optional<Finding> find_fault(const History& history, const RunOptions& options, LogTotals* totals = nullptr);

}  // namespace sluice::property
