#include "cli/log_audit.h"

#include <set>
#include <unordered_map>

#include "domain/events.h"
#include "eventlog/event_fold.h"

namespace sluice::cli {

namespace {

constexpr Nanos kReadTimeout{kNanosPerSecond};
constexpr std::size_t kExamples = 5;

/// The scopes engaged so far in one shard, by the log alone.
class EngagedScopes {
 public:
  void take(const ControlEvent& event) {
    if (const auto* kill = std::get_if<KillSwitchEngaged>(&event.body)) {
      engaged_.insert({kill->kill.scope, kill->kill.key});
    } else if (const auto* released = std::get_if<KillSwitchReleased>(&event.body)) {
      engaged_.erase({released->scope, released->key});
    } else if (const auto* account = std::get_if<AccountRegistered>(&event.body)) {
      accounts_[account->id] = account->name;
    } else if (const auto* strategy = std::get_if<StrategyRegistered>(&event.body)) {
      strategies_[strategy->id] = strategy->name;
    } else if (const auto* instrument = std::get_if<InstrumentDefined>(&event.body)) {
      symbols_[instrument->id] = instrument->definition.symbol;
    }
  }
  /// P1: no accepted, replaced, triggered or traded event in scope.
  bool leaks(const OrderEvent& event) {
    if (event.kind == OrderEventKind::kCancelled || event.kind == OrderEventKind::kDecremented || engaged_.empty())
      return false;
    return covers(event.account, event.strategy, event.instrument) ||
           (event.kind == OrderEventKind::kTraded && covers(event.other_account, StrategyId{}, event.instrument));
  }

 private:
  bool covers(AccountId account, StrategyId strategy, InstrumentId instrument) const {
    return engaged_.contains({KillScope::kGlobal, Name{}}) || has(KillScope::kAccount, accounts_, account) ||
           has(KillScope::kStrategy, strategies_, strategy) || has(KillScope::kSymbol, symbols_, instrument);
  }
  template <typename Id>
  bool has(KillScope scope, const std::map<Id, Name>& names, Id id) const {
    const auto found = names.find(id);
    return found != names.end() && engaged_.contains({scope, found->second});
  }

  std::set<std::pair<KillScope, Name>> engaged_;
  std::map<AccountId, Name> accounts_;
  std::map<StrategyId, Name> strategies_;
  std::map<InstrumentId, Name> symbols_;
};

struct FirstOutcome {
  Outcome outcome;
  ShardId shard;
};
using Outcomes = std::unordered_map<Uuid, FirstOutcome>;

/// A cancel-all goes to every shard under one id, and its outcome names no order. No other command may touch two
/// shards.
bool is_cancel_all_elsewhere(const FirstOutcome& first, const Outcome& outcome, ShardId shard) {
  return first.shard != shard && first.outcome.order_id == OrderId{} && outcome.order_id == OrderId{};
}

void note(AuditReport& report, std::uint64_t& count, const std::string& what) {
  ++count;
  if (report.examples.size() < kExamples) report.examples.push_back(what);
}

Status audit_shard(eventlog::EventLog& log, ShardId shard, Outcomes& outcomes, AuditReport& report) {
  const eventlog::StreamId stream{eventlog::StreamKind::kEvent, shard};
  const auto info = log.info(stream);
  if (!info.ok()) return info.error();
  const auto reader = log.open_reader("audit", stream, 1);
  eventlog::EventFold fold(shard);
  EngagedScopes scopes;
  while (fold.last_sequence() < info.value().last_sequence) {
    const auto message = reader->next(kReadTimeout);
    if (!message.ok() && message.error().code == ErrorCode::kTimeout) continue;
    if (!message.ok()) return message.error();
    const auto step = fold.accept(message.value());
    if (!step.ok()) return step.error();
    if (step.value() != eventlog::EventFold::Step::kComplete) continue;
    const std::string place =
        "event message " + std::to_string(fold.last_sequence()) + " of shard " + std::to_string(shard.value());
    for_each_event(
        fold.answer(), [&](const ControlEvent& event) { scopes.take(event); },
        [&](const OrderEvent& event) {
          if (scopes.leaks(event))
            note(report, report.leaked,
                 place + ": order " + std::to_string(event.order_id.value()) + " is in an engaged scope");
        });
    for (const Outcome& outcome : fold.answer().outcomes) {
      if ((outcome.flags & kFlagRepeat) != 0) continue;
      // A key refused for its age or content is not a first outcome: the command did nothing.
      if (outcome.reason == RejectReason::kExpired || outcome.reason == RejectReason::kIdempotencyConflict) continue;
      if ((outcome.key_owner >> 63) != 0) continue;  // control commands go to every shard under one id
      ++report.first_outcomes;
      const auto [first, fresh] = outcomes.emplace(outcome.command_id, FirstOutcome{outcome, shard});
      if (!fresh && !is_cancel_all_elsewhere(first->second, outcome, shard))
        note(report, report.doubled, place + ": command " + to_string(outcome.command_id) + " took effect twice");
    }
  }
  report.messages += fold.last_sequence();
  report.void_messages += fold.void_messages();
  return ok_status();
}

}  // namespace

Result<AuditReport> audit_log(eventlog::EventLog& log, std::uint16_t shards,
                              const std::map<std::string, JournalEntry>& journal) {
  AuditReport report;
  Outcomes outcomes;
  for (std::uint16_t shard = 0; shard < shards; ++shard) {
    if (const Status audited = audit_shard(log, ShardId{shard}, outcomes, report); !audited.ok())
      return audited.error();
  }
  for (const auto& [id, entry] : journal) {
    if (!entry.known || entry.result.level() != v1::WAIT_LEVEL_EXECUTED) continue;
    const auto uuid = parse_uuid(id);
    const auto found = outcomes.find(*uuid);
    const bool refused_key = entry.result.reason() == v1::REJECT_REASON_EXPIRED ||
                             entry.result.reason() == v1::REJECT_REASON_IDEMPOTENCY_CONFLICT;
    if (found == outcomes.end()) {
      if (!refused_key)
        note(report, report.lost,
             "command " + id + " was answered but is not in the log: " + entry.result.ShortDebugString() + ", sent " +
                 std::to_string(entry.sent) + " times, last error: " + entry.last_error);
      continue;
    }
    const Outcome& outcome = found->second.outcome;
    const bool same = static_cast<int>(outcome.code) == entry.result.outcome() &&
                      static_cast<int>(outcome.reason) == entry.result.reason() &&
                      outcome.order_id.value() == entry.result.order_id();
    if (!same && !refused_key)
      note(report, report.changed, "command " + id + " was answered with another outcome than the log holds");
  }
  return report;
}

}  // namespace sluice::cli
