// sluice instrument, account, strategy: reference data and limits.
#include <cstdio>
#include <span>
#include <tuple>

#include "cli/context.h"
#include "cli/print.h"
#include "runtime/channel.h"
#include "runtime/ids.h"
#include "sluice/v1/command.grpc.pb.h"
#include "sluice/v1/query.grpc.pb.h"

namespace sluice::cli {

namespace {

std::string command_id_or_new(const std::string& given) {
  return given.empty() ? to_string(runtime::new_command_id()) : given;
}

/// Calls one method of CommandService that answers with a result for each shard.
template <typename Request, typename Response>
int call(const Context& context, Request& request,
         grpc::Status (v1::CommandService::Stub::*method)(grpc::ClientContext*, const Request&, Response*)) {
  const auto endpoints = context.endpoints();
  if (!endpoints.ok()) return fail(endpoints.error());
  grpc::ClientContext rpc;
  context.prepare(rpc);
  Response response;
  const auto stub = v1::CommandService::NewStub(runtime::open_channel(endpoints.value().command));
  const grpc::Status status = (stub.get()->*method)(&rpc, request, &response);
  if (!status.ok()) return fail(status);
  int code = kExitOk;
  for (const auto& result : response.results()) code = std::max(code, print_result(context, result));
  return code;
}

template <typename Request, typename Response>
int list(const Context& context,
         grpc::Status (v1::QueryService::Stub::*method)(grpc::ClientContext*, const Request&, Response*)) {
  const auto endpoints = context.endpoints();
  if (!endpoints.ok()) return fail(endpoints.error());
  grpc::ClientContext rpc;
  context.prepare(rpc);
  Response response;
  const auto stub = v1::QueryService::NewStub(runtime::open_channel(endpoints.value().query));
  const grpc::Status status = (stub.get()->*method)(&rpc, {}, &response);
  if (!status.ok()) return fail(status);
  std::printf("%s\n", to_json_line(response).c_str());
  return kExitOk;
}

}  // namespace

void add_reference(CLI::App& app, Context& context, Action& action) {
  static v1::Instrument instrument;
  static std::string name, command_id, symbol;
  static bool of_all = false;
  static std::int64_t tick = 1, lot = 1, unit_value = 1;
  static int home = -1;
  static std::vector<std::string> limits, days;

  auto* instruments = app.add_subcommand("instrument", "define and list instruments")->require_subcommand(1);
  auto* define = instruments->add_subcommand("define", "define an instrument in every shard");
  define->footer("Example: sluice instrument define AAPL --tick 100 --lot 1");
  define->add_option("symbol", name, "name of the instrument")->required();
  define->add_option("--tick", tick, "prices are multiples of this")->capture_default_str();
  define->add_option("--lot", lot, "quantities are multiples of this")->capture_default_str();
  define->add_option("--unit-value", unit_value, "micro-units of money in one price unit x one quantity unit")
      ->capture_default_str();
  define->add_option("--shard", home, "shard that trades it; default: chosen by its name");
  define->callback([&] {
    action = [&] {
      v1::DefineInstrumentRequest request;
      request.mutable_options()->set_command_id(command_id_or_new(command_id));
      request.mutable_instrument()->set_symbol(name);
      request.mutable_instrument()->set_tick_size(tick);
      request.mutable_instrument()->set_lot_size(lot);
      request.mutable_instrument()->set_unit_value_micros(unit_value);
      request.set_pin_shard(home >= 0);
      if (home >= 0) request.mutable_instrument()->set_home_shard(static_cast<std::uint32_t>(home));
      return call(context, request, &v1::CommandService::Stub::DefineInstrument);
    };
  });
  for (const auto& [verb, state, help] :
       {std::tuple{"open", v1::INSTRUMENT_STATE_OPEN, "let an instrument trade (again)"},
        std::tuple{"halt", v1::INSTRUMENT_STATE_HALTED, "no new orders, changes or trades; cancels go on"},
        std::tuple{"close", v1::INSTRUMENT_STATE_CLOSED, "as halt, and day orders end"}}) {
    auto* change = instruments->add_subcommand(verb, help);
    change->footer(std::string("Example: sluice instrument ") + verb + " AAPL");
    change->add_option("symbol", name, "name of the instrument")->required();
    change->callback([&, state = state] {
      action = [&, state] {
        v1::SetInstrumentStateRequest request;
        request.mutable_options()->set_command_id(command_id_or_new(command_id));
        request.set_symbol(name);
        request.set_state(state);
        return call(context, request, &v1::CommandService::Stub::SetInstrumentState);
      };
    });
  }
  instruments->add_subcommand("list", "all instruments")->callback([&] {
    action = [&] {
      return list<v1::ListInstrumentsRequest, v1::ListInstrumentsResponse>(context,
                                                                           &v1::QueryService::Stub::ListInstruments);
    };
  });

  auto* accounts = app.add_subcommand("account", "register accounts, set their limits")->require_subcommand(1);
  auto* add = accounts->add_subcommand("register", "register an account in every shard");
  add->footer("Example: sluice account register ACME");
  add->add_option("account", name, "name of the account")->required();
  add->callback([&] {
    action = [&] {
      v1::RegisterAccountRequest request;
      request.mutable_options()->set_command_id(command_id_or_new(command_id));
      request.set_account(name);
      return call(context, request, &v1::CommandService::Stub::RegisterAccount);
    };
  });
  auto* set = accounts->add_subcommand("limits", "set or lift limits of an account, or defaults");
  set->footer(
      "Examples: sluice account limits ACME max_order_qty=100 max_position=none\n"
      "          sluice account limits --symbol AAPL price_band_bps=500   (default of an instrument)\n"
      "          sluice account limits --default max_daily_trades=10000   (default of all)");
  set->add_option("limits", limits,
                  "the account, unless --symbol or --default is given; then NAME=VALUE, or NAME=none to lift")
      ->required();
  set->add_option("--symbol", symbol, "the defaults of this instrument");
  set->add_flag("--default", of_all, "the defaults of all");
  set->callback([&] {
    action = [&] {
      v1::SetLimitsRequest request;
      request.mutable_options()->set_command_id(command_id_or_new(command_id));
      std::span<const std::string> changes(limits);
      request.set_symbol(symbol);
      request.set_of_all(of_all);
      if (symbol.empty() && !of_all) {
        request.set_account(changes.front());
        changes = changes.subspan(1);
      }
      for (const std::string& limit : changes) {
        const std::size_t equals = limit.find('=');
        if (equals == std::string::npos)
          return fail(Error{ErrorCode::kInvalidArgument, "'" + limit + "' is not NAME=VALUE"});
        auto& change = (*request.mutable_limits())[limit.substr(0, equals)];
        const std::string value = limit.substr(equals + 1);
        char* end = nullptr;
        change.set_lift(value == "none");
        if (value != "none") change.set_value(std::strtoll(value.c_str(), &end, 10));
        if (value.empty() || (end != nullptr && *end != '\0'))
          return fail(Error{ErrorCode::kInvalidArgument, "'" + value + "' is no integer and not 'none'"});
      }
      return call(context, request, &v1::CommandService::Stub::SetLimits);
    };
  });
  accounts->add_subcommand("list", "all accounts and their limits")->callback([&] {
    action = [&] {
      return list<v1::ListAccountsRequest, v1::ListAccountsResponse>(context, &v1::QueryService::Stub::ListAccounts);
    };
  });

  auto* calendar = app.add_subcommand("calendar", "settlement days: when day orders end and daily limits begin anew")
                       ->require_subcommand(1);
  auto* set_days = calendar->add_subcommand("set", "set the days to come; none goes back to midnight UTC");
  set_days->footer(
      "Example: sluice calendar set 20261123=1795471200 20261124=1795557600\n"
      "The present day ends at the first end that is not past. Behind the last, a day ends at midnight UTC.");
  set_days->add_option("days", days, "YYYYMMDD=END, the end in seconds since the Unix epoch; ascending");
  set_days->callback([&] {
    action = [&] {
      v1::SetCalendarRequest request;
      request.mutable_options()->set_command_id(command_id_or_new(command_id));
      for (const std::string& text : days) {
        unsigned date = 0;
        long long ends_at = 0;
        int read = 0;
        const int fields = std::sscanf(text.c_str(), "%8u=%lld%n", &date, &ends_at, &read);
        constexpr long long kSecondsMax = 9'223'372'036;  // of 64-bit nanoseconds
        if (fields != 2 || static_cast<std::size_t>(read) != text.size() || ends_at < 0 || ends_at > kSecondsMax)
          return fail(Error{ErrorCode::kInvalidArgument, "'" + text + "' is not YYYYMMDD=SECONDS"});
        v1::SettlementDay& day = *request.add_days();
        day.set_date(date);
        day.set_ends_at_unix_nanos(ends_at * kNanosPerSecond);
      }
      return call(context, request, &v1::CommandService::Stub::SetCalendar);
    };
  });

  auto* strategies = app.add_subcommand("strategy", "register strategies")->require_subcommand(1);
  auto* add_strategy = strategies->add_subcommand("register", "register a strategy in every shard");
  add_strategy->footer("Example: sluice strategy register market-making");
  add_strategy->add_option("strategy", name, "name of the strategy")->required();
  add_strategy->callback([&] {
    action = [&] {
      v1::RegisterStrategyRequest request;
      request.mutable_options()->set_command_id(command_id_or_new(command_id));
      request.set_strategy(name);
      return call(context, request, &v1::CommandService::Stub::RegisterStrategy);
    };
  });
  for (auto* sub : {define, add, set, set_days, add_strategy})
    sub->add_option("--command-id", command_id, "UUID version 7; repeat with the same after an unclear answer");
}

}  // namespace sluice::cli
