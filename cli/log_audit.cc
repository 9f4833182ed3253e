#include "cli/log_audit.h"

#include <unordered_map>

#include "cli/engaged_scopes.h"
#include "cli/event_walk.h"
#include "domain/events.h"

namespace sluice::cli {

namespace {

constexpr std::size_t kExamples = 5;

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

void take_outcome(const Outcome& outcome, ShardId shard, const std::string& place, Outcomes& outcomes,
                  AuditReport& report) {
  if ((outcome.flags & kFlagRepeat) != 0) return;
  // A key refused for its age or content is not a first outcome: the command did nothing.
  if (outcome.reason == RejectReason::kExpired || outcome.reason == RejectReason::kIdempotencyConflict) return;
  if ((outcome.key_owner >> 63) != 0) return;  // control commands go to every shard under one id
  ++report.first_outcomes;
  const auto [first, fresh] = outcomes.emplace(outcome.command_id, FirstOutcome{outcome, shard});
  if (!fresh && !is_cancel_all_elsewhere(first->second, outcome, shard))
    note(report, report.doubled, place + ": command " + to_string(outcome.command_id) + " took effect twice");
}

Status audit_shard(eventlog::EventLog& log, ShardId shard, Outcomes& outcomes, AuditReport& report) {
  EngagedScopes scopes;
  const auto walked = walk_events(log, shard, [&](const eventlog::EventFold& fold) {
    const std::string place =
        "event message " + std::to_string(fold.last_sequence()) + " of shard " + std::to_string(shard.value());
    for_each_event(
        fold.answer(), [&](const ControlEvent& event) { scopes.take(event); },
        [&](const OrderEvent& event) {
          if (scopes.leaks(event))
            note(report, report.leaked,
                 place + ": order " + std::to_string(event.order_id.value()) + " is in an engaged scope");
        });
    for (const Outcome& outcome : fold.answer().outcomes) take_outcome(outcome, shard, place, outcomes, report);
  });
  if (!walked.ok()) return walked.error();
  report.messages += walked.value().messages;
  report.void_messages += walked.value().void_messages;
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
