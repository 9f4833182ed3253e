#include "cli/scenario/live_target.h"

#include <signal.h>

#include <algorithm>

#include "eventlog/jetstream_log.h"
#include "protomap/enums.h"
#include "runtime/clock.h"
#include "runtime/doorbell.h"

namespace sluice::scenario {

namespace {

constexpr ShardId kShard{0};
constexpr const char* kEngine = "engine-0";
constexpr int kAllLevels = 1000;
constexpr Nanos kPatience{20 * kNanosPerSecond};
constexpr Nanos kPoll{100 * kNanosPerMilli};
constexpr Nanos kTickPatience{500 * kNanosPerMilli};

cli::DeploymentOptions for_scenarios(cli::DeploymentOptions options) {
  options.shards = 1;
  options.sync = false;
  return options;
}

cli::Context context_of(const cli::DeploymentOptions& options) {
  cli::Context context;
  context.data_dir = options.data_dir.string();
  context.principal = "scenario-runner";
  context.timeout_ms = 15'000;
  return context;
}

v1::KillScope to_v1(KillScope scope) { return protomap::to_proto(scope); }

/// A rejection is no failure here: the step's events tell it, and the scenario says whether it was expected.
Status allow_rejection(const Status& status) {
  return !status.ok() && status.error().code == ErrorCode::kConflict ? ok_status() : status;
}

template <typename Value>
Status status_of(const Result<Value>& result) {
  return result.ok() ? ok_status() : Status(result.error());
}

}  // namespace

LiveTarget::LiveTarget(cli::DeploymentOptions options)
    : context_(context_of(options)), deployment_(for_scenarios(std::move(options))) {}

LiveTarget::~LiveTarget() = default;

Status LiveTarget::start() {
  if (const Status started = deployment_.start(); !started.ok()) return started;
  client_ = std::make_unique<cli::LiveClient>(context_, deployment_.endpoints());
  log_ = eventlog::open_jetstream({.url = deployment_.endpoints().nats, .name = "scenario"});
  fold_ = std::make_unique<eventlog::EventFold>(kShard);
  events_ = log_->open_reader("scenario", {eventlog::StreamKind::kEvent, kShard}, 1);
  return replica().wait_for_owner();
}

LiveReplica LiveTarget::replica() const { return {*log_, deployment_.endpoints().engines.front()}; }

Status LiveTarget::reset(const Config& config) {
  if (const Status cleaned = clean_up(); !cleaned.ok()) return cleaned;
  config_ = config;
  ++scenario_;
  t_millis_ = 0;
  accounts_.clear();
  strategies_.clear();
  symbols_.clear();
  names_.clear();
  ids_.clear();
  flattened_ = 0;
  return ok_status();
}

Status LiveTarget::clean_up() {
  for (const auto& [scope, kill_id] : kills_) {
    if (const Status released = client_->release(to_v1(scope.first), scope.second, kill_id); !released.ok())
      return released;
  }
  kills_.clear();
  for (const std::string& acct : accounts_) {
    if (const Status cancelled = client_->cancel_all(prefixed(acct)); !cancelled.ok()) return cancelled;
  }
  StepResult ignored;
  return follow_events(Op{}, ignored);
}

Status LiveTarget::ensure_account(const std::string& acct) {
  if (!accounts_.insert(acct).second) return ok_status();
  return client_->register_account(prefixed(acct));
}

Status LiveTarget::ensure_strategy(const std::string& strat) {
  if (!strategies_.insert(strat).second) return ok_status();
  return client_->register_strategy(prefixed(strat));
}

Status LiveTarget::ensure_instrument(const std::string& sym) {
  if (!symbols_.insert(sym).second) return ok_status();
  v1::Instrument instrument;
  instrument.set_symbol(prefixed(sym));
  instrument.set_tick_size(config_.tick);
  instrument.set_lot_size(config_.lot);
  instrument.set_unit_value_micros(1);
  instrument.set_stop_in_market(protomap::to_proto(config_.stop_in_market));
  return client_->define_instrument(instrument);
}

/// Log time is the broker's clock, so a scenario's pauses have to be waited for.
void LiveTarget::wait_until(std::int64_t t_millis) {
  if (t_millis <= t_millis_) return;
  runtime::Doorbell bell;
  const Nanos end = runtime::steady_now() + Nanos{(t_millis - t_millis_) * kNanosPerMilli};
  while (runtime::steady_now() < end) bell.wait(bell.value(), end - runtime::steady_now());
  t_millis_ = t_millis;
}

Result<StepResult> LiveTarget::step(const Op& op) {
  wait_until(op.t_millis);
  StepResult result;
  if (const Status performed = perform(op); !performed.ok()) return performed.error();
  if (const Status followed = follow_events(op, result); !followed.ok()) return followed.error();
  return result;
}

Status LiveTarget::perform(const Op& op) {
  switch (op.kind) {
    case OpKind::kNew: return perform_new(op);
    case OpKind::kCancel:
    case OpKind::kReplace: return perform_change(op);
    case OpKind::kKill: return perform_kill(op);
    case OpKind::kRelease: return perform_release(op);
    case OpKind::kRisk: return perform_risk(op);
    case OpKind::kState: return perform_state(op);
    case OpKind::kWait: return wait_for_ticks();
  }
  return Error{ErrorCode::kInternal, "unknown operation"};
}

Status LiveTarget::perform_new(const Op& op) {
  const std::string acct = op.acct.value_or("");
  for (const Status& known :
       {ensure_account(acct), ensure_instrument(op.sym), op.strat ? ensure_strategy(*op.strat) : ok_status()}) {
    if (!known.ok()) return known;
  }
  v1::SubmitOrder order;
  order.set_account(prefixed(acct));
  order.set_symbol(prefixed(op.sym));
  if (op.strat) order.set_strategy(prefixed(*op.strat));
  order.set_client_order_id(std::to_string(op.id));
  order.set_side(protomap::to_proto(op.side));
  order.set_type(protomap::to_proto(op.type));
  order.set_time_in_force(protomap::to_proto(op.tif));
  order.set_price(op.px.value_or(0));
  order.set_quantity(op.qty.value_or(0));
  order.set_stop_price(op.stop.value_or(0));
  order.set_display(op.display.value_or(0));
  // The steps before have taken a little longer than the scenario says: its clock is the one that is waited for.
  if (op.expire)
    order.set_expire_at_unix_nanos(runtime::wall_now().value() + (*op.expire - t_millis_) * kNanosPerMilli);
  order.set_post_only(op.post);
  if (op.stp != SelfTradePrevention::kNone) order.set_self_trade_prevention(protomap::to_proto(op.stp));
  return status_of(client_->submit(order));
}

Status LiveTarget::perform_change(const Op& op) {
  // An order that never was has no owner: any account and symbol will do to ask for it.
  const auto named = names_.find(op.id);
  const OrderName name = named == names_.end() ? OrderName{"A", "X"} : named->second;
  const std::string acct = op.acct.value_or(name.acct);
  for (const Status& known : {ensure_account(acct), ensure_instrument(name.sym)}) {
    if (!known.ok()) return known;
  }
  // Client order ids are per account: another account can only mean this order by its order id.
  const auto known = std::find_if(ids_.rbegin(), ids_.rend(), [&](const auto& entry) { return entry.second == op.id; });
  const bool by_order_id = acct != name.acct && known != ids_.rend();
  const auto fill = [&](auto& target) {
    target.set_account(prefixed(acct));
    target.set_symbol(prefixed(name.sym));
    if (by_order_id) target.set_order_id(known->first.value());
    else target.set_client_order_id(std::to_string(op.id));
  };
  if (op.kind == OpKind::kCancel) {
    v1::CancelOrder cancel;
    fill(cancel);
    return status_of(client_->cancel(cancel));
  }
  v1::ReplaceOrder replace;
  fill(replace);
  if (op.qty) replace.set_quantity(*op.qty);
  if (op.px) replace.set_price(*op.px);
  if (op.stop) replace.set_stop_price(*op.stop);
  return status_of(client_->replace(replace));
}

Status LiveTarget::perform_kill(const Op& op) {
  const std::string key = scope_key(op);
  const auto engaged = client_->engage(to_v1(op.scope), key, protomap::to_proto(op.mode));
  if (!engaged.ok()) return engaged.error();
  kills_[{op.scope, key}] = engaged.value().kill_id();
  for (const v1::ShardKill& shard : engaged.value().shards())
    kill_event_ = std::max(kill_event_, shard.event_sequence());
  return ok_status();
}

Status LiveTarget::perform_release(const Op& op) {
  const std::string key = scope_key(op);
  const auto kill = kills_.find({op.scope, key});
  const std::string kill_id = kill == kills_.end() ? to_string(Uuid{}) : kill->second;
  const Status released = allow_rejection(client_->release(to_v1(op.scope), key, kill_id));
  if (released.ok()) kills_.erase({op.scope, key});
  return released;
}

Status LiveTarget::perform_state(const Op& op) {
  if (const Status known = ensure_instrument(op.sym); !known.ok()) return known;
  return client_->set_instrument_state(prefixed(op.sym), protomap::to_proto(op.state));
}

/// What is due ends with the tick that the engine appends, a moment later; its answer is the newest there then is.
Status LiveTarget::wait_for_ticks() {
  runtime::Doorbell bell;
  bell.wait(bell.value(), kTickPatience);
  const auto info = log_->info({eventlog::StreamKind::kEvent, kShard});
  if (!info.ok()) return info.error();
  kill_event_ = std::max(kill_event_, info.value().last_sequence);
  return ok_status();
}

Status LiveTarget::perform_risk(const Op& op) {
  const Status known = op.acct ? ensure_account(*op.acct) : ensure_instrument(op.sym);
  if (!known.ok()) return known;
  v1::SetLimitsRequest request;
  if (op.acct) request.set_account(prefixed(*op.acct));
  else request.set_symbol(prefixed(op.sym));
  for (const auto& [kind, value] : op.limits) {
    v1::LimitChange& change = (*request.mutable_limits())[std::string(protomap::name_of(kind))];
    change.set_lift(!value);
    change.set_value(value.value_or(0));
  }
  return status_of(client_->set_limits(std::move(request)));
}

Status LiveTarget::follow_events(const Op& op, StepResult& result) {
  const auto& seen = client_->token().shards();
  const auto due = seen.find(kShard.value());
  const std::uint64_t cmd_due = due == seen.end() ? 0 : due->second;
  const Nanos deadline = runtime::steady_now() + kPatience;
  while (fold_->checkpoint().cmd_sequence.value() < cmd_due || fold_->checkpoint().evt_sequence.value() < kill_event_) {
    if (runtime::steady_now() > deadline) return Error{ErrorCode::kTimeout, "EVT does not have the step's answer"};
    const auto message = events_->next(kPoll);
    if (!message.ok() && message.error().code == ErrorCode::kHalted) return message.error();
    if (!message.ok()) continue;
    const auto folded = fold_->accept(message.value());
    if (!folded.ok()) return folded.error();
    if (folded.value() == eventlog::EventFold::Step::kComplete) take(fold_->answer(), op, result);
  }
  return ok_status();
}

void LiveTarget::take(const Answer& answer, const Op& op, StepResult& result) {
  for (const OrderEvent& event : answer.order_events) {
    if (event.kind == OrderEventKind::kAccepted) {
      const bool flattens = (event.flags & kFlagFlatten) != 0;
      ids_[event.order_id] = flattens ? --flattened_ : op.id;
      if (!flattens) names_[op.id] = {op.acct.value_or(""), op.sym};
    }
    result.events.push_back(to_event(event, ids_));
  }
  for (const Outcome& outcome : answer.outcomes) {
    if (outcome.code != OutcomeCode::kRejected) continue;
    result.unsupported = result.unsupported || outcome.reason == RejectReason::kUnsupported;
    result.events.push_back(rejection(op.id, outcome.reason));
  }
}

Result<Book> LiveTarget::book(const std::string& sym) {
  Book shown;
  if (!symbols_.contains(sym)) return shown;
  const auto book = client_->book(prefixed(sym), kAllLevels, false);
  if (!book.ok()) return book.error();
  for (const v1::BookLevel& level : book.value().bids())
    shown.bids.push_back({level.price(), level.quantity(), level.orders()});
  for (const v1::BookLevel& level : book.value().asks())
    shown.asks.push_back({level.price(), level.quantity(), level.orders()});
  return shown;
}

Result<std::vector<std::int64_t>> LiveTarget::queue(const std::string& sym, Side side, std::int64_t px) {
  std::vector<std::int64_t> ids;
  if (!symbols_.contains(sym)) return ids;
  const auto book = client_->book(prefixed(sym), kAllLevels, true);
  if (!book.ok()) return book.error();
  for (const v1::BookLevel& level : side == Side::kBuy ? book.value().bids() : book.value().asks()) {
    if (level.price() != px) continue;
    for (const v1::QueuedOrder& queued : level.queue()) ids.push_back(ids_.at(OrderId{queued.order_id()}));
  }
  return ids;
}

Result<std::int64_t> LiveTarget::position(const std::string& acct, const std::string& sym) {
  if (!accounts_.contains(acct)) return std::int64_t{0};
  const auto positions = client_->positions(prefixed(acct));
  if (!positions.ok()) return positions.error();
  for (const v1::Position& position : positions.value().positions()) {
    if (position.symbol() == prefixed(sym)) return position.net();
  }
  return std::int64_t{0};
}

Result<std::vector<std::int64_t>> LiveTarget::stops() {
  std::vector<std::int64_t> ids;
  for (const std::string& sym : symbols_) {
    const auto waiting = client_->waiting_stops(prefixed(sym));
    if (!waiting.ok()) return waiting.error();
    for (const v1::Order& order : waiting.value().orders()) ids.push_back(ids_.at(OrderId{order.order_id()}));
  }
  return ids;
}

Status LiveTarget::rebuild() {
  const auto rebuilt = replica().rebuild();
  if (!rebuilt.ok()) return rebuilt.error();
  return compare_books(rebuilt.value().engine->state());
}

Status LiveTarget::compare_books(const core::State& rebuilt) {
  for (const std::string& sym : symbols_) {
    const auto shown = book(sym);
    if (!shown.ok()) return shown.error();
    if (shown.value() == read_book(rebuilt, *Name::from(prefixed(sym)))) continue;
    return Error{ErrorCode::kCorrupt, "the book of " + sym + " in the read models differs from the rebuilt one"};
  }
  return ok_status();
}

Status LiveTarget::snapshot() { return replica().through_snapshot(); }

Status LiveTarget::restart() {
  deployment_.process(kEngine).kill(SIGKILL);
  deployment_.process(kEngine).wait();
  if (const Status restarted = deployment_.restart(kEngine); !restarted.ok()) return restarted;
  return replica().wait_for_owner();
}

}  // namespace sluice::scenario
