// A hot standby inherits the shard and its kills when the owner is gone for good.
#include <signal.h>

#include "crash/crash_rig.h"

namespace sluice::test {
namespace {

class Standby : public testing::Test {
 protected:
  std::string role() { return Client::engine_at(address_).role(); }

  CrashRig rig_{{.standbys = true}};
  const std::string address_ = rig_.deployment().endpoints().standbys.at(0);
  const v1::EngageRequest kill_ = Client::kill_of_account("A");
};

TEST_F(Standby, TakesOverUnderLoadWithAllKills) {
  EXPECT_EQ(role(), "standby");
  rig_.start_flow();
  rig_.flow_goes_on();
  v1::EngageResponse engaged;
  ASSERT_TRUE(rig_.client().engage(kill_, engaged).ok());
  rig_.kill("engine-0", SIGKILL);
  const long killed_at = steady_millis();
  EXPECT_TRUE(eventually([&] { return role() == "owner"; }));
  EXPECT_LT(steady_millis() - killed_at, 8'000);
  rig_.flow_goes_on(1'000);
  EXPECT_GE(Client::engine_at(address_).epoch(), 2u);
  // The old owner comes back and takes its shard; the standby is deposed and follows again.
  rig_.restart("engine-0");
  EXPECT_TRUE(eventually([&] { return role() == "standby"; }));
  rig_.flow_goes_on();
  rig_.expect_all_agree();
  EXPECT_GT(rig_.totals().killed, 0u);
}

TEST_F(Standby, AKillThatReachedOnlyTheStandbyTakesEffectAtItsTakeover) {
  rig_.kill("engine-0", SIGKILL);
  v1::LatchResponse latched;
  ASSERT_TRUE(Client::latch_at(address_, kill_, latched).ok());
  EXPECT_TRUE(eventually([&] { return rig_.recorded(kill_.kill_id()).has_value(); }));
  v1::SubmitOrderResponse response;
  ASSERT_TRUE(rig_.client().submit(Client::order("A", "a1"), response).ok());
  EXPECT_EQ(response.result().reason(), v1::REJECT_REASON_KILLED);
}

TEST_F(Standby, DoesNotTakeOverFromAnEngineThatHolds) {
  rig_.kill("nats", SIGKILL);
  EXPECT_TRUE(eventually([&] { return rig_.client().engine().role() == "held"; }));
  rig_.restart("nats");
  EXPECT_TRUE(eventually([&] { return rig_.client().engine().role() == "owner"; }));
  EXPECT_EQ(rig_.client().engine().epoch(), 1u);
  EXPECT_TRUE(eventually([&] { return role() == "standby"; })) << role();
}

}  // namespace
}  // namespace sluice::test
