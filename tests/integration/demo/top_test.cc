// `sluice top` on a running deployment, and without one.
#include <signal.h>

#include "crash/crash_rig.h"

namespace sluice::test {
namespace {

nlohmann::json top(CrashRig& rig) { return rig.sluice({"top", "--count", "1", "--symbol", "X"}).second; }

TEST(Top, ShowsEnginesViewsBookAndKills) {
  CrashRig rig;
  Client client = rig.client();
  v1::SubmitOrderResponse response;
  ASSERT_TRUE(client.submit(Client::order("B", "b1"), response).ok());
  v1::EngageResponse engaged;
  ASSERT_TRUE(client.engage(Client::kill_of_account("A"), engaged).ok());
  nlohmann::json shown;
  ASSERT_TRUE(eventually([&] {
    shown = top(rig);
    return shown["views"][0]["projected_sequence"] >= engaged.shards(0).event_sequence();
  })) << shown;
  EXPECT_EQ(shown["engines"][0]["role"], "owner");
  EXPECT_EQ(shown["engines"][0]["holds"].size(), 0u);
  EXPECT_EQ(shown["views"][0]["behind_ns"], 0);
  EXPECT_EQ(shown["book"]["symbol"], "X");
  EXPECT_NE(shown["book"]["bid"].is_null(), shown["book"]["ask"].is_null()) << "one order rests: " << shown;
  ASSERT_EQ(shown["kills"].size(), 1u) << shown;
  EXPECT_EQ(shown["kills"][0]["scope"], "account");
  EXPECT_EQ(shown["kills"][0]["key"], "A");
  EXPECT_EQ(shown["kills"][0]["engaged_in_shards"], 1);
  EXPECT_EQ(shown["kills_complete"], true);
}

TEST(Top, SaysWhatDoesNotAnswer) {
  CrashRig rig;
  rig.kill("engine-0", SIGKILL);
  EXPECT_EQ(top(rig)["engines"][0]["reached"], false);
  rig.kill("query", SIGKILL);
  const nlohmann::json shown = top(rig);
  EXPECT_EQ(shown["query_reached"], false);
  EXPECT_EQ(shown["kills_reached"], true);
  rig.kill("command", SIGKILL);
  EXPECT_EQ(rig.sluice({"top", "--count", "1"}).first, 4);
}

}  // namespace
}  // namespace sluice::test
