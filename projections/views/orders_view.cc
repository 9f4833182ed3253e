#include "projections/views/orders_view.h"

#include <algorithm>
#include <string>

#include "projections/views/book_view.h"

namespace sluice::projections::orders_view {

namespace {

Key order_key(OrderId id) { return Key(shard_of(id), Table::kOrder).add(id); }
Key by_account_key(ShardId shard, const OrderRow& order) {
  return Key(shard, Table::kOrderByAccount).add(order.account).add(order.order_id);
}
Key live_key(ShardId shard, const OrderRow& order) {
  return Key(shard, Table::kLiveByAccount).add(order.account).add(order.order_id);
}
Key waiting_key(ShardId shard, const OrderRow& order) {
  return Key(shard, Table::kWaitingStop).add(order.instrument).add(order.order_id);
}
Key client_id_key(ShardId shard, AccountId account, InstrumentId instrument, const ClientOrderId& name) {
  return Key(shard, Table::kOrderByClientId).add(account).add(instrument).add(name);
}

/// R-ICE: shows min(display, left).
Quantity fresh_tranche(const OrderRow& order) {
  return order.display == Quantity{0} ? order.remaining : std::min(order.display, order.remaining);
}

bool is_stop(OrderType type) { return type == OrderType::kStop || type == OrderType::kStopLimit; }

/// The order goes to the tail of its level with a fresh tranche.
void join_tail(OrderRow& order, ViewBatch& batch) {
  order.shown = fresh_tranche(order);
  order.priority = book_view::next_priority(batch);
}

class Folder {
 public:
  Folder(const OrderEvent& event, const FoldContext& context, ViewBatch& batch)
      : event_(event), context_(context), batch_(batch) {}

  Changes run() {
    switch (event_.kind) {
      case OrderEventKind::kAccepted: accept(); break;
      case OrderEventKind::kTraded: trade(); break;
      case OrderEventKind::kCancelled: change(event_.order_id, [this](OrderRow& order) { cancel(order); }); break;
      case OrderEventKind::kReplaced: change(event_.order_id, [this](OrderRow& order) { replace(order); }); break;
      case OrderEventKind::kTriggered: change(event_.order_id, [this](OrderRow& order) { trigger(order); }); break;
      case OrderEventKind::kDecremented: change(event_.order_id, [this](OrderRow& order) { decrement(order); }); break;
    }
    return changes_;
  }

 private:
  void accept() {
    OrderRow order;
    order.order_id = event_.order_id;
    order.price = event_.price;
    order.quantity = event_.quantity;
    order.remaining = event_.quantity;
    order.stop_price = event_.stop_price;
    order.display = event_.display;
    order.expire_at = event_.expire_at;
    order.accepted_at = context_.time;
    order.updated_at = context_.time;
    order.event_sequence = context_.sequence;
    order.client_order_id = event_.client_order_id;
    order.account = event_.account;
    order.strategy = event_.strategy;
    order.instrument = event_.instrument;
    order.side = event_.side;
    order.type = event_.type;
    order.tif = event_.tif;
    order.stp = event_.stp;
    order.flags = event_.flags;
    order.waiting_stop = is_stop(event_.type);
    if (rests(order)) join_tail(order, batch_);
    batch_.insert(order_key(order.order_id), order);
    batch_.insert(by_account_key(context_.shard, order), IndexRow{});
    batch_.insert(live_key(context_.shard, order), IndexRow{});
    if (order.waiting_stop) batch_.insert(waiting_key(context_.shard, order), IndexRow{});
    if (!order.client_order_id.empty()) {
      batch_.set(client_id_key(context_.shard, order.account, order.instrument, order.client_order_id),
                 OrderRefRow{.order_id = order.order_id});
    }
    changes_.list[changes_.count++] = {std::nullopt, order};
  }

  void trade() {
    change(event_.order_id, [this](OrderRow& taker) {
      fill(taker, event_.remaining);
      if (rests(taker)) taker.shown = fresh_tranche(taker);
    });
    change(event_.other_order_id, [this](OrderRow& maker) {
      fill(maker, event_.other_remaining);
      if (maker.state != OrderState::kLive) return;
      maker.shown = maker.shown - event_.quantity;
      // R-ICE-TAIL: the next tranche joins the tail; a partly taken one keeps its place.
      if (maker.shown <= Quantity{0}) join_tail(maker, batch_);
    });
  }

  void fill(OrderRow& order, Quantity remaining) {
    order.filled = order.filled + event_.quantity;
    order.remaining = remaining;
    if (remaining == Quantity{0}) order.state = OrderState::kFilled;
  }

  void cancel(OrderRow& order) {
    order.remaining = Quantity{0};
    order.state = OrderState::kCancelled;
    order.cancel_reason = event_.reason;
  }

  void replace(OrderRow& order) {
    // R-REP-KEEP: less at the same price keeps the place. R-REP-LOSE: anything else joins the tail.
    const bool keeps_place = event_.price == order.price && event_.remaining <= order.remaining;
    order.price = event_.price;
    order.quantity = event_.quantity;
    order.remaining = event_.remaining;
    if (order.waiting_stop) order.stop_price = event_.stop_price;
    if (!rests(order)) return;
    if (keeps_place) order.shown = std::min(order.shown, order.remaining);
    else join_tail(order, batch_);
  }

  void trigger(OrderRow& order) {
    if (order.waiting_stop) batch_.erase(waiting_key(context_.shard, order));
    order.waiting_stop = false;
    if (rests(order)) join_tail(order, batch_);  // R-STOP-LIM: time priority from now
  }

  void decrement(OrderRow& order) {
    order.quantity = order.quantity - event_.quantity;
    order.remaining = event_.remaining;
    order.shown = std::min(order.shown, order.remaining);  // R-STP-DC: the hidden part goes first
  }

  template <typename Apply>
  void change(OrderId id, Apply&& apply) {
    const std::optional<OrderRow> before = batch_.get<OrderRow>(order_key(id));
    if (!before || before->state != OrderState::kLive) {
      batch_.fail({ErrorCode::kHalted, "fold: EVT message " + std::to_string(context_.sequence.value()) +
                                           " changes order " + std::to_string(id.value()) + ", which is not live"});
      return;
    }
    OrderRow after = *before;
    apply(after);
    after.updated_at = context_.time;
    after.event_sequence = context_.sequence;
    if (after.state != OrderState::kLive) {
      batch_.erase(live_key(context_.shard, after));
      if (after.waiting_stop) batch_.erase(waiting_key(context_.shard, after));
      after.waiting_stop = false;
      after.shown = Quantity{0};
    }
    batch_.update(order_key(id), after);
    changes_.list[changes_.count++] = {before, after};
  }

  const OrderEvent& event_;
  const FoldContext& context_;
  ViewBatch& batch_;
  Changes changes_;
};

}  // namespace

bool rests(const OrderRow& order) {
  if (order.state != OrderState::kLive || order.waiting_stop) return false;
  const bool has_limit = order.type == OrderType::kLimit || order.type == OrderType::kStopLimit;
  return has_limit &&
         (order.tif == TimeInForce::kGtc || order.tif == TimeInForce::kGtd || order.tif == TimeInForce::kDay);
}

Changes fold(const OrderEvent& event, const FoldContext& context, ViewBatch& batch) {
  return Folder(event, context, batch).run();
}

std::optional<OrderRow> find(const ReadView& view, OrderId id) { return view.get<OrderRow>(order_key(id)); }

std::optional<OrderRow> find(const ReadView& view, ShardId shard, AccountId account, InstrumentId instrument,
                             const ClientOrderId& name) {
  const auto reference = view.get<OrderRefRow>(client_id_key(shard, account, instrument, name));
  return reference ? find(view, reference->order_id) : std::nullopt;
}

void list(const ReadView& view, ShardId shard, AccountId account, bool live_only, OrderId after, const Visit& visit) {
  const Table table = live_only ? Table::kLiveByAccount : Table::kOrderByAccount;
  const Key prefix = Key(shard, table).add(account);
  view.scan<IndexRow>(prefix, Key(prefix).add(OrderId{after.value() + 1}), [&](std::string_view key, const IndexRow&) {
    const std::optional<OrderRow> order = find(view, OrderId{trailing_u64(key)});
    return !order || visit(*order);
  });
}

void list_waiting_stops(const ReadView& view, ShardId shard, InstrumentId instrument, const Visit& visit) {
  Key prefix(shard, Table::kWaitingStop);
  if (instrument != InstrumentId{}) prefix.add(instrument);
  view.scan<IndexRow>(prefix, [&](std::string_view key, const IndexRow&) {
    const std::optional<OrderRow> order = find(view, OrderId{trailing_u64(key)});
    return !order || visit(*order);
  });
}

}  // namespace sluice::projections::orders_view
