// CoreFixture: an engine on its own log, for tests. It numbers frames, makes fresh command ids, and holds two shadows
// against the engine after every frame: a replica that applies each answer, and the slow walk of State::check().
#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/engine.h"
#include "engine/core/state.h"

namespace sluice::core {

class CoreFixture {
 public:
  static constexpr std::int64_t kStartMillis = 1'700'000'000'000;

  explicit CoreFixture(Genesis genesis = default_genesis(), Capacity capacity = {.orders = 256, .keys = 4096});

  static Genesis default_genesis();

  /// Registers account "A", "B", ... "C", strategies "mm", "arb", instruments X (1) and Y (2), tick and lot 1.
  void register_usual();
  AccountId account(std::string_view name);
  StrategyId strategy(std::string_view name);
  InstrumentId instrument(std::string_view symbol, std::int64_t tick = 1, std::int64_t lot = 1);

  /// One frame; the answer stays valid until the next one.
  const Answer& send(const std::vector<OrderCommand>& commands);
  const Answer& send(const OrderCommand& command) { return send(std::vector{command}); }
  const Answer& control(std::string_view principal, ControlCommandBody body);
  const Answer& control(const std::vector<ControlCommand>& commands);
  const Answer& reject_frame(FrameFault fault);
  /// A kill latched while idle. False if it was known.
  bool latch_idle(const EngageKillSwitch& kill, std::string_view principal = "officer");

  CommandId fresh_id();
  void advance_millis(std::int64_t millis) { now_millis_ += millis; }
  Nanos now() const { return Nanos{now_millis_ * kNanosPerMilli}; }

  Engine& engine() { return *engine_; }
  const State& state() const { return engine_->state(); }
  KillLatch& latch() { return latch_; }
  const std::vector<Answer>& log() const { return log_; }
  /// The client order id of any order ever accepted.
  const std::string& client_id_of(OrderId id) const { return client_ids_.at(id); }
  const Answer& last() const { return log_.back(); }
  Capacity capacity() const { return capacity_; }

  /// Goes on with an engine restored from the image of this one.
  void restore_from_image();
  /// A new engine that has applied the log again.
  std::unique_ptr<Engine> replayed() const;
  /// The shadows are compared after each frame by default; long property runs compare less often.
  void compare_every(std::size_t frames) { compare_every_ = frames; }

 private:
  CommandFrame next_frame(FrameClass frame_class) const;
  const Answer& after_answer();

  Genesis genesis_;
  Capacity capacity_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Engine> replica_;
  KillLatch latch_;
  std::vector<Answer> log_;
  std::map<OrderId, std::string> client_ids_;
  std::int64_t now_millis_ = kStartMillis;
  std::uint64_t ids_ = 0;
  std::size_t compare_every_ = 1;
};

Name name(std::string_view text);
Principal principal(std::string_view text);
ClientOrderId client_id(std::string_view text);

/// A limit GTC order of account `account` in instrument 1; its client order id is `id`. Fields are changed after.
OrderCommand limit(CoreFixture& core, AccountId account, std::string_view id, Side side, std::int64_t price,
                   std::int64_t quantity);
OrderCommand market(CoreFixture& core, AccountId account, std::string_view id, Side side, std::int64_t quantity);
OrderCommand cancel(CoreFixture& core, AccountId account, std::string_view id);
OrderCommand replace(CoreFixture& core, AccountId account, std::string_view id, std::optional<std::int64_t> price,
                     std::optional<std::int64_t> quantity);
EngageKillSwitch kill(CoreFixture& core, KillScope scope, std::string_view key = "");

/// Order events as short text, one each: `accepted a 10@100`, `traded b/a 5@100 left 0/5`, `cancelled a 5 user`,
/// `replaced a 7@101`.
std::vector<std::string> order_events(const Answer& answer, const CoreFixture& core);
/// The reason of the only outcome of the answer.
RejectReason reason(const Answer& answer);

using Events = std::vector<std::string>;

}  // namespace sluice::core
