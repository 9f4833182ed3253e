#include "cli/lobster_oracle.h"

#include <algorithm>
#include <cmath>

namespace sluice::cli {

using marketdata::LobsterMessage;
using marketdata::LobsterType;

namespace {

constexpr std::size_t kDepth = 3;

Error refused(const std::string& what, const std::string& reason) {
  return {ErrorCode::kConflict,
          what + " was rejected: " + reason +
              ". The sample needs an instrument of its own with an empty book; name one with --symbol"};
}

}  // namespace

Result<nlohmann::ordered_json> LobsterOracle::run(const marketdata::LobsterSample& sample) {
  if (const Status seeded = seed(sample); !seeded.ok()) return seeded.error();
  for (const LobsterMessage& message : sample.messages) {
    if (const Status played = play(message); !played.ok()) return played.error();
  }
  const auto bids = gate_.best(Side::kBuy, kDepth);
  if (!bids.ok()) return bids.error();
  const auto asks = gate_.best(Side::kSell, kDepth);
  if (!asks.ok()) return asks.error();
  const auto live = gate_.live_orders();
  if (!live.ok()) return live.error();
  nlohmann::ordered_json result;
  result["messages"] = sample.messages.size();
  result["counts"] = counts_;
  const int executions = counts_.value("exec", 0);
  const double agreement =
      executions == 0 ? 0.0 : static_cast<double>(counts_.value("exec_same_maker", 0)) / executions;
  result["maker_agreement"] = std::round(agreement * 1e5) / 1e5;
  result["final_best_bid"] = bids.value();
  result["final_best_ask"] = asks.value();
  result["resting_orders"] = live.value();
  return result;
}

/// Row 1 is the book after message 1, so what that message added is not there yet.
Status LobsterOracle::seed(const marketdata::LobsterSample& sample) {
  const auto& book = sample.books.front();
  const LobsterMessage& first = sample.messages.front();
  const auto enter = [&](Side side, const marketdata::LobsterLevel& level) -> Status {
    Quantity quantity = level.quantity;
    if (side == first.side && level.price == first.price) quantity = quantity - first.size;
    if (quantity <= Quantity{0}) return ok_status();
    const auto answer = submit({kSeedAccount, "seed-" + std::to_string(++seeds_), side, level.price, quantity});
    if (!answer.ok()) return answer.error();
    seeded_[{side, level.price}] = answer.value().order;
    return ok_status();
  };
  for (std::size_t i = 0; i < book.asks.size(); ++i) {
    if (const Status entered = enter(Side::kSell, book.asks[i]); !entered.ok()) return entered;
    if (const Status entered = enter(Side::kBuy, book.bids[i]); !entered.ok()) return entered;
  }
  return ok_status();
}

Status LobsterOracle::play(const LobsterMessage& message) {
  switch (message.type) {
    case LobsterType::kNewOrder: return add(message);
    case LobsterType::kPartialCancel:
    case LobsterType::kDelete: return take_off(message);
    case LobsterType::kVisibleExecution: return execute(message);
    case LobsterType::kHiddenExecution:
    case LobsterType::kCross:
    case LobsterType::kHalt: break;
  }
  count("skipped_type_" + std::to_string(static_cast<int>(message.type)));
  return ok_status();
}

Status LobsterOracle::add(const LobsterMessage& message) {
  const auto answer =
      submit({kLobsterAccount, std::to_string(message.order_id), message.side, message.price, message.size});
  if (!answer.ok()) return answer.error();
  count("add");
  if (!answer.value().trades.empty()) count("add_traded");
  by_message_id_[message.order_id] = answer.value().order;
  return ok_status();
}

Status LobsterOracle::take_off(const LobsterMessage& message) {
  const auto named = by_message_id_.find(message.order_id);
  if (named != by_message_id_.end() && live(named->second)) {
    if (message.type == LobsterType::kPartialCancel) {
      count("reduce");
      return reduce(named->second, message.size);
    }
    count("delete");
    return reduce(named->second, entered_.at(named->second).left);
  }
  // Entered before the sample begins: part of the seed order at its price.
  count("cancel_preopen");
  const auto seeded = seeded_at(message);
  if (seeded && live(*seeded)) return reduce(*seeded, message.size);
  count("cancel_ignored");
  return ok_status();
}

Status LobsterOracle::execute(const LobsterMessage& message) {
  count("exec");
  const auto named = by_message_id_.find(message.order_id);
  const std::optional<OrderId> expected =
      named != by_message_id_.end() ? std::optional(named->second) : seeded_at(message);
  const Side taker_side = message.side == Side::kBuy ? Side::kSell : Side::kBuy;
  const auto answer = submit({kTakerAccount, "taker-" + std::to_string(++takers_), taker_side, message.price,
                              message.size, TimeInForce::kIoc});
  if (!answer.ok()) return answer.error();
  const std::vector<GateTrade>& trades = answer.value().trades;
  if (expected && trades.size() == 1 && trades[0].maker == *expected && trades[0].price == message.price &&
      trades[0].quantity == message.size) {
    count("exec_same_maker");
    return ok_status();
  }
  count("exec_other");
  if (!expected) {
    count("exec_unknown");
    return ok_status();
  }
  // Another order paid for it here; the named one shrinks too, so that the book stays in step with the exchange.
  const bool was_first = !trades.empty() && trades[0].maker == *expected;
  return live(*expected) && !was_first ? reduce(*expected, message.size) : ok_status();
}

Status LobsterOracle::reduce(OrderId order, Quantity size) {
  Entered& entered = entered_.at(order);
  const bool ends = entered.left <= size;
  const auto answer =
      ends ? gate_.cancel(entered.account, order) : gate_.reduce_to(entered.account, order, entered.total - size);
  if (!answer.ok()) return answer.error();
  if (!answer.value().rejected.empty()) return refused("a reduction", answer.value().rejected);
  entered.total = entered.total - (ends ? entered.left : size);
  entered.left = ends ? Quantity{0} : entered.left - size;
  return ok_status();
}

Result<GateAnswer> LobsterOracle::submit(const GateOrder& order) {
  auto answer = gate_.submit(order);
  if (!answer.ok()) return answer;
  if (!answer.value().rejected.empty()) return refused("order " + order.client_order_id, answer.value().rejected);
  entered_[answer.value().order] = {order.account, order.quantity, answer.value().left};
  for (const GateTrade& trade : answer.value().trades) {
    const auto maker = entered_.find(trade.maker);
    if (maker == entered_.end()) return refused("a trade with an order of somebody else", "the book was not empty");
    maker->second.left = trade.maker_left;
  }
  return answer;
}

std::optional<OrderId> LobsterOracle::seeded_at(const LobsterMessage& message) const {
  const auto found = seeded_.find({message.side, message.price});
  return found == seeded_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace sluice::cli
