// What each service of a running deployment shows at /metrics after orders, a repeat, a refusal and a kill.
#include <signal.h>

#include "crash/crash_rig.h"

namespace sluice::test {
namespace {

class ServiceMetrics : public testing::Test {
 protected:
  /// The rig registered 4 accounts and 2 instruments; now one order twice under one id, one that is no command, a kill
  /// of A, and an order of A that it stops.
  void SetUp() override {
    const v1::SubmitOrderRequest order = Client::order("A", "a1");
    v1::SubmitOrderResponse response;
    ASSERT_TRUE(client_.submit(order, response).ok());
    ASSERT_TRUE(client_.submit(order, response).ok());
    ASSERT_TRUE(response.result().repeated());
    v1::SubmitOrderRequest shapeless = Client::order("A", "a2");
    shapeless.mutable_options()->set_command_id("not a UUID");
    ASSERT_EQ(client_.submit(shapeless, response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    v1::EngageResponse engaged;
    ASSERT_TRUE(client_.engage(Client::kill_of_account("A"), engaged).ok());
    ASSERT_TRUE(engaged.confirmed());
    ASSERT_TRUE(client_.submit(Client::order("A", "a3"), response).ok());
    ASSERT_EQ(response.result().reason(), v1::REJECT_REASON_KILLED);
  }
  /// Waits until the process shows `value`; then what it shows.
  Metrics when(const std::string& process, const std::string& series, double value) {
    Metrics shown;
    EXPECT_TRUE(eventually([&] {
      shown = rig_.metrics(process);
      return shown.contains(series) && shown.at(series) == value;
    })) << process
        << " shows " << (shown.contains(series) ? std::to_string(shown.at(series)) : "no") << " " << series;
    return shown;
  }
  static void expect(const Metrics& shown, const Metrics& wanted) {
    for (const auto& [series, value] : wanted) {
      ASSERT_TRUE(shown.contains(series)) << series;
      EXPECT_EQ(shown.at(series), value) << series;
    }
  }
  /// Kills engaged, one account; and room in the log.
  static void expect_kill_and_room(const Metrics& shown) {
    expect(shown, {{R"(sluice_kills_engaged{shard="0",scope="global"})", 0},
                   {R"(sluice_kills_engaged{shard="0",scope="account"})", 1},
                   {R"(sluice_kills_engaged{shard="0",scope="symbol"})", 0},
                   {R"(sluice_kills_engaged{shard="0",scope="strategy"})", 0},
                   {R"(sluice_log_nearly_full{shard="0",stream="evt"})", 0}});
  }

  CrashRig rig_;
  Client client_ = rig_.client();
};

TEST_F(ServiceMetrics, TheEngineShowsOutcomesLagKillsHoldsAndRoom) {
  const Metrics shown = when("engine-0", R"(sluice_engine_answers_in_flight{shard="0"})", 0);
  // 6 registrations, the order and the kill's command; the latch is no command.
  expect(shown, {{R"(sluice_engine_outcomes_total{shard="0",outcome="executed"})", 8},
                 {R"(sluice_engine_outcomes_total{shard="0",outcome="rejected"})", 1},
                 {R"(sluice_engine_outcomes_total{shard="0",outcome="repeated"})", 1},
                 {R"(sluice_engine_rejections_total{shard="0",reason="killed"})", 1},
                 {R"(sluice_engine_rejections_total{shard="0",reason="expired"})", 0},
                 {R"(sluice_engine_frames_rejected_total{shard="0"})", 0},
                 {R"(sluice_engine_void_messages_total{shard="0"})", 0},
                 {R"(sluice_engine_lag_messages{shard="0"})", 0},
                 {R"(sluice_engine_owner{shard="0"})", 1},
                 {R"(sluice_engine_epoch{shard="0"})", 1},
                 {R"(sluice_engine_held{shard="0"})", 0},
                 {R"(sluice_log_nearly_full{shard="0",stream="cmd"})", 0}});
  for (const char* hold : {"starting", "log_lost", "not_delivered", "ack_overdue", "clock_step", "log_full"})
    expect(shown, {{R"(sluice_engine_hold{shard="0",hold=")" + std::string(hold) + "\"}", 0}});
  expect_kill_and_room(shown);
  EXPECT_GT(shown.at(R"(sluice_log_fill_ratio{shard="0",stream="evt"})"), 0);
  EXPECT_LE(shown.at(R"(sluice_engine_kills_latched_total{shard="0"})"), 1);
}

TEST_F(ServiceMetrics, TheEngineShowsThatItIsHeldWithoutALog) {
  rig_.kill("nats", SIGKILL);
  const Metrics shown = when("engine-0", R"(sluice_engine_hold{shard="0",hold="log_lost"})", 1);
  EXPECT_EQ(shown.at(R"(sluice_engine_held{shard="0"})"), 1);
}

TEST_F(ServiceMetrics, TheCommandServiceShowsResultsRefusalsFramesKillsAndRoom) {
  const Metrics shown = when("command", "sluice_command_in_flight", 0);
  expect(shown, {{"sluice_command_received_total", 10},
                 {R"(sluice_command_refusals_total{reason="invalid"})", 1},
                 {R"(sluice_command_refusals_total{reason="overloaded"})", 0},
                 {R"(sluice_command_refusals_total{reason="log_nearly_full"})", 0},
                 {R"(sluice_command_results_total{result="executed"})", 7},
                 {R"(sluice_command_results_total{result="rejected"})", 1},
                 {R"(sluice_command_results_total{result="repeated"})", 1},
                 {R"(sluice_command_results_total{result="unknown"})", 0},
                 {R"(sluice_command_kills_total{progress="confirmed"})", 1},
                 {R"(sluice_command_kills_total{progress="not_reached"})", 0},
                 {R"(sluice_command_logged_total{shard="0",writer="orders"})", 3},
                 {R"(sluice_command_logged_total{shard="0",writer="reference"})", 6},
                 {R"(sluice_command_logged_total{shard="0",writer="kills"})", 1},
                 {R"(sluice_command_frames_in_flight{shard="0",writer="orders"})", 0},
                 {R"(sluice_command_frame_duplicates_total{shard="0",writer="orders"})", 0},
                 {R"(sluice_command_queued{shard="0",writer="orders"})", 0},
                 {R"(sluice_command_void_messages_total{shard="0"})", 0},
                 {R"(sluice_command_lag_messages{shard="0"})", 0},
                 {R"(sluice_command_log_reachable{shard="0"})", 1},
                 {R"(sluice_log_nearly_full{shard="0",stream="cmd"})", 0}});
  expect_kill_and_room(shown);
}

TEST_F(ServiceMetrics, TheQueryServiceShowsOutcomesLagKillsAndRoom) {
  client_.query_status();
  when("query", R"(sluice_projector_outcomes_total{shard="0",outcome="rejected"})", 1);
  // Counted a moment before it is no longer lag: the two are not one reading.
  const Metrics shown = when("query", R"(sluice_projector_lag_messages{shard="0"})", 0);
  expect(shown, {{R"(sluice_projector_outcomes_total{shard="0",outcome="executed"})", 8},
                 {R"(sluice_projector_outcomes_total{shard="0",outcome="repeated"})", 1},
                 {R"(sluice_projector_void_messages{shard="0"})", 0},
                 {R"(sluice_projector_halted{shard="0"})", 0},
                 {R"(sluice_query_responses_total{code="ok"})", 1},
                 {R"(sluice_query_responses_total{code="deadline_exceeded"})", 0},
                 {"sluice_query_waiting_calls", 0},
                 {"sluice_query_watches", 0},
                 {"sluice_query_watches_total", 0}});
  expect_kill_and_room(shown);
  EXPECT_GT(shown.at(R"(sluice_log_bytes{shard="0",stream="evt"})"), 0);
}

}  // namespace
}  // namespace sluice::test
