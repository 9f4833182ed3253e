// The demo's third step: a kill in mid-flow, and the proof of P1 from the log.
#include "cli/demo/demo_run.h"
#include "cli/demo/text.h"
#include "cli/live_client.h"

namespace sluice::cli {

namespace {
constexpr std::uint64_t kSeed = 8, kRunawaySeed = 9;
constexpr std::uint64_t kToComeMin = 1'000;
constexpr Nanos kPatience{60 * kNanosPerSecond};
}  // namespace

bool DemoRun::kill_an_account() {
  step("a kill in mid-flow: account A runs away, the others trade on");
  const auto others = begin(flow_options(kSeed, {"B", "C", "D"}, options_.orders / 2), "the others' flow");
  load::LoadOptions runaway = flow_options(kRunawaySeed, {"A"}, options_.orders / 2);
  runaway.lobster.clear();
  runaway.orders_only = true;
  runaway.sample = 0;
  if (!day_.sample.messages.empty()) runaway.mid = day_.sample.messages.front().price;
  const auto flow = begin(runaway, "A's flow", false);
  flow->wait_for_answers(options_.orders / 16, kPatience);

  LiveClient client(context_, deployment_.endpoints());
  const auto engaged = client.engage(v1::KILL_SCOPE_ACCOUNT, "A");
  const bool confirmed = narrative_.check(
      "every shard confirmed the kill", engaged.ok(),
      engaged.ok() ? "event " + grouped(engaged.value().shards(0).event_sequence()) + ", " +
                         grouped(engaged.value().shards(0).orders_cancelled()) + " orders of A cancelled"
                   : engaged.error().message);
  if (confirmed) kill_ = parse_uuid(engaged.value().kill_id());
  flow->finish();
  const std::vector<Told> told = flow->watch().told();
  end(*flow, "A");
  end(*others, "the others");
  if (!confirmed || !kill_) return false;
  const bool proven = prove_promise("P1 from the log: nothing of A behind its kill");
  if (proof_.engaged) check_commands_to_come(told);
  return (proven || proof_.engaged) && !interrupted_();
}

/// Counted by place in the log, not by time: a command is "still to come" if its place is behind the kill's.
void DemoRun::check_commands_to_come(const std::vector<Told>& told) {
  std::uint64_t to_come = 0, killed = 0, killed_before = 0;
  for (const Told& one : told) {
    const bool after = proof_.is_before(one.sequence, one.index);
    to_come += after ? 1 : 0;
    killed += after && one.killed ? 1 : 0;
    killed_before += !after && one.killed ? 1 : 0;
  }
  narrative_.check("at least " + grouped(kToComeMin) + " commands of A were still to come", to_come >= kToComeMin,
                   grouped(to_come) + " of " + grouped(static_cast<std::uint64_t>(told.size())) +
                       " stand behind the kill, which took effect at message " +
                       grouped(proof_.command_sequence.value()) +
                       (proof_.command_index ? " before its command " + std::to_string(*proof_.command_index) : ""));
  narrative_.check(
      "all of them were answered 'killed', and no other", killed == to_come && killed_before == 0,
      grouped(killed) + " of " + grouped(to_come) + " behind it, " + grouped(killed_before) + " before it");
}

bool DemoRun::prove_promise(const std::string& name) {
  const auto proof = examine_kill(*log_, ShardId{0}, *kill_);
  if (!proof.ok()) return narrative_.check(name, false, proof.error().message);
  proof_ = proof.value();
  if (!proof_.engaged) return narrative_.check(name, false, "the kill is not in the log");
  std::string detail = "event message " + grouped(proof_.event_sequence) + ", by " +
                       (proof_.engaged->source == KillSource::kLatch ? "the direct path" : "the log's path") + "; " +
                       grouped(proof_.events_examined) + " events behind it, " + grouped(proof_.violations) +
                       " violations";
  for (const std::string& example : proof_.examples) detail += "; " + example;
  return narrative_.check(name, proof_.violations == 0 && proof_.events_examined > 0 && !proof_.released, detail);
}

}  // namespace sluice::cli
