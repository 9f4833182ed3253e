// PeerBook: the book that everybody writes first: std::map of levels, std::list of orders, std::unordered_map of ids.
// What bench book compares with, and what must agree with it: same commands, same reports, same final hash.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <unordered_map>

#include "engine/core/matching_book.h"

namespace sluice::bench {

class PeerBook {
 public:
  struct Order {
    std::int64_t id;
    Side side;
    Price price;
    Quantity left;
  };
  using Queue = std::list<Order>;

  template <core::BookReports Reports>
  void submit(std::int64_t id, Side side, Price price, Quantity quantity, bool ioc, Reports& reports) {
    if (quantity <= Quantity{0} || quantity > kQuantityMax) return reports.rejected(id, core::BookReject::kQuantity);
    if (orders_.contains(id)) return reports.rejected(id, core::BookReject::kDuplicateId);
    reports.accepted(id);
    arrive({id, side, price, quantity}, ioc, reports);
  }

  template <core::BookReports Reports>
  void cancel(std::int64_t id, Reports& reports) {
    const auto found = orders_.find(id);
    if (found == orders_.end()) return reports.rejected(id, core::BookReject::kUnknownId);
    const Quantity left = found->second->left;
    erase(found->second);
    reports.cancelled(id, left);
  }

  template <core::BookReports Reports>
  void modify(std::int64_t id, Price price, Quantity quantity, Reports& reports) {
    const auto found = orders_.find(id);
    if (found == orders_.end()) return reports.rejected(id, core::BookReject::kUnknownId);
    if (quantity <= Quantity{0} || quantity > kQuantityMax) return reports.rejected(id, core::BookReject::kQuantity);
    reports.accepted(id);
    Order& order = *found->second;
    if (price == order.price && quantity <= order.left) {
      order.left = quantity;
      return;
    }
    const Side side = order.side;
    erase(found->second);
    arrive({id, side, price, quantity}, false, reports);
  }

  /// Best price first.
  const std::map<std::int64_t, Queue>& levels(Side side) const { return sides_[side == Side::kSell ? 1 : 0]; }
  /// nullptr if nothing rests under `id`.
  const Order* find(std::int64_t id) const {
    const auto found = orders_.find(id);
    return found == orders_.end() ? nullptr : &*found->second;
  }

 private:
  using Levels = std::map<std::int64_t, Queue>;  // by price, negated for buys: the best is the first

  Levels& side_of(Side side) { return sides_[side == Side::kSell ? 1 : 0]; }
  static std::int64_t rank(Side side, Price price) { return side == Side::kBuy ? ~price.value() : price.value(); }

  template <core::BookReports Reports>
  void arrive(Order order, bool ioc, Reports& reports) {
    Levels& makers = side_of(core::opposite(order.side));
    while (order.left > Quantity{0} && !makers.empty()) {
      Order& maker = makers.begin()->second.front();
      if (!core::within_limit(order.side, order.price, maker.price)) break;
      const Quantity traded = maker.left < order.left ? maker.left : order.left;
      order.left = order.left - traded;
      maker.left = maker.left - traded;
      const core::BookTrade trade{maker.id, order.id, order.side, maker.price, traded, maker.left, order.left};
      if (maker.left == Quantity{0}) erase(makers.begin()->second.begin());
      reports.traded(trade);
    }
    if (order.left == Quantity{0}) return;
    if (ioc) return reports.cancelled(order.id, order.left);
    Queue& queue = side_of(order.side)[rank(order.side, order.price)];
    orders_[order.id] = queue.insert(queue.end(), order);
  }

  void erase(Queue::iterator order) {
    Levels& levels = side_of(order->side);
    const auto level = levels.find(rank(order->side, order->price));
    orders_.erase(order->id);
    level->second.erase(order);
    if (level->second.empty()) levels.erase(level);
  }

  Levels sides_[2];
  std::unordered_map<std::int64_t, Queue::iterator> orders_;
};

}  // namespace sluice::bench
