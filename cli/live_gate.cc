#include "cli/live_gate.h"

#include "cli/print.h"
#include "protomap/enums.h"

namespace sluice::cli {

namespace {

constexpr const char* kAccounts[] = {kSeedAccount, kLobsterAccount, kTakerAccount};

GateAnswer to_answer(const v1::CommandResult& result, Quantity quantity) {
  GateAnswer answer;
  answer.order = OrderId{result.order_id()};
  if (result.outcome() != v1::OUTCOME_CODE_EXECUTED) {
    answer.rejected = short_name(v1::RejectReason_Name(result.reason()), "REJECT_REASON_");
    return answer;
  }
  answer.left = quantity;
  for (const v1::Event& event : result.events()) {
    if (event.has_order_cancelled() && event.order_cancelled().order_id() == result.order_id())
      answer.left = Quantity{0};
    if (!event.has_traded()) continue;
    const v1::Traded& traded = event.traded();
    answer.left = Quantity{traded.taker_remaining()};
    answer.trades.push_back({OrderId{traded.maker_order_id()}, Price{traded.price()}, Quantity{traded.quantity()},
                             Quantity{traded.maker_remaining()}});
  }
  return answer;
}

}  // namespace

Status LiveGate::prepare() {
  v1::Instrument instrument;
  instrument.set_symbol(symbol_);
  instrument.set_tick_size(1);
  instrument.set_lot_size(1);
  instrument.set_unit_value_micros(1);
  if (const Status defined = client_.define_instrument(instrument); !defined.ok()) return defined;
  for (const char* account : kAccounts) {
    if (const Status registered = client_.register_account(account); !registered.ok()) return registered;
  }
  const auto book = client_.book(symbol_, 1, false);
  if (!book.ok()) return book.error();
  if (book.value().bids_size() + book.value().asks_size() == 0) return ok_status();
  return Error{ErrorCode::kConflict, "the book of " + symbol_ + " is not empty; name another instrument with --symbol"};
}

Result<GateAnswer> LiveGate::submit(const GateOrder& order) {
  v1::SubmitOrder submit;
  submit.set_account(order.account);
  submit.set_symbol(symbol_);
  submit.set_client_order_id(order.client_order_id);
  submit.set_side(protomap::to_proto(order.side));
  submit.set_type(v1::ORDER_TYPE_LIMIT);
  submit.set_time_in_force(protomap::to_proto(order.tif));
  submit.set_price(order.price.value());
  submit.set_quantity(order.quantity.value());
  const auto result = client_.submit(submit);
  if (!result.ok()) return result.error();
  return to_answer(result.value(), order.quantity);
}

Result<GateAnswer> LiveGate::cancel(const char* account, OrderId order) {
  v1::CancelOrder cancel;
  cancel.set_account(account);
  cancel.set_symbol(symbol_);
  cancel.set_order_id(order.value());
  const auto result = client_.cancel(cancel);
  if (!result.ok()) return result.error();
  return to_answer(result.value(), Quantity{0});
}

Result<GateAnswer> LiveGate::reduce_to(const char* account, OrderId order, Quantity total) {
  v1::ReplaceOrder replace;
  replace.set_account(account);
  replace.set_symbol(symbol_);
  replace.set_order_id(order.value());
  replace.set_quantity(total.value());
  const auto result = client_.replace(replace);
  if (!result.ok()) return result.error();
  return to_answer(result.value(), total);
}

Result<std::vector<GateLevel>> LiveGate::best(Side side, std::size_t depth) {
  const auto book = client_.book(symbol_, static_cast<int>(depth), false);
  if (!book.ok()) return book.error();
  std::vector<GateLevel> levels;
  for (const v1::BookLevel& level : side == Side::kBuy ? book.value().bids() : book.value().asks()) {
    levels.push_back({level.price(), level.quantity(), level.orders()});
  }
  return levels;
}

Result<std::uint64_t> LiveGate::live_orders() {
  std::uint64_t count = 0;
  for (const char* account : kAccounts) {
    const auto live = client_.live_orders(account, symbol_);
    if (!live.ok()) return live.error();
    count += live.value();
  }
  return count;
}

}  // namespace sluice::cli
