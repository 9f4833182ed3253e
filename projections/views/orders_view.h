// Orders: every order ever, as it is now; found by id, by account (all or live), and by the client's name of it.
// Waiting stops, too. Folds belong to the projector's thread; reads to any thread with a ReadView of its own.
#pragma once

#include <array>
#include <functional>
#include <optional>

#include "domain/events.h"
#include "projections/read_view.h"
#include "projections/view_batch.h"
#include "projections/views/fold_context.h"

namespace sluice::projections::orders_view {

/// An order before and after an event; the book follows from it.
struct Change {
  std::optional<OrderRow> before;
  OrderRow after;
};
/// At most two orders change in one event: a trade's taker and maker.
struct Changes {
  std::array<Change, 2> list;
  std::size_t count = 0;
};

/// True if the order stands in its book: the remainder of a limit order that lives on, waiting stops excluded.
bool rests(const OrderRow& order);

Changes fold(const OrderEvent& event, const FoldContext& context, ViewBatch& batch);

std::optional<OrderRow> find(const ReadView& view, OrderId id);
/// The newest order of that name, live or not.
std::optional<OrderRow> find(const ReadView& view, ShardId shard, AccountId account, InstrumentId instrument,
                             const ClientOrderId& name);

using Visit = std::function<bool(const OrderRow&)>;  // false: enough
/// Orders of the account with an id above `after`, by id.
void list(const ReadView& view, ShardId shard, AccountId account, bool live_only, OrderId after, const Visit& visit);
/// Waiting stops of an instrument, or of all (InstrumentId{}), by instrument and order id.
void list_waiting_stops(const ReadView& view, ShardId shard, InstrumentId instrument, const Visit& visit);

}  // namespace sluice::projections::orders_view
