#include "projections/views/views.h"

#include <type_traits>
#include <variant>

#include "projections/views/book_view.h"
#include "projections/views/kill_switches_view.h"
#include "projections/views/log_index_view.h"
#include "projections/views/orders_view.h"
#include "projections/views/positions_view.h"
#include "projections/views/reference_view.h"
#include "projections/views/trades_view.h"

namespace sluice::projections {

namespace {

void fold_order(const OrderEvent& event, const FoldContext& context, ViewBatch& batch) {
  const orders_view::Changes changes = orders_view::fold(event, context, batch);
  for (std::size_t i = 0; i < changes.count; ++i) book_view::fold(changes.list[i], context, batch);
  if (event.kind != OrderEventKind::kTraded) return;
  book_view::fold_trade(event, context, batch);
  trades_view::fold(event, context, batch);
  positions_view::fold(event, context, batch);
}

template <typename Body>
constexpr bool kIsReference = std::is_same_v<Body, InstrumentDefined> || std::is_same_v<Body, AccountRegistered> ||
                              std::is_same_v<Body, StrategyRegistered> || std::is_same_v<Body, LimitsSet> ||
                              std::is_same_v<Body, InstrumentStateChanged> || std::is_same_v<Body, CalendarSet> ||
                              std::is_same_v<Body, SettlementDayStarted>;

void fold_control(const ControlEvent& event, const FoldContext& context, ViewBatch& batch) {
  std::visit(
      [&](const auto& body) {
        using Body = std::decay_t<decltype(body)>;
        if constexpr (kIsReference<Body>) {
          reference_view::fold(body, context, batch);
        } else if constexpr (!std::is_same_v<Body, FrameRejected> && !std::is_same_v<Body, EpochStarted>) {
          kill_switches_view::fold(body, context, batch);
        }
      },
      event.body);
}

}  // namespace

void fold_answer(const Answer& answer, const eventlog::Checkpoint& before, const eventlog::Checkpoint& after,
                 ViewBatch& batch) {
  const FoldContext context{batch.shard(), after.evt_sequence, answer.log_time};
  for_each_event(
      answer, [&](const ControlEvent& event) { fold_control(event, context, batch); },
      [&](const OrderEvent& event) { fold_order(event, context, batch); });
  log_index_view::fold(before, after, batch);
}

}  // namespace sluice::projections
