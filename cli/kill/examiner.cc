#include "cli/kill/examiner.h"

#include <variant>

namespace sluice::cli {

namespace {

constexpr std::size_t kExamples = 5;
constexpr std::uint64_t kPrincipalBit = std::uint64_t{1} << 63;  // of Outcome::key_owner

std::string name_of(OrderEventKind kind) {
  switch (kind) {
    case OrderEventKind::kAccepted: return "accepted";
    case OrderEventKind::kTraded: return "traded";
    case OrderEventKind::kCancelled: return "cancelled";
    case OrderEventKind::kReplaced: return "replaced";
    case OrderEventKind::kTriggered: return "triggered";
    case OrderEventKind::kDecremented: return "decremented";
  }
  return "changed";
}

}  // namespace

bool KillExaminer::Bound::covers(AccountId account, StrategyId strategy, InstrumentId instrument) const {
  switch (scope) {
    case KillScope::kGlobal: return true;
    case KillScope::kAccount: return id != 0 && account.value() == id;
    case KillScope::kSymbol: return id != 0 && instrument.value() == id;
    case KillScope::kStrategy: return id != 0 && strategy.value() == id;
  }
  return false;
}

KillExaminer::KillExaminer(const KillId& kill, CommandsOf commands) : kill_(kill), commands_(std::move(commands)) {}

KillExaminer::Bound KillExaminer::bind(KillScope scope, const Name& key) const {
  const auto found = ids_.find({scope, key});
  return {scope, key, found == ids_.end() ? 0 : found->second};
}

// A kill covers a name, so also what is registered under it later.
void KillExaminer::learn(KillScope kind, const Name& name, std::uint32_t id) {
  ids_.emplace(std::pair(kind, name), id);
  if (scope_.scope == kind && scope_.key == name) scope_.id = id;
  for (Bound& scope : flattening_) {
    if (scope.scope == kind && scope.key == name) scope.id = id;
  }
}

Status KillExaminer::take(const Answer& answer, std::uint64_t sequence, const Sha256& chain) {
  if (evidence_.released) return ok_status();
  const bool open_before = open();
  answer_ = &answer;
  sequence_ = sequence;
  for_each_event(
      answer, [&](const ControlEvent& event) { take_control(event); },
      [&](const OrderEvent& event) { take_order(event); });
  answer_ = nullptr;
  evidence_.end_event_sequence = sequence;
  evidence_.end_chain = chain;
  evidence_.end_log_time = answer.log_time;
  if (!evidence_.engaged) return ok_status();
  if (evidence_.event_sequence == sequence) evidence_.chain = chain;
  // A control message has no outcomes; a kill of a timer or of the log stands before every order's outcome.
  return count_refused(answer, open_before ? 0 : evidence_.command_index.value_or(0));
}

void KillExaminer::take_control(const ControlEvent& event) {
  if (open()) ++evidence_.events_examined;
  if (const auto* account = std::get_if<AccountRegistered>(&event.body)) {
    learn(KillScope::kAccount, account->name, account->id.value());
  } else if (const auto* strategy = std::get_if<StrategyRegistered>(&event.body)) {
    learn(KillScope::kStrategy, strategy->name, strategy->id.value());
  } else if (const auto* instrument = std::get_if<InstrumentDefined>(&event.body)) {
    learn(KillScope::kSymbol, instrument->definition.symbol, instrument->id.value());
  } else if (const auto* engaged = std::get_if<KillSwitchEngaged>(&event.body)) {
    if (engaged->kill.mode == KillMode::kFlatten) flattening_.push_back(bind(engaged->kill.scope, engaged->kill.key));
    if (engaged->kill.kill_id == kill_ && !evidence_.engaged) begin(*engaged, event);
  } else if (const auto* released = std::get_if<KillSwitchReleased>(&event.body)) {
    std::erase_if(flattening_, [&](const Bound& b) { return b.scope == released->scope && b.key == released->key; });
    if (open() && released->scope == scope_.scope && released->key == scope_.key) evidence_.released = *released;
  }
}

void KillExaminer::begin(const KillSwitchEngaged& engaged, const ControlEvent& event) {
  scope_ = bind(engaged.kill.scope, engaged.kill.key);
  evidence_.engaged = engaged;
  evidence_.event_sequence = sequence_;
  evidence_.command_sequence = answer_->cmd_sequence;
  if (event.command_index != kNoCommand) evidence_.command_index = event.command_index;
  evidence_.log_time = answer_->log_time;
}

void KillExaminer::take_order(const OrderEvent& event) {
  if (open()) {
    ++evidence_.events_examined;
    const bool own = scope_.covers(event.account, event.strategy, event.instrument);
    const bool others = event.kind == OrderEventKind::kTraded &&
                        scope_.covers(event.other_account, orders_.strategy_of(event.other_order_id), event.instrument);
    if (own || others) ++evidence_.events_in_scope;
    if ((own || others) && forbidden(event, own, others)) {
      ++evidence_.violations;
      if (evidence_.examples.size() < kExamples) {
        evidence_.examples.push_back("event message " + std::to_string(sequence_) + ": order " +
                                     std::to_string(event.order_id.value()) + " was " + name_of(event.kind));
      }
    }
  }
  orders_.take(event);
}

/// `own`: the order is in scope; `others`: the resting order that it traded with is.
bool KillExaminer::forbidden(const OrderEvent& event, bool own, bool others) const {
  const bool takes_off = event.kind == OrderEventKind::kCancelled || event.kind == OrderEventKind::kDecremented;
  if (takes_off) return false;
  const bool counts = own && !flattens(event);
  switch (evidence_.engaged->kill.mode) {
    case KillMode::kBlockAndCancel:
    case KillMode::kFlatten: return counts || others;
    case KillMode::kBlockOnly: return counts;
    case KillMode::kReduceOnly: return counts && grows(event);
  }
  return true;
}

/// True if the order may increase a position after the event, as what is live on its side stood before it.
bool KillExaminer::grows(const OrderEvent& event) const {
  Int128 more = 0;
  if (event.kind == OrderEventKind::kAccepted) more = event.quantity.value();
  else if (event.kind == OrderEventKind::kReplaced) more = event.remaining.value() - orders_.left_of(event.order_id);
  else return false;
  return orders_.live(event.account, event.instrument, event.side) + more >
         orders_.closable(event.account, event.instrument, event.side);
}

bool KillExaminer::flattens(const OrderEvent& event) const {
  if ((event.flags & kFlagFlatten) == 0) return false;
  for (const Bound& scope : flattening_) {
    if (scope.covers(event.account, event.strategy, event.instrument)) return true;
  }
  return false;
}

/// A replace names no strategy; its order has one.
bool KillExaminer::covers(const OrderCommand& command) const {
  const StrategyId strategy =
      command.kind == OrderCommandKind::kReplace ? orders_.strategy_of(command.order_id) : command.strategy;
  return scope_.covers(command.account, strategy, command.instrument);
}

/// Refusals at or behind command `from`. An outcome names the account only; for the other scopes the command itself is
/// read, whose SHA-256 is in the chain.
Status KillExaminer::count_refused(const Answer& answer, std::uint32_t from) {
  std::vector<OrderCommand> commands;
  for (std::uint32_t i = from; i < answer.outcomes.size(); ++i) {
    const Outcome& outcome = answer.outcomes[i];
    const bool refused = outcome.reason == RejectReason::kKilled && (outcome.flags & kFlagRepeat) == 0 &&
                         (outcome.key_owner & kPrincipalBit) == 0;
    if (!refused) continue;
    const AccountId account{static_cast<std::uint32_t>(outcome.key_owner)};
    const bool by_account = scope_.scope == KillScope::kGlobal || scope_.scope == KillScope::kAccount;
    if (!by_account && commands.empty()) {
      auto read = commands_(answer.cmd_sequence, answer.cmd_sha256);
      if (!read.ok()) return read.error();
      commands = std::move(read).value();
    }
    if (!by_account && i >= commands.size())
      return Error{ErrorCode::kHalted, "command message " + std::to_string(answer.cmd_sequence.value()) +
                                           " has fewer commands than its answer has outcomes"};
    if (by_account ? scope_.covers(account, {}, {}) : covers(commands[i])) ++evidence_.commands_refused;
  }
  return ok_status();
}

}  // namespace sluice::cli
