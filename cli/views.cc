// sluice book, position, trades, watch: what the read models say.
#include <csignal>
#include <cstdio>

#include "cli/context.h"
#include "cli/print.h"
#include "cli/validators.h"
#include "runtime/channel.h"
#include "sluice/v1/query.grpc.pb.h"

namespace sluice::cli {

namespace {

struct ViewFlags {
  std::string account, symbol;
  int depth = 10;
  int limit = 100;
  bool queue = false;
  std::vector<std::string> from;
};

Result<std::unique_ptr<v1::QueryService::Stub>> connect(const Context& context) {
  const auto endpoints = context.endpoints();
  if (!endpoints.ok()) return endpoints.error();
  return v1::QueryService::NewStub(runtime::open_channel(endpoints.value().query));
}

void print_level(const char* side, const v1::BookLevel& level) {
  std::printf("  %s %14lld  %12lld  %u orders", side, static_cast<long long>(level.price()),
              static_cast<long long>(level.quantity()), level.orders());
  for (const auto& order : level.queue()) {
    std::printf("  %s/%s:%lld", order.account().c_str(), order.client_order_id().c_str(),
                static_cast<long long>(order.quantity()));
  }
  std::printf("\n");
}

int book(const Context& context, const ViewFlags& flags) {
  const auto stub = connect(context);
  if (!stub.ok()) return fail(stub.error());
  v1::GetBookRequest request;
  request.set_symbol(flags.symbol);
  request.set_depth(flags.depth);
  request.set_with_queue(flags.queue);
  grpc::ClientContext call;
  context.prepare(call);
  v1::GetBookResponse response;
  if (const auto status = stub.value()->GetBook(&call, request, &response); !status.ok()) return fail(status);
  if (context.json()) {
    std::printf("%s\n", to_json_line(response).c_str());
    return kExitOk;
  }
  for (int i = response.asks_size() - 1; i >= 0; --i) print_level("ask", response.asks(i));
  std::printf("  --- last %lld\n", static_cast<long long>(response.last_price()));
  for (const auto& level : response.bids()) print_level("bid", level);
  return kExitOk;
}

int positions(const Context& context, const ViewFlags& flags) {
  const auto stub = connect(context);
  if (!stub.ok()) return fail(stub.error());
  v1::ListPositionsRequest request;
  request.set_account(flags.account);
  grpc::ClientContext call;
  context.prepare(call);
  v1::ListPositionsResponse response;
  if (const auto status = stub.value()->ListPositions(&call, request, &response); !status.ok()) return fail(status);
  if (context.json()) {
    std::printf("%s\n", to_json_line(response).c_str());
    return kExitOk;
  }
  for (const auto& position : response.positions()) {
    const auto number = [](std::int64_t value) { return static_cast<long long>(value); };
    std::printf("%-32s %-32s net %lld (bought %lld, sold %lld), average %lld, profit %lld realised, %lld not\n",
                position.account().c_str(), position.symbol().c_str(), number(position.net()),
                number(position.bought()), number(position.sold()), number(position.average_price()),
                number(position.realised_profit_micros()), number(position.unrealised_profit_micros()));
  }
  return kExitOk;
}

int trades(const Context& context, const ViewFlags& flags) {
  const auto stub = connect(context);
  if (!stub.ok()) return fail(stub.error());
  v1::ListTradesRequest request;
  request.set_account(flags.account);
  request.set_symbol(flags.symbol);
  int left = flags.limit;
  while (left > 0) {
    request.set_page_size(std::min(left, 1000));
    grpc::ClientContext call;
    context.prepare(call);
    v1::ListTradesResponse response;
    if (const auto status = stub.value()->ListTrades(&call, request, &response); !status.ok()) return fail(status);
    for (const auto& trade : response.trades()) {
      if (context.json()) {
        std::printf("%s\n", to_json_line(trade).c_str());
        continue;
      }
      const auto& t = trade.traded();
      std::printf("%llu %s %lld @ %lld  %s %s, maker %s\n", static_cast<unsigned long long>(t.trade_id()),
                  t.symbol().c_str(), static_cast<long long>(t.quantity()), static_cast<long long>(t.price()),
                  t.taker_account().c_str(), t.taker_side() == v1::SIDE_BUY ? "bought" : "sold",
                  t.maker_account().c_str());
    }
    left -= response.trades_size();
    if (response.next_page_token().empty() || response.trades().empty()) break;
    request.set_page_token(response.next_page_token());
  }
  return kExitOk;
}

int orders(const Context& context, const ViewFlags& flags, bool live_only) {
  const auto stub = connect(context);
  if (!stub.ok()) return fail(stub.error());
  v1::ListOrdersRequest request;
  request.set_account(flags.account);
  request.set_symbol(flags.symbol);
  request.set_live_only(live_only);
  request.set_page_size(std::min(flags.limit, 1000));
  grpc::ClientContext call;
  context.prepare(call);
  v1::ListOrdersResponse response;
  if (const auto status = stub.value()->ListOrders(&call, request, &response); !status.ok()) return fail(status);
  for (const auto& order : response.orders()) std::printf("%s\n", to_json_line(order).c_str());
  return kExitOk;
}

int watch(const Context& context, const ViewFlags& flags) {
  const auto stub = connect(context);
  if (!stub.ok()) return fail(stub.error());
  v1::WatchRequest request;
  request.set_account(flags.account);
  request.set_symbol(flags.symbol);
  for (const std::string& from : flags.from) {
    unsigned shard = 0;
    unsigned long long sequence = 0;
    if (std::sscanf(from.c_str(), "%u=%llu", &shard, &sequence) != 2)
      return fail(Error{ErrorCode::kInvalidArgument, "--from: '" + from + "' is not SHARD=SEQUENCE"});
    (*request.mutable_from())[shard] = sequence;
  }
  grpc::ClientContext call;  // no deadline: until the connection or the person ends it
  v1::WatchResponse response;
  const auto reader = stub.value()->Watch(&call, request);
  while (reader->Read(&response)) {
    for (const auto& event : response.events())
      std::printf("%s\n", context.json() ? to_json_line(event).c_str() : describe(event).c_str());
    std::fflush(stdout);
  }
  const auto status = reader->Finish();
  return status.ok() ? kExitOk : fail(status);
}

}  // namespace

void add_views(CLI::App& app, Context& context, Action& action) {
  static ViewFlags flags;
  static bool live_only = false;
  auto* book_command = app.add_subcommand("book", "levels of an instrument's book");
  book_command->footer("Example: sluice book AAPL --depth 5 --queue");
  book_command->add_option("symbol", flags.symbol, "instrument")->required();
  book_command->add_option("--depth", flags.depth, "levels a side")->check(CLI::Range(1, 1000))->capture_default_str();
  book_command->add_flag("--queue", flags.queue, "also the orders of each level");
  book_command->callback([&] { action = [&] { return book(context, flags); }; });

  auto* position_command = app.add_subcommand("position", "positions by account and instrument");
  position_command->footer("Example: sluice position --account ACME");
  position_command->add_option("--account", flags.account, "only this account");
  position_command->callback([&] { action = [&] { return positions(context, flags); }; });

  auto* trades_command = app.add_subcommand("trades", "trades, oldest first");
  trades_command->footer("Example: sluice trades --symbol AAPL --output json");
  trades_command->callback([&] { action = [&] { return trades(context, flags); }; });

  auto* orders_command = app.add_subcommand("orders", "orders of an account, as JSON lines");
  orders_command->footer("Example: sluice orders --account ACME --live");
  orders_command->add_flag("--live", live_only, "only live orders");
  orders_command->callback([&] { action = [&] { return orders(context, flags, live_only); }; });

  auto* watch_command = app.add_subcommand("watch", "events as they happen");
  watch_command->footer("Example: sluice watch --from 0=1 --account ACME --output json");
  watch_command->add_option("--from", flags.from, "SHARD=SEQUENCE to begin at; default: now");
  watch_command->callback([&] { action = [&] { return watch(context, flags); }; });

  for (auto* sub : {trades_command, orders_command, watch_command}) {
    auto* account = sub->add_option("--account", flags.account, "only this account");
    if (sub == orders_command) account->required();
    sub->add_option("--symbol", flags.symbol, "only this instrument");
    if (sub != watch_command)
      sub->add_option("--limit", flags.limit, "at most this many")->check(positive())->capture_default_str();
  }
}

}  // namespace sluice::cli
