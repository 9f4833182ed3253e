#include "cli/scenario/event_view.h"

namespace sluice::scenario {

Event rejection(std::int64_t id, RejectReason reason) {
  Event rejected;
  rejected.e = "rejected";
  rejected.id = id;
  rejected.reason = sluice::name_of(reason);
  return rejected;
}

Event to_event(const OrderEvent& event, const OrderIds& ids) {
  const std::int64_t id = ids.at(event.order_id);
  Event shown;
  switch (event.kind) {
    case OrderEventKind::kAccepted: shown.e = "accepted"; break;
    case OrderEventKind::kReplaced: shown.e = "replaced"; break;
    case OrderEventKind::kTriggered: shown.e = "triggered"; break;
    case OrderEventKind::kDecremented: shown.e = "decremented"; break;
    case OrderEventKind::kCancelled: shown.e = "cancelled"; break;
    case OrderEventKind::kTraded: shown.e = "traded"; break;
  }
  if (event.kind == OrderEventKind::kTraded) {
    shown.taker = id;
    shown.maker = ids.at(event.other_order_id);
    shown.px = event.price.value();
    shown.maker_left = event.other_remaining.value();
    shown.taker_left = event.remaining.value();
  } else {
    shown.id = id;
  }
  if (event.kind == OrderEventKind::kCancelled) shown.reason = sluice::name_of(event.reason);
  const bool has_quantity = event.kind == OrderEventKind::kTraded || event.kind == OrderEventKind::kCancelled ||
                            event.kind == OrderEventKind::kDecremented;
  if (has_quantity) shown.qty = event.quantity.value();
  return shown;
}

Book read_book(const core::State& state, const Name& symbol) {
  Book shown;
  const core::Instrument* instrument = state.instrument(state.instrument_named(symbol));
  if (instrument == nullptr) return shown;
  const auto copy = [&](Side side, std::vector<BookLevel>& levels) {
    const core::OrderBook& book = instrument->book;
    for (const core::Level* level = book.best(side); level != nullptr; level = book.next_worse(side, *level)) {
      levels.push_back({level->price.value(), level->total.value(), level->orders});
    }
  };
  copy(Side::kBuy, shown.bids);
  copy(Side::kSell, shown.asks);
  return shown;
}

}  // namespace sluice::scenario
