// The parser refuses what it does not know: one row a cause.
#include <gtest/gtest.h>

#include "cli/scenario/scenario.h"

namespace sluice::scenario {
namespace {

const std::string kGood =
    R"({"id":"a","config":{"tick":5,"stp":"decrement"},"steps":[)"
    R"({"op":"new","id":1,"acct":"A","side":"B","px":10,"qty":2,"expect":[{"e":"accepted","id":1}],"book":{"X":{"bids":[[10,2,1]],"asks":[]}}},)"
    R"({"op":"risk","acct":"A","limits":{"max_position":null,"max_order_qty":7},"expect":[]}]})";

TEST(ParseScenarios, ReadsWhatIsThereAndDefaultsTheRest) {
  const auto scenarios = parse_scenarios(kGood + "\n\n");
  ASSERT_TRUE(scenarios.ok()) << scenarios.error().message;
  ASSERT_EQ(scenarios.value().size(), 1u);
  const Scenario& scenario = scenarios.value()[0];
  EXPECT_EQ(scenario.config.tick, 5);
  EXPECT_EQ(scenario.config.lot, 1);
  ASSERT_EQ(scenario.steps.size(), 2u);
  EXPECT_EQ(scenario.steps[0].op.sym, "X");
  EXPECT_EQ(scenario.steps[0].op.tif, TimeInForce::kGtc);
  EXPECT_EQ(scenario.steps[0].op.stp, SelfTradePrevention::kDecrement) << "the config's policy is sent with each order";
  EXPECT_EQ(scenario.steps[0].book.at("X").bids, (std::vector<BookLevel>{{10, 2, 1}}));
  EXPECT_EQ(scenario.steps[1].op.limits.at(LimitKind::kMaxPosition), std::nullopt);
  EXPECT_EQ(scenario.steps[1].op.limits.at(LimitKind::kMaxOrderQuantity), 7);
}

struct BadRow {
  const char* cause;
  const char* text;
  const char* message;
};

class ParseRefuses : public testing::TestWithParam<BadRow> {};

TEST_P(ParseRefuses, NamesTheCause) {
  const auto scenarios = parse_scenarios(GetParam().text);
  ASSERT_FALSE(scenarios.ok());
  EXPECT_EQ(scenarios.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(scenarios.error().message.find(GetParam().message), std::string::npos) << scenarios.error().message;
}

#define STEP(fields) R"({"id":"a","steps":[{)" fields R"(}]})"
INSTANTIATE_TEST_SUITE_P(
    Causes, ParseRefuses,
    testing::Values(
        BadRow{"Empty", "", "no scenario at all"}, BadRow{"BlankLines", "\n  \n", "no scenario at all"},
        BadRow{"NotJson", "{\"id\":", "line 1: not JSON"}, BadRow{"NotAnObject", "[]", "not an object"},
        BadRow{"NoSteps", R"({"id":"a","steps":[]})", "no steps"},
        BadRow{"UnknownField", R"({"id":"a","step":[]})", "steps"},
        BadRow{"UnknownOp", STEP(R"("op":"nuke","expect":[])"), "unknown value 'nuke'"},
        BadRow{"UnknownOpField", STEP(R"("op":"cancel","id":1,"pxx":1,"expect":[])"), "unknown field 'pxx'"},
        BadRow{"NoExpectation", STEP(R"("op":"cancel","id":1)"), "'expect' is missing"},
        BadRow{"LimitWithoutPrice", STEP(R"("op":"new","id":1,"acct":"A","side":"B","qty":1,"expect":[])"),
               "'px' is missing"},
        BadRow{"MarketWithPrice",
               STEP(R"("op":"new","id":1,"acct":"A","side":"B","type":"market","px":1,"qty":1,"expect":[])"),
               "unknown field 'px'"},
        BadRow{"FractionalQuantity", STEP(R"("op":"new","id":1,"acct":"A","side":"B","px":1,"qty":1.5,"expect":[])"),
               "64-bit integer"},
        BadRow{"HugeQuantity",
               STEP(R"("op":"new","id":1,"acct":"A","side":"B","px":1,"qty":9223372036854775808,"expect":[])"),
               "64-bit integer"},
        BadRow{"UnknownEvent", STEP(R"("op":"cancel","id":1,"expect":[{"e":"exploded","id":1}])"), "unknown event"},
        BadRow{"EventFieldMissing", STEP(R"("op":"cancel","id":1,"expect":[{"e":"cancelled","id":1,"qty":1}])"),
               "'reason' is missing"},
        BadRow{"EventFieldUnknown", STEP(R"("op":"cancel","id":1,"expect":[{"e":"accepted","id":1,"qty":1}])"),
               "unknown field 'qty'"},
        BadRow{"UnknownLimit", STEP(R"("op":"risk","acct":"A","limits":{"max_fun":1},"expect":[])"),
               "unknown field 'max_fun'"},
        BadRow{"LevelShape", STEP(R"("op":"cancel","id":1,"expect":[],"book":{"X":{"bids":[[1,2]],"asks":[]}})"),
               "a level is"},
        BadRow{"GlobalWithKey", STEP(R"("op":"kill","scope":"global","key":"A","expect":[])"), "unknown field 'key'"},
        BadRow{"ScopeWithoutKey", STEP(R"("op":"kill","scope":"account","expect":[])"), "'key' is missing"}),
    [](const auto& tested) { return std::string(tested.param.cause); });

TEST(ParseScenarios, RefusesAnIdTwice) {
  const auto scenarios = parse_scenarios(kGood + "\n" + kGood);
  ASSERT_FALSE(scenarios.ok());
  EXPECT_NE(scenarios.error().message.find("line 2"), std::string::npos);
}

}  // namespace
}  // namespace sluice::scenario
