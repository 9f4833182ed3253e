#include "command/translator.h"

#include "runtime/status_mapping.h"

namespace sluice::command {

namespace {

using runtime::FieldViolation;

constexpr const char* kNameRule = "must be 1..32 letters, digits or . _ : / -";
constexpr const char* kClientIdRule = "must be 1..20 printable ASCII characters";

grpc::Status violation(const std::string& field, const std::string& rule) {
  return runtime::invalid_argument({{field, rule}});
}

void check_names(const std::string& where, const std::string& account, const std::string& symbol,
                 std::vector<FieldViolation>& wrong) {
  if (!is_valid_name(account)) wrong.push_back({where + ".account", kNameRule});
  if (!is_valid_name(symbol)) wrong.push_back({where + ".symbol", kNameRule});
}

}  // namespace

grpc::Status read_options(const v1::CommandOptions& options, CommandId& id, Nanos& valid_until) {
  const auto parsed = parse_uuid(options.command_id());
  if (!parsed || !is_version7(*parsed))
    return violation("options.command_id",
                     "must be a UUID version 7 made by the client, such as 0190b3c4-5d6e-7f80-91a2-b3c4d5e6f708");
  if (options.valid_until_unix_nanos() < 0) return violation("options.valid_until_unix_nanos", "must not be negative");
  if (options.wait_level() < 0 || options.wait_level() > v1::WAIT_LEVEL_EXECUTED)
    return violation("options.wait_level", "must be LOGGED or EXECUTED");
  id = *parsed;
  valid_until = Nanos{options.valid_until_unix_nanos()};
  return grpc::Status::OK;
}

grpc::Status Translator::resolve(const std::string& account, const std::string& symbol, Routed& routed) const {
  const Name name = *Name::from(symbol);
  const auto home = directory_.home_of(name);
  if (!home) return runtime::not_found("instrument '" + symbol + "' is not defined; define it with DefineInstrument");
  routed.shard = *home;
  routed.command.instrument = directory_.instrument_id(*home, name);
  routed.command.account = directory_.account(*home, *Name::from(account));
  if (routed.command.instrument == InstrumentId{})
    return runtime::not_found("instrument '" + symbol + "' is not defined in its shard yet; try again");
  if (routed.command.account == AccountId{})
    return runtime::not_found("account '" + account + "' is not registered; register it with RegisterAccount");
  routed.lane_key = routed.command.account.value();
  return grpc::Status::OK;
}

template <typename Request>
grpc::Status Translator::target(const std::string& where, const Request& request, Routed& routed) const {
  const std::string& client_order_id = request.client_order_id();
  std::vector<FieldViolation> wrong;
  check_names(where, request.account(), request.symbol(), wrong);
  if (client_order_id.empty() == (request.order_id() == 0))
    wrong.push_back({where + ".order_id", "either it or client_order_id must be given"});
  if (!client_order_id.empty() && !is_printable(client_order_id, ClientOrderId::kBytesMax))
    wrong.push_back({where + ".client_order_id", kClientIdRule});
  if (!wrong.empty()) return runtime::invalid_argument(wrong);
  if (const auto status = resolve(request.account(), request.symbol(), routed); !status.ok()) return status;
  if (!client_order_id.empty()) routed.command.client_order_id = *ClientOrderId::from(client_order_id);
  routed.command.order_id = OrderId{request.order_id()};
  return grpc::Status::OK;
}

grpc::Status Translator::submit(const v1::CommandOptions& options, const v1::SubmitOrder& order, Routed& routed) const {
  OrderCommand& command = routed.command;
  command.kind = OrderCommandKind::kSubmit;
  if (const auto status = read_options(options, command.command_id, command.valid_until); !status.ok()) return status;
  std::vector<FieldViolation> wrong;
  check_names("order", order.account(), order.symbol(), wrong);
  if (order.side() != v1::SIDE_BUY && order.side() != v1::SIDE_SELL)
    wrong.push_back({"order.side", "must be BUY or SELL"});
  if (order.type() < v1::ORDER_TYPE_LIMIT || order.type() > v1::ORDER_TYPE_STOP_LIMIT)
    wrong.push_back({"order.type", "must be LIMIT, MARKET, STOP or STOP_LIMIT"});
  if (order.time_in_force() < 0 || order.time_in_force() > v1::TIME_IN_FORCE_DAY)
    wrong.push_back({"order.time_in_force", "must be GTC, IOC, FOK, GTD or DAY"});
  if (order.self_trade_prevention() < 0 || order.self_trade_prevention() > v1::SELF_TRADE_PREVENTION_DECREMENT) {
    wrong.push_back({"order.self_trade_prevention", "is no known value"});
  }
  if (!is_printable(order.client_order_id(), ClientOrderId::kBytesMax))
    wrong.push_back({"order.client_order_id", kClientIdRule});
  if (!order.strategy().empty() && !is_valid_name(order.strategy())) wrong.push_back({"order.strategy", kNameRule});
  if (!wrong.empty()) return runtime::invalid_argument(wrong);
  if (const auto status = resolve(order.account(), order.symbol(), routed); !status.ok()) return status;
  if (!order.strategy().empty()) {
    command.strategy = directory_.strategy(routed.shard, *Name::from(order.strategy()));
    if (command.strategy == StrategyId{})
      return runtime::not_found("strategy '" + order.strategy() +
                                "' is not registered; register it with RegisterStrategy");
  }
  command.client_order_id = *ClientOrderId::from(order.client_order_id());
  command.side = static_cast<Side>(order.side());
  command.type = static_cast<OrderType>(order.type());
  command.tif = order.time_in_force() == v1::TIME_IN_FORCE_UNSPECIFIED
                    ? TimeInForce::kGtc
                    : static_cast<TimeInForce>(order.time_in_force());
  command.stp = static_cast<SelfTradePrevention>(order.self_trade_prevention());
  command.price = Price{order.price()};
  command.quantity = Quantity{order.quantity()};
  command.stop_price = Price{order.stop_price()};
  command.display = Quantity{order.display()};
  command.expire_at = Nanos{order.expire_at_unix_nanos()};
  command.flags = order.post_only() ? kFlagPostOnly : 0;
  return grpc::Status::OK;
}

grpc::Status Translator::cancel(const v1::CommandOptions& options, const v1::CancelOrder& cancel,
                                Routed& routed) const {
  routed.command.kind = OrderCommandKind::kCancel;
  if (const auto status = read_options(options, routed.command.command_id, routed.command.valid_until); !status.ok())
    return status;
  return target("cancel", cancel, routed);
}

grpc::Status Translator::replace(const v1::CommandOptions& options, const v1::ReplaceOrder& replace,
                                 Routed& routed) const {
  OrderCommand& command = routed.command;
  command.kind = OrderCommandKind::kReplace;
  if (const auto status = read_options(options, command.command_id, command.valid_until); !status.ok()) return status;
  if (!replace.has_quantity() && !replace.has_price() && !replace.has_stop_price()) {
    return violation("replace", "at least one of quantity, price, stop_price must be given");
  }
  if (const auto status = target("replace", replace, routed); !status.ok()) return status;
  if (replace.has_quantity()) {
    command.fields |= kFieldQuantity;
    command.quantity = Quantity{replace.quantity()};
  }
  if (replace.has_price()) {
    command.fields |= kFieldPrice;
    command.price = Price{replace.price()};
  }
  if (replace.has_stop_price()) {
    command.fields |= kFieldStopPrice;
    command.stop_price = Price{replace.stop_price()};
  }
  return grpc::Status::OK;
}

grpc::Status Translator::cancel_all(const v1::CommandOptions& options, const v1::CancelAll& cancel_all, ShardId shard,
                                    Routed& routed) const {
  OrderCommand& command = routed.command;
  command.kind = OrderCommandKind::kCancelAll;
  if (const auto status = read_options(options, command.command_id, command.valid_until); !status.ok()) return status;
  std::vector<FieldViolation> wrong;
  if (cancel_all.side() < 0 || cancel_all.side() > v1::SIDE_SELL)
    wrong.push_back({"cancel_all.side", "must be BUY, SELL, or nothing for both"});
  if (!is_valid_name(cancel_all.account())) wrong.push_back({"cancel_all.account", kNameRule});
  if (!cancel_all.symbol().empty() && !is_valid_name(cancel_all.symbol()))
    wrong.push_back({"cancel_all.symbol", kNameRule});
  if (!wrong.empty()) return runtime::invalid_argument(wrong);
  command.side = static_cast<Side>(cancel_all.side());
  if (!cancel_all.symbol().empty()) return resolve(cancel_all.account(), cancel_all.symbol(), routed);
  routed.shard = shard;
  command.account = directory_.account(shard, *Name::from(cancel_all.account()));
  if (command.account == AccountId{})
    return runtime::not_found("account '" + cancel_all.account() + "' is not registered");
  routed.lane_key = command.account.value();
  return grpc::Status::OK;
}

}  // namespace sluice::command
