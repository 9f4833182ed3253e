// What all processes together remember of one command's way.
#include "crash/crash_rig.h"

namespace sluice::test {
namespace {

TEST(Trace, TheProcessesKnowEveryStageOfACommandInItsOrder) {
  CrashRig rig;
  Client client = rig.client();
  v1::SubmitOrderResponse response;
  ASSERT_TRUE(client.submit(Client::order("A", "a1"), response).ok());
  const std::string sequence = std::to_string(response.result().sequence());
  nlohmann::json told;
  // The projector is behind the answer by nature.
  ASSERT_TRUE(eventually([&] {
    const auto [code, printed] = rig.sluice({"trace", sequence});
    told = printed;
    return code == 0 && printed.contains("projected_unix_nanos");
  })) << told;
  const auto at = [&](const std::string& stage) {
    EXPECT_TRUE(told.contains(stage + "_unix_nanos")) << stage;
    return std::stoll(told.value(stage + "_unix_nanos", "0"));
  };
  EXPECT_EQ(told["sequence"], sequence);
  // What the broker does at once, its acknowledgement and its delivery, may be seen in either order.
  EXPECT_LE(at("framed"), at("acknowledged"));
  EXPECT_LE(at("framed"), at("engine_in"));
  EXPECT_LE(at("engine_in"), at("decided"));
  EXPECT_LE(at("decided"), at("event_acknowledged"));
  EXPECT_LE(at("decided"), at("executed"));
  EXPECT_LE(at("decided"), at("projected"));

  EXPECT_EQ(rig.sluice({"trace", "4000000"}).first, 4) << "nobody remembers it";
  EXPECT_EQ(rig.sluice({"trace", sequence, "--shard", "7"}).first, 2);
  EXPECT_EQ(rig.sluice({"trace", "0"}).first, 2);
}

}  // namespace
}  // namespace sluice::test
