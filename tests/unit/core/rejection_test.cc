// One row for each reason an order command is refused for, and for the order of the checks. A refused command changes
// no trading state.
#include <gtest/gtest.h>

#include <functional>

#include "tests/support/core_fixture.h"

namespace sluice::core {
namespace {

constexpr std::int64_t kHuge = std::int64_t{1} << 41;

struct Row {
  const char* cause;
  RejectReason reason;
  std::function<void(OrderCommand&)> spoil;  // applied to a valid limit order of A: buy 10 at 100, tick 5, lot 10
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.cause; }

class RefusedSubmit : public testing::TestWithParam<Row> {};

TEST_P(RefusedSubmit, SaysWhyAndChangesNothing) {
  CoreFixture core(Genesis{.deployment = {}, .shard = ShardId{0}, .shard_count = 2});
  const AccountId a = core.account("A");
  core.account("B");
  core.strategy("mm");
  core.instrument("X", 5, 10);
  DefineInstrument elsewhere;
  elsewhere.symbol = name("FAR");
  elsewhere.home = ShardId{1};
  core.control("operator", elsewhere);
  core.send(limit(core, a, "live", Side::kBuy, 100, 10));

  OrderCommand command = limit(core, a, "new", Side::kBuy, 100, 10);
  GetParam().spoil(command);
  const Hash128 before = core.engine().trading_hash();
  const Answer& answer = core.send(command);

  EXPECT_EQ(name_of(reason(answer)), name_of(GetParam().reason));
  EXPECT_EQ(answer.outcomes[0].code, OutcomeCode::kRejected);
  EXPECT_TRUE(answer.order_events.empty());
  EXPECT_TRUE(answer.control_events.empty());
  EXPECT_EQ(core.engine().trading_hash(), before);
}

INSTANTIATE_TEST_SUITE_P(
    OneRowACause, RefusedSubmit,
    testing::Values(
        Row{"NoInstrument", RejectReason::kUnknownInstrument, [](auto& c) { c.instrument = {}; }},
        Row{"UnknownInstrument", RejectReason::kUnknownInstrument, [](auto& c) { c.instrument = InstrumentId{9}; }},
        Row{"InstrumentOfAnotherShard", RejectReason::kWrongShard, [](auto& c) { c.instrument = InstrumentId{2}; }},
        Row{"UnknownAccount", RejectReason::kUnknownAccount, [](auto& c) { c.account = AccountId{77}; }},
        Row{"UnknownStrategy", RejectReason::kUnknownStrategy, [](auto& c) { c.strategy = StrategyId{2}; }},
        Row{"NoClientId", RejectReason::kInvalidId, [](auto& c) { c.client_order_id = {}; }},
        Row{"UnprintableClientId", RejectReason::kInvalidId, [](auto& c) { c.client_order_id = client_id("a\x01"); }},
        Row{"ClientIdInUse", RejectReason::kDuplicateId, [](auto& c) { c.client_order_id = client_id("live"); }},
        Row{"ZeroQuantity", RejectReason::kInvalidQuantity, [](auto& c) { c.quantity = Quantity{0}; }},
        Row{"NegativeQuantity", RejectReason::kInvalidQuantity, [](auto& c) { c.quantity = Quantity{-10}; }},
        Row{"SmallestQuantity", RejectReason::kInvalidQuantity,
            [](auto& c) { c.quantity = Quantity{std::numeric_limits<std::int64_t>::min()}; }},
        Row{"QuantityOffLot", RejectReason::kInvalidQuantity, [](auto& c) { c.quantity = Quantity{15}; }},
        Row{"HugeQuantity", RejectReason::kInvalidQuantity, [](auto& c) { c.quantity = Quantity{kHuge * 10}; }},
        Row{"ZeroPrice", RejectReason::kInvalidPrice, [](auto& c) { c.price = Price{0}; }},
        Row{"NegativePrice", RejectReason::kInvalidPrice, [](auto& c) { c.price = Price{-5}; }},
        Row{"PriceOffTick", RejectReason::kInvalidPrice, [](auto& c) { c.price = Price{102}; }},
        Row{"HugePrice", RejectReason::kInvalidPrice, [](auto& c) { c.price = Price{kHuge * 5}; }},
        Row{"MarketWithPrice", RejectReason::kInvalidPrice, [](auto& c) { c.type = OrderType::kMarket; }},
        Row{"LimitWithStopPrice", RejectReason::kInvalidPrice, [](auto& c) { c.stop_price = Price{100}; }},
        Row{"StopWithoutStopPrice", RejectReason::kInvalidPrice, [](auto& c) { c.type = OrderType::kStopLimit; }},
        Row{"DisplayAboveQuantity", RejectReason::kInvalidDisplay, [](auto& c) { c.display = Quantity{20}; }},
        Row{"NegativeDisplay", RejectReason::kInvalidDisplay, [](auto& c) { c.display = Quantity{-10}; }},
        Row{"MarketIceberg", RejectReason::kUnsupported,
            [](auto& c) {
              c.type = OrderType::kMarket;
              c.price = {};
              c.display = Quantity{10};
            }},
        Row{"PostOnlyStop", RejectReason::kUnsupported,
            [](auto& c) {
              c.type = OrderType::kStopLimit;
              c.stop_price = Price{100};
              c.flags = kFlagPostOnly;
            }},
        Row{"StopPriceOffTick", RejectReason::kInvalidPrice,
            [](auto& c) {
              c.type = OrderType::kStopLimit;
              c.stop_price = Price{102};
            }},
        Row{"GoodTillNoDate", RejectReason::kInvalidExpiry, [](auto& c) { c.tif = TimeInForce::kGtd; }},
        Row{"GoodTillThePast", RejectReason::kInvalidExpiry,
            [](auto& c) {
              c.tif = TimeInForce::kGtd;
              c.expire_at = Nanos{std::numeric_limits<std::int64_t>::min()};
            }},
        Row{"GoodTillNow", RejectReason::kInvalidExpiry,
            [](auto& c) {
              c.tif = TimeInForce::kGtd;
              c.expire_at = Nanos{CoreFixture::kStartMillis * kNanosPerMilli};
            }},
        Row{"ExpiryWithoutGtd", RejectReason::kInvalidExpiry,
            [](auto& c) { c.expire_at = Nanos{std::numeric_limits<std::int64_t>::max()}; }},
        Row{"DayWithExpiry", RejectReason::kInvalidExpiry,
            [](auto& c) {
              c.tif = TimeInForce::kDay;
              c.expire_at = Nanos{std::numeric_limits<std::int64_t>::max()};
            }},
        Row{"MarketForTheDay", RejectReason::kUnsupported,
            [](auto& c) {
              c.type = OrderType::kMarket;
              c.price = {};
              c.tif = TimeInForce::kDay;
            }},
        Row{"NoTimeInForce", RejectReason::kUnsupported, [](auto& c) { c.tif = TimeInForce::kNone; }},
        Row{"NoType", RejectReason::kInvalidPrice, [](auto& c) { c.type = OrderType::kNone; }},
        Row{"NoSide", RejectReason::kUnsupported, [](auto& c) { c.side = Side::kNone; }},
        Row{"UnknownFlag", RejectReason::kUnsupported, [](auto& c) { c.flags = 0x80; }},
        Row{"InstrumentBeforeAccount", RejectReason::kUnknownInstrument,
            [](auto& c) {
              c.instrument = {};
              c.account = {};
            }},
        Row{"IdBeforeQuantity", RejectReason::kDuplicateId,
            [](auto& c) {
              c.client_order_id = client_id("live");
              c.quantity = Quantity{0};
            }},
        Row{"QuantityBeforePrice", RejectReason::kInvalidQuantity,
            [](auto& c) {
              c.quantity = Quantity{0};
              c.price = Price{0};
            }},
        Row{"PriceBeforeDisplay", RejectReason::kInvalidPrice,
            [](auto& c) {
              c.price = Price{0};
              c.display = Quantity{-1};
            }}),
    [](const auto& tested) { return std::string(tested.param.cause); });

struct ChangeRow {
  const char* cause;
  RejectReason reason;
  OrderCommandKind kind;
  std::function<void(OrderCommand&)> spoil;  // applied to a valid cancel or replace (100, 20) of A's order "live"
};
void PrintTo(const ChangeRow& row, std::ostream* out) { *out << row.cause; }

class RefusedChange : public testing::TestWithParam<ChangeRow> {};

TEST_P(RefusedChange, SaysWhyAndChangesNothing) {
  CoreFixture core;
  const AccountId a = core.account("A");
  core.account("B");
  core.instrument("X", 5, 10);
  core.send(limit(core, a, "live", Side::kBuy, 100, 10));

  OrderCommand command = replace(core, a, "live", 100, 20);
  command.kind = GetParam().kind;
  GetParam().spoil(command);
  const Hash128 before = core.engine().trading_hash();
  const Answer& answer = core.send(command);

  EXPECT_EQ(name_of(reason(answer)), name_of(GetParam().reason));
  EXPECT_TRUE(answer.order_events.empty());
  EXPECT_EQ(core.engine().trading_hash(), before);
}

constexpr auto kCancelKind = OrderCommandKind::kCancel;
constexpr auto kReplaceKind = OrderCommandKind::kReplace;
constexpr auto kCancelAllKind = OrderCommandKind::kCancelAll;
INSTANTIATE_TEST_SUITE_P(OneRowACause, RefusedChange,
                         testing::Values(ChangeRow{"CancelUnknownAccount", RejectReason::kUnknownAccount, kCancelKind,
                                                   [](auto& c) { c.account = AccountId{9}; }},
                                         ChangeRow{"CancelUnknownName", RejectReason::kUnknownOrder, kCancelKind,
                                                   [](auto& c) { c.client_order_id = client_id("no"); }},
                                         ChangeRow{"CancelNoName", RejectReason::kInvalidId, kCancelKind,
                                                   [](auto& c) { c.client_order_id = {}; }},
                                         ChangeRow{"CancelUnknownInstrument", RejectReason::kUnknownInstrument,
                                                   kCancelKind, [](auto& c) { c.instrument = InstrumentId{9}; }},
                                         ChangeRow{"CancelUnknownOrderId", RejectReason::kUnknownOrder, kCancelKind,
                                                   [](auto& c) { c.order_id = OrderId{99}; }},
                                         ChangeRow{"CancelOrderIdOfAnotherShard", RejectReason::kUnknownOrder,
                                                   kCancelKind,
                                                   [](auto& c) { c.order_id = make_order_id(ShardId{1}, 1); }},
                                         ChangeRow{"CancelSomeoneElses", RejectReason::kUnknownOrder, kCancelKind,
                                                   [](auto& c) {
                                                     c.account = AccountId{2};
                                                     c.order_id = OrderId{1};
                                                   }},
                                         ChangeRow{"ReplaceSomeoneElses", RejectReason::kUnknownOrder, kReplaceKind,
                                                   [](auto& c) { c.account = AccountId{2}; }},
                                         ChangeRow{"ReplaceZeroQuantity", RejectReason::kInvalidQuantity, kReplaceKind,
                                                   [](auto& c) { c.quantity = Quantity{0}; }},
                                         ChangeRow{"ReplaceQuantityOffLot", RejectReason::kInvalidQuantity,
                                                   kReplaceKind, [](auto& c) { c.quantity = Quantity{11}; }},
                                         ChangeRow{"ReplacePriceOffTick", RejectReason::kInvalidPrice, kReplaceKind,
                                                   [](auto& c) { c.price = Price{101}; }},
                                         ChangeRow{"ReplaceStopOfALimitOrder", RejectReason::kInvalidPrice,
                                                   kReplaceKind, [](auto& c) { c.fields = kFieldStopPrice; }},
                                         ChangeRow{"CancelAllUnknownAccount", RejectReason::kUnknownAccount,
                                                   kCancelAllKind, [](auto& c) { c.account = {}; }},
                                         ChangeRow{"CancelAllUnknownInstrument", RejectReason::kUnknownInstrument,
                                                   kCancelAllKind, [](auto& c) { c.instrument = InstrumentId{5}; }}),
                         [](const auto& tested) { return std::string(tested.param.cause); });

TEST(Capacity, AFullPoolRefusesAndACancelMakesRoom) {
  CoreFixture core(CoreFixture::default_genesis(), {.orders = 2, .keys = 64});
  core.register_usual();
  core.send(limit(core, AccountId{1}, "a", Side::kBuy, 10, 1));
  core.send(limit(core, AccountId{1}, "b", Side::kBuy, 10, 1));
  EXPECT_EQ(reason(core.send(limit(core, AccountId{1}, "c", Side::kBuy, 10, 1))), RejectReason::kCapacity);
  core.send(cancel(core, AccountId{1}, "a"));
  EXPECT_EQ(reason(core.send(limit(core, AccountId{1}, "c", Side::kBuy, 10, 1))), RejectReason::kNone);
}

}  // namespace
}  // namespace sluice::core
