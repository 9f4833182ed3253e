// sluice order: submit, cancel, replace, cancel-all.
#include "cli/context.h"
#include "cli/print.h"
#include "runtime/channel.h"
#include "runtime/clock.h"
#include "runtime/ids.h"
#include "sluice/v1/command.grpc.pb.h"

namespace sluice::cli {

namespace {

struct OrderFlags {
  std::string account, symbol, strategy, client_order_id, side, type = "limit", tif = "gtc", stp = "none",
                                                                wait = "executed", command_id;
  std::int64_t price = 0, quantity = 0, stop_price = 0, display = 0, expire_in_ms = 0;
  std::uint64_t order_id = 0;
  bool post_only = false;
};

template <typename Enum>
Enum parse_enum(const std::string& text, const std::string& prefix, bool (*parse)(const std::string&, Enum*)) {
  std::string upper = prefix;
  for (const char c : text)
    upper.push_back(c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  Enum value{};
  return parse(upper, &value) ? value : Enum{};
}

void fill_options(const OrderFlags& flags, v1::CommandOptions& options) {
  options.set_command_id(flags.command_id.empty() ? to_string(runtime::new_command_id()) : flags.command_id);
  options.set_wait_level(flags.wait == "logged" ? v1::WAIT_LEVEL_LOGGED : v1::WAIT_LEVEL_EXECUTED);
  options.set_include_events(true);
}

template <typename Target>
void fill_target(const OrderFlags& flags, Target& target) {
  target.set_account(flags.account);
  target.set_symbol(flags.symbol);
  target.set_client_order_id(flags.client_order_id);
  target.set_order_id(flags.order_id);
}

template <typename Request, typename Response>
int call(const Context& context, const Request& request,
         grpc::Status (v1::CommandService::Stub::*method)(grpc::ClientContext*, const Request&, Response*)) {
  const auto endpoints = context.endpoints();
  if (!endpoints.ok()) return fail(endpoints.error());
  grpc::ClientContext rpc;
  context.prepare(rpc);
  Response response;
  const auto stub = v1::CommandService::NewStub(runtime::open_channel(endpoints.value().command));
  const grpc::Status status = (stub.get()->*method)(&rpc, request, &response);
  if (!status.ok()) return fail(status);
  if constexpr (requires { response.result(); }) return print_result(context, response.result());
  else {
    int code = kExitOk;
    for (const auto& result : response.results()) code = std::max(code, print_result(context, result));
    return code;
  }
}

int submit(const Context& context, const OrderFlags& flags) {
  v1::SubmitOrderRequest request;
  fill_options(flags, *request.mutable_options());
  v1::SubmitOrder& order = *request.mutable_order();
  order.set_account(flags.account);
  order.set_symbol(flags.symbol);
  order.set_strategy(flags.strategy);
  // A client order id made from the command id is unique enough for a person.
  order.set_client_order_id(flags.client_order_id.empty() ? request.options().command_id().substr(16, 20)
                                                          : flags.client_order_id);
  order.set_side(parse_enum<v1::Side>(flags.side, "SIDE_", v1::Side_Parse));
  order.set_type(parse_enum<v1::OrderType>(flags.type, "ORDER_TYPE_", v1::OrderType_Parse));
  order.set_time_in_force(parse_enum<v1::TimeInForce>(flags.tif, "TIME_IN_FORCE_", v1::TimeInForce_Parse));
  if (flags.stp != "none")
    order.set_self_trade_prevention(
        parse_enum<v1::SelfTradePrevention>(flags.stp, "SELF_TRADE_PREVENTION_", v1::SelfTradePrevention_Parse));
  order.set_price(flags.price);
  order.set_quantity(flags.quantity);
  order.set_stop_price(flags.stop_price);
  order.set_display(flags.display);
  order.set_post_only(flags.post_only);
  if (flags.expire_in_ms > 0)
    order.set_expire_at_unix_nanos(runtime::wall_now().value() + flags.expire_in_ms * kNanosPerMilli);
  return call(context, request, &v1::CommandService::Stub::SubmitOrder);
}

}  // namespace

void add_order(CLI::App& app, Context& context, Action& action) {
  static OrderFlags flags;
  auto* order = app.add_subcommand("order", "submit, cancel and replace orders")->require_subcommand(1);

  auto* submit_command = order->add_subcommand("submit", "submit an order and show what became of it");
  submit_command->footer(
      "Example: sluice order submit --account ACME --symbol AAPL --side buy --price 5850000 --qty 10");
  submit_command->add_option("--side", flags.side, "buy or sell")->required()->check(CLI::IsMember({"buy", "sell"}));
  submit_command->add_option("--qty", flags.quantity, "total quantity")->required();
  submit_command->add_option("--price", flags.price, "limit price");
  submit_command->add_option("--type", flags.type, "limit, market, stop or stop-limit")
      ->check(CLI::IsMember({"limit", "market", "stop", "stop-limit"}))
      ->capture_default_str();
  submit_command->add_option("--tif", flags.tif, "gtc, ioc, fok, gtd or day")
      ->check(CLI::IsMember({"gtc", "ioc", "fok", "gtd", "day"}))
      ->capture_default_str();
  submit_command->add_option("--stop", flags.stop_price, "stop price");
  submit_command
      ->add_option("--expire-in-ms", flags.expire_in_ms,
                   "with --tif gtd: the order ends this many milliseconds from now")
      ->check(CLI::PositiveNumber);
  submit_command->add_option("--display", flags.display, "shown quantity of an iceberg");
  submit_command->add_option("--stp", flags.stp, "none, cancel-newest, cancel-oldest, cancel-both or decrement")
      ->check(CLI::IsMember({"none", "cancel-newest", "cancel-oldest", "cancel-both", "decrement"}))
      ->capture_default_str();
  submit_command->add_option("--strategy", flags.strategy, "strategy");
  submit_command->add_flag("--post-only", flags.post_only, "reject instead of trading at entry");
  submit_command->callback([&] { action = [&] { return submit(context, flags); }; });

  auto* cancel = order->add_subcommand("cancel", "cancel what is left of an order");
  cancel->footer("Example: sluice order cancel --account ACME --symbol AAPL --id my-order-1");
  cancel->callback([&] {
    action = [&] {
      v1::CancelOrderRequest request;
      fill_options(flags, *request.mutable_options());
      fill_target(flags, *request.mutable_cancel());
      return call(context, request, &v1::CommandService::Stub::CancelOrder);
    };
  });

  auto* replace = order->add_subcommand("replace", "change quantity or price of an order");
  replace->footer("Example: sluice order replace --account ACME --symbol AAPL --id my-order-1 --qty 20");
  auto* quantity = replace->add_option("--qty", flags.quantity, "new total quantity; what was filled counts");
  auto* price = replace->add_option("--price", flags.price, "new limit price");
  auto* stop = replace->add_option("--stop", flags.stop_price, "new stop price");
  replace->callback([&, quantity, price, stop] {
    action = [&, quantity, price, stop] {
      v1::ReplaceOrderRequest request;
      fill_options(flags, *request.mutable_options());
      fill_target(flags, *request.mutable_replace());
      if (quantity->count() > 0) request.mutable_replace()->set_quantity(flags.quantity);
      if (price->count() > 0) request.mutable_replace()->set_price(flags.price);
      if (stop->count() > 0) request.mutable_replace()->set_stop_price(flags.stop_price);
      return call(context, request, &v1::CommandService::Stub::ReplaceOrder);
    };
  });

  auto* all = order->add_subcommand("cancel-all", "cancel all orders of an account");
  all->footer("Example: sluice order cancel-all --account ACME");
  all->add_option("--side", flags.side, "only buy or sell")->check(CLI::IsMember({"buy", "sell"}));
  all->callback([&] {
    action = [&] {
      v1::CancelAllRequest request;
      fill_options(flags, *request.mutable_options());
      request.mutable_cancel_all()->set_account(flags.account);
      request.mutable_cancel_all()->set_symbol(flags.symbol);
      request.mutable_cancel_all()->set_side(parse_enum<v1::Side>(flags.side, "SIDE_", v1::Side_Parse));
      return call(context, request, &v1::CommandService::Stub::CancelAll);
    };
  });

  for (auto* sub : {submit_command, cancel, replace, all}) {
    sub->add_option("--account", flags.account, "account")->required();
    auto* symbol = sub->add_option("--symbol", flags.symbol, "instrument");
    if (sub != all) symbol->required();
    sub->add_option("--command-id", flags.command_id, "UUID version 7; repeat with the same after an unclear answer");
    sub->add_option("--wait", flags.wait, "logged or executed")
        ->check(CLI::IsMember({"logged", "executed"}))
        ->capture_default_str();
    if (sub != all) sub->add_option("--id", flags.client_order_id, "the client's name of the order");
    if (sub == cancel || sub == replace) sub->add_option("--order-id", flags.order_id, "the order, by its order id");
  }
}

}  // namespace sluice::cli
