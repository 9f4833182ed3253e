#include "tests/property/history_run.h"

#include <algorithm>
#include <utility>

namespace sluice::property {

namespace {

constexpr std::size_t kSentMax = 64;
constexpr std::size_t kFrameMax = 16;

Name name(const std::string& text) { return *Name::from(text); }
Principal principal(std::string_view text) { return *Principal::from(text); }

core::Capacity capacity_of(const reference::World& world, std::uint32_t extra) {
  return {.orders = world.orders_max + extra, .keys = 256};
}

}  // namespace

Genesis HistoryRun::genesis(const reference::World& world) {
  Genesis genesis;
  genesis.deployment = Uuid{7, 7};
  genesis.key_window = Nanos{world.key_window_millis * kNanosPerMilli};
  return genesis;
}

HistoryRun::HistoryRun(const reference::World& world, const RunOptions& options)
    : world_(world), options_(options), reference_(world), checker_(options.requirements) {
  // The replica's memory differs from the engine's on purpose: no result may depend on it.
  engine_ = std::make_unique<core::Engine>(genesis(world), capacity_of(world, options.extra_orders));
  if (options.replay) replica_ = std::make_unique<core::Engine>(genesis(world), capacity_of(world, 7));
  if (options.reexecute)
    again_ = std::make_unique<core::Engine>(genesis(world), capacity_of(world, options.extra_orders));
  register_names();
}

void HistoryRun::register_names() {
  for (std::uint32_t i = 1; i <= world_.accounts; ++i)
    control("operator", RegisterAccount{name_of(KillScope::kAccount, i)});
  for (std::uint32_t i = 1; i <= world_.strategies; ++i)
    control("operator", RegisterStrategy{name_of(KillScope::kStrategy, i)});
  for (std::uint32_t i = 1; i <= world_.instruments; ++i) {
    DefineInstrument definition;
    definition.symbol = name_of(KillScope::kSymbol, i);
    definition.tick = Price{world_.tick};
    definition.lot = Quantity{world_.lot};
    definition.stop_in_market = world_.stop_in_market;
    control("operator", definition);
  }
}

Name HistoryRun::name_of(KillScope scope, std::uint32_t key) const {
  switch (scope) {
    case KillScope::kGlobal: return Name{};
    case KillScope::kAccount: return name("A" + std::to_string(key));
    case KillScope::kSymbol: return name("I" + std::to_string(key));
    case KillScope::kStrategy: return name("S" + std::to_string(key));
  }
  return Name{};
}

void HistoryRun::play(const Step& step) {
  switch (step.kind) {
    case StepKind::kOrder: return order(step);
    case StepKind::kResend: return resend(step);
    case StepKind::kKill: return kill(step);
    case StepKind::kRelease: return release(step);
    case StepKind::kLimit: return limit(step);
    case StepKind::kWait:
      flush();
      now_millis_ += std::clamp<std::int64_t>(step.value, 0, 1 << 20);
      return;
    case StepKind::kState: return change_state(step);
    case StepKind::kCalendar: return calendar(step);
    case StepKind::kRestore: return restore();
  }
}

void HistoryRun::finish() {
  flush();
  if (!latched_.empty()) control("engine", Tick{});
  compare_state();
}

CommandId HistoryRun::fresh_id(std::int64_t stamp_millis) {
  return make_uuid7(static_cast<std::uint64_t>(now_millis_ + stamp_millis), 0, ++ids_);
}

CommandFrame HistoryRun::next_frame(FrameClass frame_class) const {
  CommandFrame frame;
  frame.sequence = CmdSequence{engine_->cmd_sequence().value() + 1};
  frame.broker_time = now();
  frame.frame_class = frame_class;
  return frame;
}

void HistoryRun::order(const Step& step) {
  OrderCommand command = step.order;
  command.command_id = fresh_id(std::clamp<std::int64_t>(step.stamp, -(1 << 20), 1 << 20));
  command.valid_until = step.valid == 0
                            ? Nanos{}
                            : now() + Nanos{std::clamp<std::int64_t>(step.valid, -(1 << 20), 1 << 20) * kNanosPerMilli};
  if (step.ends != 0)
    command.expire_at = now() + Nanos{std::clamp<std::int64_t>(step.ends, -(1 << 20), 1 << 20) * kNanosPerMilli};
  enqueue(command, step.joins);
}

// A client that heard nothing sends again; one with a fault sends something else under the same command id.
void HistoryRun::resend(const Step& step) {
  if (sent_.empty()) return;
  OrderCommand command = sent_[sent_.size() - 1 - step.back % sent_.size()];
  if (step.altered) command.quantity = command.quantity == Quantity{1} ? Quantity{2} : Quantity{1};
  enqueue(command, step.joins);
}

void HistoryRun::enqueue(const OrderCommand& command, bool joins) {
  if (!joins || !options_.frames || batch_.size() == kFrameMax) flush();
  batch_.push_back(command);
  if (sent_.size() == kSentMax) sent_.erase(sent_.begin());
  sent_.push_back(command);
}

void HistoryRun::kill(const Step& step) {
  flush();
  EngageKillSwitch kill;
  kill.kill_id = fresh_id(0);
  kill.scope = step.scope;
  kill.key = name_of(step.scope, step.key);
  kill.mode = step.mode;
  const reference::Scope scope{step.scope, step.key};
  // Flatten is not for a strategy: the log refuses it, the latch stops all the same.
  const bool possible = !(step.scope == KillScope::kStrategy && step.mode == KillMode::kFlatten);
  const KillMode mode = possible ? step.mode : KillMode::kBlockAndCancel;
  const Effect effect = [&](reference::Events& events) { reference_.kill(scope, mode, events); };
  const core::LatchedKill latched{kill, principal("officer")};
  if (step.path == KillPath::kLog) {
    if (possible) control_expecting("officer", kill, RejectReason::kNone, effect);
    else control_expecting("officer", kill, RejectReason::kUnsupported);
  } else if (step.path == KillPath::kLatch && latched_.size() < core::KillLatch::kCapacity) {
    latch_.store(latched);  // takes effect before the next command
    latched_.push_back(latched);
    pending_kills_.emplace_back(scope, mode);
  } else {
    if (!engine_->engage(latched, answer_)) throw Finding{13, "a new kill did not take effect"};
    if (again_) again_->engage(latched, second_);
    reference::Events expected;
    effect(expected);
    after_answer(expected);
    const bool repeated = engine_->engage(latched, second_);
    if (repeated) throw Finding{13, "the same kill took effect twice"};
  }
}

// Two people, and the newest kill's name: anything less must not lift the scope.
void HistoryRun::release(const Step& step) {
  flush();
  if (!latched_.empty()) control("engine", Tick{});
  const KillImage* scope = engine_->state().kills().find(step.scope, name_of(step.scope, step.key));
  if (scope == nullptr) return;
  // Without the reference's trades nobody else knows which accounts a daily limit has stopped.
  const bool engaged = options_.reference ? reference_.is_killed({step.scope, step.key}) : scope->engaged;
  if (engaged != scope->engaged) throw Finding{13, "a scope is engaged that should not be, or is not that should be"};
  RequestRelease request;
  request.release_id = fresh_id(0);
  request.scope = step.scope;
  request.key = scope->key;
  request.kill_id = scope->newest.kill.kill_id;
  const ApproveRelease approve{request.release_id, {}};
  control_expecting("ann", request, engaged ? RejectReason::kNone : RejectReason::kUnknownKill);
  control_expecting("ann", approve, engaged ? RejectReason::kSamePerson : RejectReason::kUnknownRelease);
  control_expecting("bob", approve, engaged ? RejectReason::kNone : RejectReason::kUnknownRelease);
  reference_.release({step.scope, step.key});
}

void HistoryRun::limit(const Step& step) {
  flush();
  const auto within = [&](std::uint32_t count) { return 1 + (step.key + count - 1) % count; };
  std::uint32_t id = 0;
  SetLimits limits;
  if (step.of == reference::LimitOf::kAccount)
    limits.account = name_of(KillScope::kAccount, id = within(world_.accounts));
  if (step.of == reference::LimitOf::kInstrument)
    limits.symbol = name_of(KillScope::kSymbol, id = within(world_.instruments));
  limits.changes[static_cast<std::size_t>(step.limit)] = {step.lifts ? LimitAction::kLift : LimitAction::kSet,
                                                          step.lifts ? 0 : step.value};
  bool taken = true;
  const Effect effect = [&](reference::Events& events) {
    taken =
        reference_.set_limit(step.of, id, step.limit, step.lifts ? std::nullopt : std::optional(step.value), events);
  };
  const RejectReason got = control("officer", limits, effect);
  if (got != (taken ? RejectReason::kNone : RejectReason::kInvalidLimit))
    throw Finding{kDifferential, place() + "a limit is " + std::string(sluice::name_of(got))};
}

void HistoryRun::change_state(const Step& step) {
  flush();
  const std::uint32_t instrument = 1 + (step.key + world_.instruments - 1) % world_.instruments;
  const SetInstrumentState change{name_of(KillScope::kSymbol, instrument), step.state};
  control_expecting("operator", change, RejectReason::kNone,
                    [&](reference::Events& events) { reference_.set_state(instrument, step.state, events); });
}

void HistoryRun::calendar(const Step& step) {
  flush();
  SetCalendar calendar;
  const Nanos end = now() + Nanos{std::clamp<std::int64_t>(step.value, 0, 1 << 20) * kNanosPerMilli};
  if (end > now()) calendar.days.push_back({.ends_at = end, .date = 20231114});
  control_expecting("operator", calendar, RejectReason::kNone, [&](reference::Events&) {
    reference_.set_calendar(end > now() ? std::optional(end) : std::nullopt);
  });
}

void HistoryRun::restore() {
  flush();
  if (!options_.restores) return;
  auto restored = core::Engine::restore(engine_->image(), capacity_of(world_, options_.extra_orders));
  if (!restored.ok()) throw Finding{19, place() + "the engine's own image: " + restored.error().message};
  if (restored.value()->state_hash() != engine_->state_hash()) throw Finding{19, place() + "hash after a restore"};
  engine_ = std::move(restored).value();
}

void HistoryRun::control_expecting(std::string_view by, ControlCommandBody body, RejectReason reason,
                                   const Effect& effect) {
  const RejectReason got = control(by, std::move(body), effect);
  if (got != reason)
    throw Finding{13, place() + std::string(sluice::name_of(got)) + ", not " + std::string(sluice::name_of(reason))};
}

RejectReason HistoryRun::control(std::string_view by, ControlCommandBody body, const Effect& effect) {
  const ControlCommand command{fresh_id(0), principal(by), std::move(body)};
  CommandFrame frame = next_frame(FrameClass::kControl);
  frame.controls = std::span(&command, 1);
  reference::Events expected;
  reference_.advance(now(), expected);
  take_latched_kills(expected);
  if (effect) effect(expected);
  execute(frame);
  after_answer(expected);
  return answer_.outcomes.at(0).reason;
}

void HistoryRun::take_latched_kills(reference::Events& events) {
  for (const auto& [scope, mode] : std::exchange(pending_kills_, {})) reference_.kill(scope, mode, events);
}

void HistoryRun::flush() {
  if (batch_.empty()) return;
  const std::vector<OrderCommand> commands = std::exchange(batch_, {});
  CommandFrame frame = next_frame(FrameClass::kOrders);
  frame.orders = commands;
  const bool kills = !pending_kills_.empty();
  reference::Events expected;
  reference_.advance(now(), expected);
  take_latched_kills(expected);
  std::vector<reference::Outcome> outcomes;
  if (options_.reference) {
    for (const OrderCommand& command : commands) {
      const reference::Place at{frame.sequence.value(), static_cast<std::uint32_t>(outcomes.size())};
      outcomes.push_back(reference_.perform(command, at, expected));
    }
  }
  const Hash128 before = engine_->trading_hash();
  execute(frame);
  if (options_.reference) compare_outcomes(outcomes, commands);
  if (!kills) check_unchanged(before);
  after_answer(expected);
}

void HistoryRun::execute(const CommandFrame& frame) {
  recorded_.clear();
  for (const core::LatchedKill& kill : latched_) recorded_.push_back({0, kill});
  latched_.clear();
  engine_->execute(frame, latch_, answer_);
  if (again_) again_->execute(frame, recorded_, second_);
}

void HistoryRun::after_answer(const reference::Events& expected) {
  ++frames_;
  if (options_.keep_log) log_.push_back(answer_);
  if (options_.reference) compare_events(expected);
  checker_.read(answer_);
  if (again_) compare_reexecution();
  if (replica_) {
    const Status applied = replica_->apply(answer_);
    if (!applied.ok()) throw Finding{19, place() + applied.error().message};
    if (replica_->state_hash() != engine_->state_hash()) throw Finding{19, place() + "a replay has another state hash"};
  }
  const bool registered = engine_->state().instrument(InstrumentId{world_.instruments}) != nullptr;
  if (registered && frames_ % options_.books_every == 0) compare_state();
}

std::string HistoryRun::place() const { return "CMD " + std::to_string(engine_->cmd_sequence().value()) + ": "; }

}  // namespace sluice::property
