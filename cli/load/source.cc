#include "cli/load/source.h"

#include <algorithm>
#include <charconv>

#include "base/invariant.h"

namespace sluice::load {

using marketdata::FlowCommand;
using marketdata::LobsterMessage;
using marketdata::LobsterType;

namespace {

/// `run` and the number in base 36: at most 8 + 1 + 11 characters for any number a run can reach.
void name_order(std::string& name, const std::string& run, std::uint64_t number) {
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof(digits), number, 36).ptr;
  name.assign(run).append(1, '-').append(digits, end);
}

void submit(v1::Command& command, const SourceNames& names, std::uint32_t account, std::uint32_t symbol,
            std::uint64_t order, Side side, bool ioc, Price price, Quantity quantity) {
  v1::SubmitOrder& body = *command.mutable_submit();
  body.set_account(names.accounts[account]);
  body.set_symbol(names.symbols[symbol]);
  name_order(*body.mutable_client_order_id(), names.run, order);
  body.set_side(side == Side::kBuy ? v1::SIDE_BUY : v1::SIDE_SELL);
  body.set_type(v1::ORDER_TYPE_LIMIT);
  body.set_time_in_force(ioc ? v1::TIME_IN_FORCE_IOC : v1::TIME_IN_FORCE_GTC);
  body.set_price(price.value());
  body.set_quantity(quantity.value());
}

void cancel(v1::Command& command, const SourceNames& names, std::uint32_t account, std::uint32_t symbol,
            std::uint64_t order) {
  v1::CancelOrder& body = *command.mutable_cancel();
  body.set_account(names.accounts[account]);
  body.set_symbol(names.symbols[symbol]);
  name_order(*body.mutable_client_order_id(), names.run, order);
}

v1::ReplaceOrder& replace(v1::Command& command, const SourceNames& names, std::uint32_t account, std::uint32_t symbol,
                          std::uint64_t order) {
  v1::ReplaceOrder& body = *command.mutable_replace();
  body.set_account(names.accounts[account]);
  body.set_symbol(names.symbols[symbol]);
  name_order(*body.mutable_client_order_id(), names.run, order);
  return body;
}

marketdata::OrderFlowOptions with_names(marketdata::OrderFlowOptions options, const SourceNames& names) {
  options.accounts = static_cast<std::uint32_t>(names.accounts.size());
  options.instruments = static_cast<std::uint32_t>(names.symbols.size());
  return options;
}

}  // namespace

FlowSource::FlowSource(marketdata::OrderFlowOptions options, SourceNames names)
    : names_(std::move(names)), flow_(with_names(options, names_)), next_(flow_.next()) {}

void FlowSource::take(v1::Command& command) {
  const FlowCommand& now = next_;
  switch (now.kind) {
    case FlowCommand::Kind::kAdd:
    case FlowCommand::Kind::kExecute:
      submit(command, names_, now.account, now.instrument, now.order, now.side, now.kind == FlowCommand::Kind::kExecute,
             now.price, now.quantity);
      break;
    case FlowCommand::Kind::kCancel: cancel(command, names_, now.account, now.instrument, now.order); break;
    case FlowCommand::Kind::kReduce:
      replace(command, names_, now.account, now.instrument, now.order).set_quantity(now.quantity.value());
      break;
    case FlowCommand::Kind::kMove:
      replace(command, names_, now.account, now.instrument, now.order).set_price(now.price.value());
      break;
  }
  next_ = flow_.next();
}

LobsterSource::LobsterSource(std::vector<LobsterMessage> sample, SourceNames names, bool repeats)
    : sample_(std::move(sample)), names_(std::move(names)), repeats_(repeats) {
  INVARIANT(!sample_.empty());
  find_next();
}

bool LobsterSource::means_something(const LobsterMessage& message) const {
  switch (message.type) {
    case LobsterType::kNewOrder:
    case LobsterType::kVisibleExecution: return true;
    case LobsterType::kPartialCancel:
    case LobsterType::kDelete: return entered_.contains(message.order_id);
    case LobsterType::kHiddenExecution:
    case LobsterType::kCross:
    case LobsterType::kHalt: break;
  }
  return false;
}

std::uint32_t LobsterSource::holder(std::int64_t order_id) const {
  return static_cast<std::uint32_t>(static_cast<std::uint64_t>(order_id) % names_.accounts.size());
}

/// Moves `at_` to the next message that is a command; begins a new pass at the end. A record without any ends.
void LobsterSource::find_next() {
  while (at_ < sample_.size() && !means_something(sample_[at_])) ++at_;
  if (at_ < sample_.size() || !repeats_ || orders_ == 0) return;
  pass_start_ = pass_start_ + (sample_.back().time - sample_.front().time) + Nanos{kNanosPerMilli};
  entered_.clear();
  to_clear_ = static_cast<std::uint32_t>(names_.accounts.size());
  at_ = 0;
  while (at_ < sample_.size() && !means_something(sample_[at_])) ++at_;
}

std::optional<Coming> LobsterSource::peek() {
  if (to_clear_ > 0) return Coming{pass_start_, to_clear_ - 1};
  if (at_ >= sample_.size()) return std::nullopt;
  const LobsterMessage& message = sample_[at_];
  const bool taker = message.type == LobsterType::kVisibleExecution;
  return Coming{pass_start_ + (message.time - sample_.front().time), holder(message.order_id + (taker ? 1 : 0))};
}

void LobsterSource::take(v1::Command& command) {
  if (to_clear_ > 0) {
    command.mutable_cancel_all()->set_account(names_.accounts[--to_clear_]);
    command.mutable_cancel_all()->set_symbol(names_.symbols.front());
    return;
  }
  const LobsterMessage& message = sample_[at_++];
  const std::uint32_t account = holder(message.order_id);
  switch (message.type) {
    case LobsterType::kNewOrder:
      entered_[message.order_id] = {++orders_, message.size.value()};
      submit(command, names_, account, 0, orders_, message.side, false, message.price, message.size);
      break;
    case LobsterType::kVisibleExecution:
      submit(command, names_, holder(message.order_id + 1), 0, ++orders_,
             message.side == Side::kBuy ? Side::kSell : Side::kBuy, true, message.price, message.size);
      break;
    case LobsterType::kPartialCancel: {
      Entered& entered = entered_.at(message.order_id);
      entered.total = std::max<std::int64_t>(entered.total - message.size.value(), 1);
      replace(command, names_, account, 0, entered.number).set_quantity(entered.total);
      break;
    }
    default:
      cancel(command, names_, account, 0, entered_.at(message.order_id).number);
      entered_.erase(message.order_id);
      break;
  }
  find_next();
}

}  // namespace sluice::load
