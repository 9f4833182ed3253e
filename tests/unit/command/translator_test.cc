// What a request must look like to enter the log, and what the log then holds.
#include "command/translator.h"

#include <functional>

#include "probe.h"

namespace sluice::command {
namespace {

using Fields = std::vector<std::string>;
constexpr const char* kId = "0190b3c4-5d6e-7f80-91a2-b3c4d5e6f708";

/// Account A, strategy S, instrument X in shard 1; instrument "Homeless" is known, but not in its home yet.
const Directory& directory() {
  static const Directory* known = [] {
    auto* directory = new Directory(2);
    const auto name = [](std::string_view text) { return *Name::from(text); };
    Answer answer;
    answer.control_events.push_back({0, 0, AccountRegistered{AccountId{4}, name("A")}});
    answer.control_events.push_back({0, 0, StrategyRegistered{StrategyId{5}, name("S")}});
    DefineInstrument definition;
    definition.home = ShardId{1};
    definition.symbol = name("X");
    answer.control_events.push_back({0, 0, InstrumentDefined{InstrumentId{6}, definition}});
    directory->fold(ShardId{1}, answer);
    definition.symbol = name("Homeless");
    Answer elsewhere;
    elsewhere.control_events.push_back({0, 0, InstrumentDefined{InstrumentId{1}, definition}});
    directory->fold(ShardId{0}, elsewhere);
    return directory;
  }();
  return *known;
}

v1::CommandOptions good_options() {
  v1::CommandOptions options;
  options.set_command_id(kId);
  options.set_valid_until_unix_nanos(99);
  return options;
}
v1::SubmitOrder good_order() {
  v1::SubmitOrder order;
  order.set_account("A");
  order.set_symbol("X");
  order.set_client_order_id("mine");
  order.set_side(v1::SIDE_SELL);
  order.set_type(v1::ORDER_TYPE_LIMIT);
  order.set_price(-3);  // a matter of meaning: the engine judges it
  order.set_quantity(7);
  return order;
}
template <typename Target>
Target good_target() {
  Target target;
  target.set_account("A");
  target.set_symbol("X");
  target.set_order_id(9);
  return target;
}

const Translator& translator() {
  static const Translator translator(directory());
  return translator;
}

TEST(Translate, ASubmitAsItStandsInTheLog) {
  v1::SubmitOrder order = good_order();
  order.set_strategy("S");
  order.set_type(v1::ORDER_TYPE_STOP_LIMIT);
  order.set_time_in_force(v1::TIME_IN_FORCE_GTD);
  order.set_self_trade_prevention(v1::SELF_TRADE_PREVENTION_CANCEL_BOTH);
  order.set_stop_price(5);
  order.set_display(2);
  order.set_expire_at_unix_nanos(123);
  order.set_post_only(true);
  Routed routed;
  ASSERT_TRUE(translator().submit(good_options(), order, routed).ok());
  EXPECT_EQ(routed.shard, ShardId{1});
  EXPECT_EQ(routed.lane_key, 4u) << "the account's lane";
  const OrderCommand& command = routed.command;
  EXPECT_EQ(command.kind, OrderCommandKind::kSubmit);
  EXPECT_EQ(to_string(command.command_id), kId);
  EXPECT_EQ(command.valid_until, Nanos{99});
  EXPECT_EQ(command.account, AccountId{4});
  EXPECT_EQ(command.strategy, StrategyId{5});
  EXPECT_EQ(command.instrument, InstrumentId{6});
  EXPECT_EQ(command.client_order_id.view(), "mine");
  EXPECT_EQ(command.side, Side::kSell);
  EXPECT_EQ(command.type, OrderType::kStopLimit);
  EXPECT_EQ(command.tif, TimeInForce::kGtd);
  EXPECT_EQ(command.stp, SelfTradePrevention::kCancelBoth);
  EXPECT_EQ(command.price, Price{-3});
  EXPECT_EQ(command.quantity, Quantity{7});
  EXPECT_EQ(command.stop_price, Price{5});
  EXPECT_EQ(command.display, Quantity{2});
  EXPECT_EQ(command.expire_at, Nanos{123});
  EXPECT_EQ(command.flags, kFlagPostOnly);
}

TEST(Translate, AnOrderWithoutTimeInForceIsGoodTillCancelled) {
  Routed routed;
  ASSERT_TRUE(translator().submit(good_options(), good_order(), routed).ok());
  EXPECT_EQ(routed.command.tif, TimeInForce::kGtc);
  EXPECT_EQ(routed.command.strategy, StrategyId{});
  EXPECT_EQ(routed.command.flags, 0);
}

TEST(Translate, ACancelNamesItsOrderEitherWay) {
  Routed by_id;
  ASSERT_TRUE(translator().cancel(good_options(), good_target<v1::CancelOrder>(), by_id).ok());
  EXPECT_EQ(by_id.command.kind, OrderCommandKind::kCancel);
  EXPECT_EQ(by_id.command.order_id, OrderId{9});
  EXPECT_TRUE(by_id.command.client_order_id.empty());
  auto named = good_target<v1::CancelOrder>();
  named.set_order_id(0);
  named.set_client_order_id("mine");
  Routed by_name;
  ASSERT_TRUE(translator().cancel(good_options(), named, by_name).ok());
  EXPECT_EQ(by_name.command.order_id, OrderId{});
  EXPECT_EQ(by_name.command.client_order_id.view(), "mine");
}

TEST(Translate, AReplaceSaysWhichFieldsAreMeant) {
  auto replace = good_target<v1::ReplaceOrder>();
  replace.set_price(0);
  Routed price;
  ASSERT_TRUE(translator().replace(good_options(), replace, price).ok());
  EXPECT_EQ(price.command.kind, OrderCommandKind::kReplace);
  EXPECT_EQ(price.command.fields, kFieldPrice) << "given, though 0";
  replace.set_quantity(8);
  replace.set_stop_price(3);
  Routed all;
  ASSERT_TRUE(translator().replace(good_options(), replace, all).ok());
  EXPECT_EQ(all.command.fields, kFieldPrice | kFieldQuantity | kFieldStopPrice);
  EXPECT_EQ(all.command.quantity, Quantity{8});
  EXPECT_EQ(all.command.stop_price, Price{3});
}

TEST(Translate, ACancelAllGoesToTheInstrumentsShardOrToTheOneAsked) {
  v1::CancelAll cancel_all;
  cancel_all.set_account("A");
  cancel_all.set_symbol("X");
  cancel_all.set_side(v1::SIDE_BUY);
  Routed routed;
  ASSERT_TRUE(translator().cancel_all(good_options(), cancel_all, ShardId{0}, routed).ok());
  EXPECT_EQ(routed.shard, ShardId{1});
  EXPECT_EQ(routed.command.kind, OrderCommandKind::kCancelAll);
  EXPECT_EQ(routed.command.side, Side::kBuy);
  cancel_all.clear_symbol();
  cancel_all.clear_side();
  Routed everywhere;
  ASSERT_TRUE(translator().cancel_all(good_options(), cancel_all, ShardId{1}, everywhere).ok());
  EXPECT_EQ(everywhere.shard, ShardId{1});
  EXPECT_EQ(everywhere.command.instrument, InstrumentId{});
  EXPECT_EQ(everywhere.command.account, AccountId{4});
  EXPECT_EQ(everywhere.command.side, Side::kNone);
}

struct BadRow {
  const char* name;
  Fields fields;  // empty: NOT_FOUND
  std::function<grpc::Status()> translate;
};
void PrintTo(const BadRow& row, std::ostream* out) { *out << row.name; }

BadRow options_row(const char* name, const char* field, const std::function<void(v1::CommandOptions&)>& spoil) {
  return {name, {field}, [spoil] {
            v1::CommandOptions options = good_options();
            spoil(options);
            Routed routed;
            return translator().submit(options, good_order(), routed);
          }};
}
BadRow submit_row(const char* name, Fields fields, const std::function<void(v1::SubmitOrder&)>& spoil) {
  return {name, std::move(fields), [spoil] {
            v1::SubmitOrder order = good_order();
            spoil(order);
            Routed routed;
            return translator().submit(good_options(), order, routed);
          }};
}
BadRow cancel_row(const char* name, Fields fields, const std::function<void(v1::CancelOrder&)>& spoil) {
  return {name, std::move(fields), [spoil] {
            auto cancel = good_target<v1::CancelOrder>();
            spoil(cancel);
            Routed routed;
            return translator().cancel(good_options(), cancel, routed);
          }};
}
BadRow replace_row(const char* name, Fields fields, const std::function<void(v1::ReplaceOrder&)>& spoil) {
  return {name, std::move(fields), [spoil] {
            auto replace = good_target<v1::ReplaceOrder>();
            replace.set_price(1);
            spoil(replace);
            Routed routed;
            return translator().replace(good_options(), replace, routed);
          }};
}
BadRow cancel_all_row(const char* name, Fields fields, const std::function<void(v1::CancelAll&)>& spoil) {
  return {name, std::move(fields), [spoil] {
            v1::CancelAll cancel_all;
            cancel_all.set_account("A");
            spoil(cancel_all);
            Routed routed;
            return translator().cancel_all(good_options(), cancel_all, ShardId{1}, routed);
          }};
}

class BadRequest : public testing::TestWithParam<BadRow> {};

TEST_P(BadRequest, IsRefusedWithTheFieldsThatAreWrong) {
  const grpc::Status status = GetParam().translate();
  if (GetParam().fields.empty()) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND) << status.error_message();
    const auto info = test::status_detail<google::rpc::ErrorInfo>(status);
    ASSERT_TRUE(info.has_value());
    EXPECT_EQ(info->reason(), "NOT_FOUND");
    return;
  }
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
  EXPECT_EQ(test::wrong_fields(status), GetParam().fields);
}

const std::string kTooLong(33, 'n');

INSTANTIATE_TEST_SUITE_P(
    Options, BadRequest,
    testing::Values(
        options_row("NoId", "options.command_id", [](auto& o) { o.clear_command_id(); }),
        options_row("NoUuid", "options.command_id", [](auto& o) { o.set_command_id("7"); }),
        options_row("Version4", "options.command_id",
                    [](auto& o) { o.set_command_id("0190b3c4-5d6e-4f80-91a2-b3c4d5e6f708"); }),
        options_row("WrongVariant", "options.command_id",
                    [](auto& o) { o.set_command_id("0190b3c4-5d6e-7f80-c1a2-b3c4d5e6f708"); }),
        options_row("NegativeTime", "options.valid_until_unix_nanos",
                    [](auto& o) { o.set_valid_until_unix_nanos(-1); }),
        options_row("UnknownLevel", "options.wait_level", [](auto& o) { o.set_wait_level(v1::WaitLevel(3)); }),
        options_row("NegativeLevel", "options.wait_level", [](auto& o) { o.set_wait_level(v1::WaitLevel(-1)); })),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Submit, BadRequest,
    testing::Values(
        submit_row("Nothing", {"order.account", "order.symbol", "order.side", "order.type", "order.client_order_id"},
                   [](auto& o) { o.Clear(); }),
        submit_row("NoSide", {"order.side"}, [](auto& o) { o.clear_side(); }),
        submit_row("UnknownSide", {"order.side"}, [](auto& o) { o.set_side(v1::Side(3)); }),
        submit_row("NoType", {"order.type"}, [](auto& o) { o.clear_type(); }),
        submit_row("UnknownType", {"order.type"}, [](auto& o) { o.set_type(v1::OrderType(5)); }),
        submit_row("UnknownTif", {"order.time_in_force"}, [](auto& o) { o.set_time_in_force(v1::TimeInForce(6)); }),
        submit_row("NegativeTif", {"order.time_in_force"}, [](auto& o) { o.set_time_in_force(v1::TimeInForce(-1)); }),
        submit_row("UnknownPrevention", {"order.self_trade_prevention"},
                   [](auto& o) { o.set_self_trade_prevention(v1::SelfTradePrevention(5)); }),
        submit_row("NoClientId", {"order.client_order_id"}, [](auto& o) { o.clear_client_order_id(); }),
        submit_row("LongClientId", {"order.client_order_id"},
                   [](auto& o) { o.set_client_order_id(std::string(21, 'x')); }),
        submit_row("BinaryClientId", {"order.client_order_id"}, [](auto& o) { o.set_client_order_id("a\x01"); }),
        submit_row("BadAccount", {"order.account"}, [](auto& o) { o.set_account("no spaces"); }),
        submit_row("LongSymbol", {"order.symbol"}, [](auto& o) { o.set_symbol(kTooLong); }),
        submit_row("BadStrategy", {"order.strategy"}, [](auto& o) { o.set_strategy("?"); }),
        submit_row("UnknownAccount", {}, [](auto& o) { o.set_account("Z"); }),
        submit_row("UnknownSymbol", {}, [](auto& o) { o.set_symbol("Z"); }),
        submit_row("SymbolNotInItsHomeYet", {}, [](auto& o) { o.set_symbol("Homeless"); }),
        submit_row("UnknownStrategy", {}, [](auto& o) { o.set_strategy("Z"); })),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Target, BadRequest,
    testing::Values(cancel_row("CancelOfNothing", {"cancel.order_id"}, [](auto& c) { c.clear_order_id(); }),
                    cancel_row("CancelOfTwo", {"cancel.order_id"}, [](auto& c) { c.set_client_order_id("mine"); }),
                    cancel_row("CancelLongClientId", {"cancel.client_order_id"},
                               [](auto& c) {
                                 c.clear_order_id();
                                 c.set_client_order_id(std::string(21, 'x'));
                               }),
                    cancel_row("CancelBadNames", {"cancel.account", "cancel.symbol"},
                               [](auto& c) {
                                 c.clear_account();
                                 c.set_symbol("?");
                               }),
                    cancel_row("CancelUnknownAccount", {}, [](auto& c) { c.set_account("Z"); }),
                    replace_row("ReplaceNothing", {"replace"}, [](auto& r) { r.clear_price(); }),
                    replace_row("ReplaceOfNothing", {"replace.order_id"}, [](auto& r) { r.clear_order_id(); }),
                    replace_row("ReplaceBadAccount", {"replace.account"}, [](auto& r) { r.set_account(""); }),
                    replace_row("ReplaceUnknownSymbol", {}, [](auto& r) { r.set_symbol("Z"); }),
                    cancel_all_row("AllOfNobody", {"cancel_all.account"}, [](auto& c) { c.clear_account(); }),
                    cancel_all_row("AllUnknownSide", {"cancel_all.side"}, [](auto& c) { c.set_side(v1::Side(3)); }),
                    cancel_all_row("AllBadSymbol", {"cancel_all.symbol"}, [](auto& c) { c.set_symbol("?"); }),
                    cancel_all_row("AllUnknownAccount", {}, [](auto& c) { c.set_account("Z"); })),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace sluice::command
