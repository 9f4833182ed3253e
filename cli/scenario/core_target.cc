#include "cli/scenario/core_target.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/invariant.h"
#include "cli/scenario/event_view.h"

namespace sluice::scenario {

namespace {

constexpr core::Capacity kCapacity{.orders = 1u << 12, .keys = 1u << 13};
constexpr std::int64_t kStartMillis = 1'700'000'000'000;  // scenario time 0; any date will do

Genesis genesis_of_scenarios() {
  Genesis genesis;
  genesis.deployment = Uuid{1, 1};
  return genesis;
}

template <typename Text>
Result<Text> fixed(const std::string& text) {
  const auto value = Text::from(text);
  if (!value) return Error{ErrorCode::kInvalidArgument, "name too long: " + text};
  return *value;
}

Error failed(const std::string& what) { return {ErrorCode::kInternal, what}; }

}  // namespace

CoreTarget::CoreTarget() { INVARIANT(reset(Config{}).ok()); }

Status CoreTarget::reset(const Config& config) {
  config_ = config;
  engine_ = std::make_unique<core::Engine>(genesis_of_scenarios(), kCapacity);
  answers_.clear();
  t_millis_ = 0;
  flattened_ = 0;
  commands_ = 0;
  names_.clear();
  ids_.clear();
  checkpoint_ = engine_->image();
  checkpoint_answers_ = 0;
  return ok_status();
}

Nanos CoreTarget::log_time_at(std::int64_t t_millis) const { return Nanos{(kStartMillis + t_millis) * kNanosPerMilli}; }

CommandId CoreTarget::next_command_id() {
  return make_uuid7(static_cast<std::uint64_t>(kStartMillis + t_millis_), 0, ++commands_);
}

Status CoreTarget::execute(FrameClass frame_class, const std::vector<OrderCommand>& orders,
                           const std::vector<ControlCommand>& controls) {
  CommandFrame frame;
  frame.sequence = CmdSequence{engine_->cmd_sequence().value() + 1};
  frame.broker_time = log_time_at(t_millis_);
  frame.frame_class = frame_class;
  frame.orders = orders;
  frame.controls = controls;
  engine_->execute(frame, latch_, answers_.emplace_back());
  engine_->state().check();
  return ok_status();
}

Status CoreTarget::control(FrameClass frame_class, const std::string& principal, ControlCommandBody body) {
  const auto name = fixed<Principal>(principal);
  if (!name.ok()) return name.error();
  return execute(frame_class, {},
                 {{.command_id = next_command_id(), .principal = name.value(), .body = std::move(body)}});
}

Status CoreTarget::ensure_account(const std::string& acct) {
  const auto name = fixed<Name>(acct);
  if (!name.ok()) return name.error();
  if (state().account_named(name.value()) != AccountId{}) return ok_status();
  return control(FrameClass::kReference, "operator", RegisterAccount{name.value()});
}

Status CoreTarget::ensure_strategy(const std::string& strat) {
  const auto name = fixed<Name>(strat);
  if (!name.ok()) return name.error();
  if (state().strategy_named(name.value()) != StrategyId{}) return ok_status();
  return control(FrameClass::kReference, "operator", RegisterStrategy{name.value()});
}

Status CoreTarget::ensure_instrument(const std::string& sym) {
  const auto name = fixed<Name>(sym);
  if (!name.ok()) return name.error();
  if (state().instrument_named(name.value()) != InstrumentId{}) return ok_status();
  DefineInstrument definition;
  definition.symbol = name.value();
  definition.tick = Price{config_.tick};
  definition.lot = Quantity{config_.lot};
  definition.stop_in_market = config_.stop_in_market;
  return control(FrameClass::kReference, "operator", definition);
}

Result<StepResult> CoreTarget::step(const Op& op) {
  t_millis_ = std::max(t_millis_, op.t_millis);
  const std::size_t first_answer = answers_.size();
  const Status performed = perform(op);
  if (!performed.ok()) return performed.error();
  return take_result(op, first_answer);
}

Status CoreTarget::perform(const Op& op) {
  switch (op.kind) {
    case OpKind::kNew: return perform_new(op);
    case OpKind::kCancel:
    case OpKind::kReplace: return perform_change(op);
    case OpKind::kKill: return perform_kill(op);
    case OpKind::kRelease: return perform_release(op);
    case OpKind::kRisk: return perform_risk(op);
    case OpKind::kState: return perform_state(op);
    case OpKind::kWait: return control(FrameClass::kControl, std::string(kEngineName), Tick{});
  }
  return failed("unknown operation");
}

Status CoreTarget::perform_new(const Op& op) {
  const std::string acct = op.acct.value_or("");
  for (const Status& known :
       {ensure_account(acct), ensure_instrument(op.sym), op.strat ? ensure_strategy(*op.strat) : ok_status()}) {
    if (!known.ok()) return known;
  }
  const auto client_id = fixed<ClientOrderId>(std::to_string(op.id));
  if (!client_id.ok()) return client_id.error();
  OrderCommand command;
  command.kind = OrderCommandKind::kSubmit;
  command.command_id = next_command_id();
  command.client_order_id = client_id.value();
  command.account = state().account_named(*Name::from(acct));
  command.instrument = state().instrument_named(*Name::from(op.sym));
  if (op.strat) command.strategy = state().strategy_named(*Name::from(*op.strat));
  command.type = op.type;
  command.side = op.side;
  command.tif = op.tif;
  command.stp = op.stp;
  command.price = Price{op.px.value_or(0)};
  command.stop_price = Price{op.stop.value_or(0)};
  command.quantity = Quantity{op.qty.value_or(0)};
  command.display = Quantity{op.display.value_or(0)};
  if (op.expire) command.expire_at = log_time_at(*op.expire);
  command.flags = op.post ? kFlagPostOnly : std::uint8_t{0};
  return execute(FrameClass::kOrders, {command}, {});
}

Status CoreTarget::perform_change(const Op& op) {
  // An order that never was has no owner: any account and symbol will do to ask for it.
  const auto named = names_.find(op.id);
  const OrderName name = named == names_.end() ? OrderName{"A", "X"} : named->second;
  const std::string acct = op.acct.value_or(name.acct);
  for (const Status& known : {ensure_account(acct), ensure_instrument(name.sym)}) {
    if (!known.ok()) return known;
  }
  OrderCommand command;
  command.kind = op.kind == OpKind::kCancel ? OrderCommandKind::kCancel : OrderCommandKind::kReplace;
  command.command_id = next_command_id();
  command.account = state().account_named(*Name::from(acct));
  command.instrument = state().instrument_named(*Name::from(name.sym));
  command.client_order_id = *ClientOrderId::from(std::to_string(op.id));
  // Client order ids are per account: another account can only mean this order by its order id.
  const auto known = std::find_if(ids_.rbegin(), ids_.rend(), [&](const auto& entry) { return entry.second == op.id; });
  if (acct != name.acct && known != ids_.rend()) command.order_id = known->first;
  const auto set = [&](const std::optional<std::int64_t>& value, std::uint8_t field) {
    if (value) command.fields = static_cast<std::uint8_t>(command.fields | field);
    return value.value_or(0);
  };
  command.quantity = Quantity{set(op.qty, kFieldQuantity)};
  command.price = Price{set(op.px, kFieldPrice)};
  command.stop_price = Price{set(op.stop, kFieldStopPrice)};
  return execute(FrameClass::kOrders, {command}, {});
}

Status CoreTarget::perform_kill(const Op& op) {
  const auto key = fixed<Name>(op.key);
  if (!key.ok()) return key.error();
  EngageKillSwitch kill;
  kill.kill_id = next_command_id();
  kill.scope = op.scope;
  kill.mode = op.mode;
  kill.key = key.value();
  return control(FrameClass::kControl, "risk-officer", kill);
}

Status CoreTarget::perform_release(const Op& op) {
  const auto key = fixed<Name>(op.key);
  if (!key.ok()) return key.error();
  const KillImage* scope = state().kills().find(op.scope, key.value());
  RequestRelease request;
  request.release_id = next_command_id();
  request.scope = op.scope;
  request.key = key.value();
  if (scope != nullptr) request.kill_id = scope->newest.kill.kill_id;
  const Status requested = control(FrameClass::kControl, "risk-officer", request);
  // Nobody approves a request that was refused.
  if (!requested.ok() || answers_.back().outcomes.front().code == OutcomeCode::kRejected) return requested;
  ApproveRelease approval;
  approval.release_id = request.release_id;
  return control(FrameClass::kControl, "second-officer", approval);
}

Status CoreTarget::perform_state(const Op& op) {
  if (const Status known = ensure_instrument(op.sym); !known.ok()) return known;
  return control(FrameClass::kReference, "operator", SetInstrumentState{*Name::from(op.sym), op.state});
}

Status CoreTarget::perform_risk(const Op& op) {
  const Status known = op.acct ? ensure_account(*op.acct) : ensure_instrument(op.sym);
  if (!known.ok()) return known;
  SetLimits limits;
  if (op.acct) limits.account = *Name::from(*op.acct);
  else limits.symbol = *Name::from(op.sym);
  for (const auto& [kind, value] : op.limits) {
    limits.changes[static_cast<std::size_t>(kind)] = {value ? LimitAction::kSet : LimitAction::kLift,
                                                      value.value_or(0)};
  }
  return control(FrameClass::kReference, "risk-officer", limits);
}

StepResult CoreTarget::take_result(const Op& op, std::size_t first_answer) {
  StepResult result;
  for (std::size_t i = first_answer; i < answers_.size(); ++i) {
    for (const OrderEvent& event : answers_[i].order_events) {
      if (event.kind == OrderEventKind::kAccepted) {
        const bool flattens = (event.flags & kFlagFlatten) != 0;
        ids_[event.order_id] = flattens ? --flattened_ : op.id;
        if (!flattens) names_[op.id] = {op.acct.value_or(""), op.sym};
      }
      result.events.push_back(to_event(event, ids_));
    }
    for (const Outcome& outcome : answers_[i].outcomes) {
      if (outcome.code != OutcomeCode::kRejected) continue;
      result.unsupported = result.unsupported || outcome.reason == RejectReason::kUnsupported;
      result.events.push_back(rejection(op.id, outcome.reason));
    }
  }
  return result;
}

Result<Book> CoreTarget::book(const std::string& sym) { return read_book(state(), Name::from(sym).value_or(Name{})); }

Result<std::vector<std::int64_t>> CoreTarget::queue(const std::string& sym, Side side, std::int64_t px) {
  std::vector<std::int64_t> ids;
  const core::Instrument* instrument = state().instrument(state().instrument_named(Name::from(sym).value_or(Name{})));
  const core::Level* level = instrument == nullptr ? nullptr : instrument->book.find(side, Price{px});
  if (level == nullptr) return ids;
  const core::OrderStore& orders = state().orders();
  for (core::OrderIndex i = level->head; i != kNoSlot; i = orders.node(i).next)
    ids.push_back(ids_.at(orders[i].accepted.order_id));
  return ids;
}

Result<std::int64_t> CoreTarget::position(const std::string& acct, const std::string& sym) {
  const AccountId account = state().account_named(Name::from(acct).value_or(Name{}));
  const InstrumentId instrument = state().instrument_named(Name::from(sym).value_or(Name{}));
  return state().position(account, instrument).value();
}

Result<std::vector<std::int64_t>> CoreTarget::stops() {
  std::vector<std::int64_t> waiting;
  for (const OrderImage& order : engine_->image().orders) {
    if (order.waiting_stop) waiting.push_back(ids_.at(order.accepted.order_id));
  }
  return waiting;
}

Status CoreTarget::rebuild() {
  auto engine = std::make_unique<core::Engine>(genesis_of_scenarios(), kCapacity);
  for (const Answer& answer : answers_) {
    const Status applied = engine->apply(answer);
    if (!applied.ok()) return applied;
  }
  return adopt(std::move(engine));
}

Status CoreTarget::snapshot() {
  auto engine = core::Engine::restore(engine_->image(), kCapacity);
  if (!engine.ok()) return engine.error();
  return adopt(std::move(engine).value());
}

Status CoreTarget::restart() {
  auto engine = core::Engine::restore(checkpoint_, kCapacity);
  if (!engine.ok()) return engine.error();
  for (std::size_t i = checkpoint_answers_; i < answers_.size(); ++i) {
    const Status applied = engine.value()->apply(answers_[i]);
    if (!applied.ok()) return applied;
  }
  // Not after every answer, so that recovery has both an image and a tail to read.
  if (answers_.size() >= checkpoint_answers_ + 3) {
    checkpoint_ = engine.value()->image();
    checkpoint_answers_ = answers_.size();
  }
  return adopt(std::move(engine).value());
}

Status CoreTarget::adopt(std::unique_ptr<core::Engine> engine) {
  engine->state().check();
  if (engine->state_hash() != engine_->state_hash())
    return Error{ErrorCode::kCorrupt, "the recovered state differs from the live one"};
  engine_ = std::move(engine);
  return ok_status();
}

}  // namespace sluice::scenario
