// The demo's second step: order flow.
#include "cli/demo/demo_run.h"
#include "cli/live_gate.h"
#include "cli/lobster_oracle.h"

namespace sluice::cli {

namespace {
constexpr std::uint64_t kSeed = 7;
}  // namespace

bool DemoRun::show_flow() {
  if (!day_.sample.messages.empty()) return play_recorded_day();
  step("order flow: seeded, four accounts, two instruments");
  const auto flow = begin(flow_options(kSeed, {"A", "B", "C", "D"}, options_.orders), "the flow");
  end(*flow, "the flow");
  return !interrupted_();
}

bool DemoRun::play_recorded_day() {
  step("real order flow: one command at a time, beside an independent replay");
  LiveClient client(context_, deployment_.endpoints());
  LiveGate gate(client, "AAPL");
  const Status prepared = gate.prepare();
  if (!prepared.ok()) return narrative_.check("the book is there", false, prepared.error().message);
  const auto played = LobsterOracle(gate).run(day_.sample);
  const char* const name = "every trade, book level and order as expected";
  if (!played.ok()) return narrative_.check(name, false, played.error().message);
  narrative_.check(name, played.value() == day_.expected, std::to_string(day_.sample.messages.size()) + " messages");
  return !interrupted_();
}

}  // namespace sluice::cli
