#include "bench/book_flow.h"

#include <algorithm>
#include <cmath>

#include "base/invariant.h"

namespace sluice::bench {

namespace {

constexpr std::int64_t kMiddle = 1 << 17;  // of a domain of 2^18 prices
constexpr std::int64_t kDistanceMax = 1 << 16;

/// The flow's own books are the slow ones: what it generates does not depend on what it measures.
class FlowMaker {
 public:
  explicit FlowMaker(const FlowOptions& options)
      : options_(options),
        random_(options.seed),
        books_(options.books),
        middles_(options.books, kMiddle),
        resting_(options.books) {
    place_.push_back(0);  // no order has id 0
  }

  BookFlow make() {
    BookFlow flow;
    const std::size_t wanted = std::size_t{options_.books} * options_.resting;
    while (live_.size() < wanted)
      emit(flow.opening, passive(static_cast<std::uint16_t>(live_.size() % options_.books)));
    flow.resting_min = flow.resting_max = live_.size();
    flow.commands.reserve(options_.commands);
    while (flow.commands.size() < options_.commands) {
      emit(flow.commands, next());
      flow.resting_min = std::min<std::uint64_t>(flow.resting_min, live_.size());
      flow.resting_max = std::max<std::uint64_t>(flow.resting_max, live_.size());
    }
    return flow;
  }

  // Reports: which orders are live.
  void accepted(std::int64_t) {}
  void rejected(std::int64_t, core::BookReject) {
    constexpr bool kFlowIsRight = false;
    INVARIANT(kFlowIsRight);
  }
  void traded(const core::BookTrade& trade) {
    if (trade.maker_left == Quantity{0}) forget(trade.maker);
  }
  void cancelled(std::int64_t id, Quantity) { forget(id); }

 private:
  struct Live {
    std::int64_t id;
    std::uint16_t book;
  };

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  double uniform() { return static_cast<double>(random_() >> 11) * 0x1p-53; }

  void emit(std::vector<BookCommand>& commands, const BookCommand& command) {
    commands.push_back(command);
    perform(books_[command.book], command, *this);
    if (command.action != BookAction::kNew && command.action != BookAction::kReplace) return;
    const bool rests = books_[command.book].find(command.id) != nullptr;
    if (rests && place_[static_cast<std::size_t>(command.id)] == kNowhere) {
      place_[static_cast<std::size_t>(command.id)] = static_cast<std::uint32_t>(live_.size());
      live_.push_back({command.id, command.book});
      ++resting_[command.book];
    } else if (!rests) {
      forget(command.id);
    }
  }

  void forget(std::int64_t id) {
    const std::uint32_t at = place_[static_cast<std::size_t>(id)];
    if (at == kNowhere) return;
    --resting_[live_[at].book];
    live_[at] = live_.back();
    place_[static_cast<std::size_t>(live_[at].id)] = at;
    live_.pop_back();
    place_[static_cast<std::size_t>(id)] = kNowhere;
  }

  std::int64_t new_id() {
    place_.push_back(kNowhere);
    return static_cast<std::int64_t>(place_.size()) - 1;
  }

  BookCommand next() {
    const std::uint64_t dice = below(100);
    const auto book = static_cast<std::uint16_t>(below(options_.books));
    move_middle(book);
    if (dice < 47) return passive(book);
    if (dice < 67) return aggressive(book, dice < 57 ? BookAction::kNew : BookAction::kIoc);
    const Live& target = live_[below(live_.size())];
    if (dice < 90) return {.id = target.id, .book = target.book, .action = BookAction::kCancel};
    return replace(target);
  }

  /// A step of one tick, drawn back to where it began: about twenty ticks away at most times.
  void move_middle(std::uint16_t book) {
    std::int64_t& middle = middles_[book];
    const double up = 0.5 - static_cast<double>(middle - kMiddle) / 800.0;
    middle += uniform() < up ? 1 : -1;
  }

  /// P(distance > d) = (1 + d / 8)^-1.5, behind the middle and behind the other side's best.
  std::int64_t passive_price(std::uint16_t book, Side side) {
    const double tail = 8.0 * (std::pow(1.0 - uniform(), -1.0 / 1.5) - 1.0);
    const std::int64_t distance = 1 + std::min(static_cast<std::int64_t>(tail), kDistanceMax);
    const auto& others = books_[book].levels(core::opposite(side));
    if (side == Side::kBuy) {
      const std::int64_t price = middles_[book] - distance;
      return others.empty() ? price : std::min(price, others.begin()->second.front().price.value() - 1);
    }
    const std::int64_t price = middles_[book] + distance;
    return others.empty() ? price : std::max(price, others.begin()->second.front().price.value() + 1);
  }

  std::uint32_t quantity() { return static_cast<std::uint32_t>(1 + below(100)); }

  BookCommand passive(std::uint16_t book) {
    const Side side = below(2) == 0 ? Side::kBuy : Side::kSell;
    return {.id = new_id(),
            .price = passive_price(book, side),
            .quantity = quantity(),
            .book = book,
            .action = BookAction::kNew,
            .side = side};
  }

  /// Takes one or two orders whole, more if too many rest and part of one if too few; some leave a remainder.
  BookCommand aggressive(std::uint16_t book, BookAction action) {
    const double excess = static_cast<double>(resting_[book]) / options_.resting - 1.0;
    const double whole = std::clamp(1.25 + 60.0 * excess, 0.0, 4.0);
    auto makers = static_cast<std::uint64_t>(whole);
    if (uniform() < whole - static_cast<double>(makers)) ++makers;
    const Side side = below(2) == 0 ? Side::kBuy : Side::kSell;
    std::int64_t taken = 0;
    std::int64_t price = middles_[book];
    std::uint64_t seen = 0;
    for (const auto& [rank, queue] : books_[book].levels(core::opposite(side))) {
      for (auto order = queue.begin(); order != queue.end() && seen <= makers; ++order, ++seen) {
        price = order->price.value();
        if (seen < makers) taken += order->left.value();
        else taken += order->left.value() / 2;  // the last one in part
      }
      if (seen > makers) break;
    }
    if (below(8) == 0) taken += quantity();
    return {.id = new_id(),
            .price = price,
            .quantity = static_cast<std::uint32_t>(std::max<std::int64_t>(taken, 1)),
            .book = book,
            .action = action,
            .side = side};
  }

  /// Half of them shrink in place, the others move.
  BookCommand replace(const Live& target) {
    const PeerBook::Order& order = *books_[target.book].find(target.id);
    BookCommand command{.id = target.id,
                        .price = order.price.value(),
                        .quantity = quantity(),
                        .book = target.book,
                        .action = BookAction::kReplace,
                        .side = order.side};
    if (below(2) == 0) command.quantity = static_cast<std::uint32_t>((order.left.value() + 1) / 2);
    else command.price = passive_price(target.book, order.side);
    return command;
  }

  static constexpr std::uint32_t kNowhere = 0xffffffff;

  const FlowOptions options_;
  std::mt19937_64 random_;
  std::vector<PeerBook> books_;
  std::vector<std::int64_t> middles_;
  std::vector<std::uint32_t> resting_;  // in each book
  std::vector<Live> live_;
  std::vector<std::uint32_t> place_;  // of each id in live_
};

}  // namespace

BookFlow make_flow(const FlowOptions& options) { return FlowMaker(options).make(); }

}  // namespace sluice::bench
