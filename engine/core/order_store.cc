// OrderStore: both indices hold the same slots, those of the live orders; lists are linked through the orders
// themselves.
#include "engine/core/order_store.h"

#include <bit>
#include <cstring>

#include "base/invariant.h"

namespace sluice::core {

namespace {

// Eight successive ids share a cache line of the index: ids only grow, and most orders live shortly.
std::uint64_t hash_of(OrderId id) { return mix_words(id.value() >> 3) << 3 | (id.value() & 7); }

std::uint64_t hash_of(AccountId account, InstrumentId instrument, const ClientOrderId& client_id) {
  static_assert(sizeof(ClientOrderId) == 20);
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  std::uint32_t third = 0;
  const auto bytes = std::bit_cast<std::array<std::byte, sizeof(ClientOrderId)>>(client_id);
  std::memcpy(&first, bytes.data(), 8);
  std::memcpy(&second, bytes.data() + 8, 8);
  std::memcpy(&third, bytes.data() + 16, 4);
  return mix_words(first, second, third, (std::uint64_t{account.value()} << 32) | instrument.value());
}

std::uint64_t client_hash_of(const OrderEvent& accepted) {
  return hash_of(accepted.account, accepted.instrument, accepted.client_order_id);
}

}  // namespace

OrderStore::OrderStore(std::uint32_t capacity)
    : pool_(capacity), orders_(capacity), by_id_(capacity), by_client_id_(capacity) {}

OrderIndex OrderStore::add(const OrderEvent& accepted) {
  INVARIANT(accepted.quantity > Quantity{0});
  const OrderIndex index = pool_.acquire();
  orders_[index] = LiveOrder{};
  orders_[index].accepted = accepted;
  orders_[index].accepted.command_index = kNoCommand;  // where it stood in a frame is no part of the order
  pool_[index].id = accepted.order_id.value();
  pool_[index].side = accepted.side;
  pool_[index].remaining = accepted.quantity;
  const OrderIndex same_id = by_id_.find_or_insert(hash_of(accepted.order_id), index,
                                                   [&](OrderIndex at) { return has_id(at, accepted.order_id); });
  const OrderIndex same_name = by_client_id_.find_or_insert(client_hash_of(accepted), index, [&](OrderIndex at) {
    return has_name(at, accepted.account, accepted.instrument, accepted.client_order_id);
  });
  INVARIANT(same_id == kNoSlot);
  INVARIANT(same_name == kNoSlot);
  return index;
}

void OrderStore::prefetch_index(const OrderCommand& command) const {
  by_client_id_.prefetch(hash_of(command.account, command.instrument, command.client_order_id));
}

void OrderStore::prefetch_index(const OrderEvent& event) const {
  by_id_.prefetch(hash_of(event.order_id));
  if (event.kind == OrderEventKind::kAccepted) by_client_id_.prefetch(client_hash_of(event));
  if (event.kind == OrderEventKind::kTraded) by_id_.prefetch(hash_of(event.other_order_id));
}

void OrderStore::prefetch_orders(const OrderEvent& event) const {
  if (event.kind == OrderEventKind::kAccepted) return;  // it takes the place of an order that has just gone
  prefetch_order(event.order_id);
  if (event.kind == OrderEventKind::kTraded) prefetch_order(event.other_order_id);
}

void OrderStore::prefetch_order(OrderId id) const {
  const OrderIndex index = find(id);
  if (index == kNoSlot) return;
  pool_.prefetch(index);
  by_client_id_.prefetch(client_hash_of(orders_[index].accepted));
}

// Out of both indices before the slot is free for the next order.
void OrderStore::remove(OrderIndex index) {
  const OrderEvent& accepted = orders_[index].accepted;
  by_id_.erase(hash_of(accepted.order_id), index);
  by_client_id_.erase(client_hash_of(accepted), index);
  pool_.release(index);
  INVARIANT(by_id_.size() == pool_.used());
  INVARIANT(by_client_id_.size() == pool_.used());
}

OrderIndex OrderStore::find(OrderId id) const {
  return by_id_.find(hash_of(id), [&](OrderIndex at) { return has_id(at, id); });
}

OrderIndex OrderStore::find(AccountId account, InstrumentId instrument, const ClientOrderId& client_id) const {
  return by_client_id_.find(hash_of(account, instrument, client_id),
                            [&](OrderIndex at) { return has_name(at, account, instrument, client_id); });
}

// Always at the tail: ids only grow, so that is where ascending order wants it.
void OrderStore::link(OrderList& list, ListKind kind, OrderIndex index) {
  INVARIANT(list.tail == kNoSlot || orders_[list.tail].accepted.order_id < orders_[index].accepted.order_id);
  link_of(kind, index) = {list.tail, kNoSlot};
  (list.tail == kNoSlot ? list.head : link_of(kind, list.tail).next) = index;
  list.tail = index;
  ++list.count;
}

void OrderStore::unlink(OrderList& list, ListKind kind, OrderIndex index) {
  INVARIANT(list.count > 0);
  const LiveOrder::Link link = link_of(kind, index);
  (link.previous == kNoSlot ? list.head : link_of(kind, link.previous).next) = link.next;
  (link.next == kNoSlot ? list.tail : link_of(kind, link.next).previous) = link.previous;
  --list.count;
  INVARIANT((list.count == 0) == (list.head == kNoSlot));
}

}  // namespace sluice::core
