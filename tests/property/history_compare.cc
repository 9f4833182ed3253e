// HistoryRun: what is compared, and how a difference is told.
#include <algorithm>
#include <cstring>

#include "tests/property/history_run.h"
#include "tests/support/throwing_invariants.h"

namespace sluice::property {

namespace {

reference::Event event_of(const OrderEvent& event) {
  reference::Event plain;
  plain.kind = event.kind;
  plain.order = event.order_id.value();
  plain.maker = event.other_order_id.value();
  plain.price = event.price.value();
  plain.stop_price = event.stop_price.value();
  plain.quantity = event.quantity.value();
  plain.left = event.remaining.value();
  plain.maker_left = event.other_remaining.value();
  plain.reason = event.reason;
  return plain;
}

reference::Outcome outcome_of(const Outcome& outcome) {
  return {.reason = outcome.reason,
          .order = outcome.order_id.value(),
          .repeat = (outcome.flags & kFlagRepeat) != 0,
          .first = {outcome.first_sequence.value(), outcome.first_index}};
}

std::string to_text(const reference::Outcome& outcome) {
  return std::string(name_of(outcome.reason)) + " order " + std::to_string(outcome.order) +
         (outcome.repeat ? " repeat" : "") + " first " + std::to_string(outcome.first.sequence) + "/" +
         std::to_string(outcome.first.index);
}

template <typename T>
bool same_bytes(const std::vector<T>& a, const std::vector<T>& b) {
  static_assert(std::has_unique_object_representations_v<T>);
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

}  // namespace

/// 12: what is refused changes nothing. 6: nor does a fill-or-kill order that is killed (a limit of the rate counts
/// it).
void HistoryRun::check_unchanged(const Hash128& before) const {
  const bool all_refused = std::all_of(answer_.outcomes.begin(), answer_.outcomes.end(), [](const Outcome& outcome) {
    return outcome.code == OutcomeCode::kRejected || (outcome.flags & kFlagRepeat) != 0;
  });
  const auto of_killed_fok = [](const OrderEvent& event) {
    return event.tif == TimeInForce::kFok &&
           (event.kind == OrderEventKind::kAccepted || event.reason == CancelReason::kFok);
  };
  const auto ends = std::count_if(answer_.order_events.begin(), answer_.order_events.end(),
                                  [](const OrderEvent& event) { return event.kind == OrderEventKind::kCancelled; });
  const bool only_killed_foks = std::all_of(answer_.order_events.begin(), answer_.order_events.end(), of_killed_fok) &&
                                2 * static_cast<std::size_t>(ends) == answer_.order_events.size();
  // What log time brought about changed the state, whatever became of the commands.
  const bool timers = !answer_.control_events.empty() ||
                      std::any_of(answer_.order_events.begin(), answer_.order_events.end(),
                                  [](const OrderEvent& event) { return event.command_index == kNoCommand; });
  const bool same = timers || engine_->trading_hash() == before;
  const Requirements& need = options_.requirements;
  need.require_that(12, !all_refused || same, [&] { return place() + "refused commands changed the trading state"; });
  need.require_that(6, !only_killed_foks || same || reference_.any_rate_limit(),
                    [&] { return place() + "killed fill-or-kill orders changed the trading state"; });
}

void HistoryRun::compare_outcomes(const std::vector<reference::Outcome>& expected,
                                  std::span<const OrderCommand> commands) const {
  if (!options_.requirements.wants(kDifferential) && !options_.requirements.wants(17)) return;
  if (answer_.outcomes.size() != expected.size()) throw Finding{17, place() + "not one outcome for each command"};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Outcome& got = answer_.outcomes[i];
    const bool code = (got.code == OutcomeCode::kExecuted) == (got.reason == RejectReason::kNone);
    options_.requirements.require_that(17, code && got.command_id == commands[i].command_id,
                                       [&] { return place() + "an outcome of another command, or with a wrong code"; });
    options_.requirements.require_that(kDifferential, outcome_of(got) == expected[i], [&] {
      return place() + "outcome " + std::to_string(i) + ": expected " + to_text(expected[i]) + ", got " +
             to_text(outcome_of(got));
    });
  }
}

void HistoryRun::compare_events(const reference::Events& expected) const {
  const auto& events = answer_.order_events;
  bool same = events.size() == expected.size();
  for (std::size_t i = 0; same && i < events.size(); ++i) same = event_of(events[i]) == expected[i];
  options_.requirements.require_that(kDifferential, same, [&] {
    reference::Events got;
    for (const OrderEvent& event : events) got.push_back(event_of(event));
    return place() + "expected\n" + reference::to_text(expected) + "got\n" + reference::to_text(got);
  });
}

/// 18: the same frames give the same bytes.
void HistoryRun::compare_reexecution() const {
  bool same = same_bytes(answer_.order_events, second_.order_events) &&
              same_bytes(answer_.outcomes, second_.outcomes) &&
              answer_.control_events.size() == second_.control_events.size() && answer_.log_time == second_.log_time;
  for (std::size_t i = 0; same && i < answer_.control_events.size(); ++i) {
    const ControlEvent &a = answer_.control_events[i], &b = second_.control_events[i];
    same = a.before == b.before && a.command_index == b.command_index && a.body.index() == b.body.index();
  }
  same = same && engine_->state_hash() == again_->state_hash();
  options_.requirements.require_that(18, same, [&] { return place() + "a second execution gives another answer"; });
}

// State::check() walks everything; the queues of engine, log and reference must be the same, order by order.
void HistoryRun::compare_state() const {
  const core::State& state = engine_->state();
  state.check();
  const Requirements& need = options_.requirements;
  need.require_that(1, state.orders().size() == checker_.live(),
                    [&] { return place() + "the engine holds other live orders than the log"; });
  for (std::uint32_t i = 1; i <= world_.instruments; ++i) {
    need.require(3, !state.instrument(InstrumentId{i})->book.crossed(), "the book is crossed");
    compare_side(InstrumentId{i}, Side::kBuy);
    compare_side(InstrumentId{i}, Side::kSell);
    if (!options_.reference || !pending_kills_.empty()) continue;
    for (std::uint32_t account = 1; account <= world_.accounts; ++account)
      need.require_that(kDifferential,
                        state.position(AccountId{account}, InstrumentId{i}).value() == reference_.position(account, i),
                        [&] { return place() + "position of account " + std::to_string(account); });
  }
}

void HistoryRun::compare_side(InstrumentId instrument, Side side) const {
  const core::State& state = engine_->state();
  const Requirements& need = options_.requirements;
  std::vector<QueuedOrder> queue;
  const core::OrderBook& book = state.instrument(instrument)->book;
  for (const core::Level* level = book.best(side); level != nullptr; level = book.next_worse(side, *level)) {
    std::int64_t shown = 0;
    for (auto i = level->head; i != kNoSlot; i = state.orders().node(i).next) {
      const std::int64_t of_order = state.orders().node(i).remaining.value();
      queue.push_back({state.orders()[i].accepted.order_id.value(), level->price.value(), of_order});
      shown += of_order;
      const core::LiveOrder& order = state.orders()[i];
      const std::int64_t left = state.orders().remaining(i).value(), display = order.accepted.display.value();
      need.require(10, of_order > 0 && of_order + order.hidden.value() == left && (display == 0 || of_order <= display),
                   "an iceberg's shown and hidden parts");
      need.require(11, !order.waiting, "a waiting stop is in a level");
    }
    need.require(21, shown == level->total.value(), "the published level is not the sum of its orders");
  }
  const std::vector<QueuedOrder> of_log = checker_.resting(instrument, side);
  bool same_orders = queue.size() == of_log.size();
  for (std::size_t i = 0; same_orders && i < queue.size(); ++i) same_orders = queue[i].order == of_log[i].order;
  need.require_that(9, same_orders, [&] { return place() + "a queue is not in the order that the log gives it"; });
  need.require_that(10, !same_orders || queue == of_log, [&] { return place() + "what the book shows"; });
  if (!options_.reference || !pending_kills_.empty()) return;
  const std::vector<reference::Resting> expected = reference_.resting(instrument.value(), side);
  bool same = expected.size() == queue.size();
  for (std::size_t i = 0; same && i < queue.size(); ++i)
    same = expected[i] == reference::Resting{queue[i].order, queue[i].price, queue[i].shown};
  need.require_that(kDifferential, same, [&] { return place() + "a queue differs"; });
}

std::optional<Finding> find_fault(const History& history, const RunOptions& options, LogTotals* totals) {
  try {
    HistoryRun run(history.world, options);
    for (const Step& step : history.steps) run.play(step);
    run.finish();
    if (totals != nullptr) totals->add(run.totals());
    return std::nullopt;
  } catch (const Finding& finding) {
    return finding;
  } catch (const std::exception& error) {
    return Finding{kBroken, error.what()};
  }
}

}  // namespace sluice::property
