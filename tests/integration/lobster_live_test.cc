// A real trading day as commands through gRPC, log, engine and read models ends as the exchange's day did.
#include <gtest/gtest.h>

#include "cli/deployment.h"
#include "cli/live_gate.h"
#include "support/process.h"
#include "support/shared_files.h"

namespace sluice::cli {
namespace {

TEST(LobsterLive, TheWholeSystemReplaysARealDayAsExpected) {
  const auto folder = test::shared_path("data/lobster_aapl_20120621_l10");
  SKIP_IF_ABSENT(folder);
  const auto sample = marketdata::load_lobster(folder);
  ASSERT_TRUE(sample.ok()) << sample.error().message;
  const test::TempDir dir;
  Deployment deployment(
      {.data_dir = dir.path(), .bin_dir = {}, .sync = false, .orders_max = 1u << 14, .keys_expected = 1u << 14});
  const Status started = deployment.start();
  ASSERT_TRUE(started.ok()) << started.error().message;
  Context context;
  context.principal = "lobster";
  LiveClient client(context, deployment.endpoints());
  LiveGate gate(client, "AAPL");
  const Status prepared = gate.prepare();
  ASSERT_TRUE(prepared.ok()) << prepared.error().message;

  const auto result = LobsterOracle(gate).run(sample.value());

  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(nlohmann::json(result.value()),
            nlohmann::json::parse(test::read_text(folder / "expected_engine_replay.json")));
  EXPECT_EQ(gate.prepare().error().code, ErrorCode::kConflict) << "a book that is not empty is refused";
  EXPECT_TRUE(deployment.stop());
}

}  // namespace
}  // namespace sluice::cli
