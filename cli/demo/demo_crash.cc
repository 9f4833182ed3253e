// The demo's fourth step: the engine dies under load, and comes back.
#include <signal.h>

#include <fstream>

#include "cli/demo/demo_run.h"
#include "cli/demo/text.h"
#include "cli/event_walk.h"
#include "cli/live_client.h"
#include "cli/load/report.h"
#include "cli/replica_check.h"
#include "runtime/clock.h"

namespace sluice::cli {

namespace {

constexpr std::uint64_t kSeed = 10;
constexpr Nanos kPatience{60 * kNanosPerSecond};
constexpr Nanos kAsk{200 * kNanosPerMilli};
constexpr Nanos kLook{10 * kNanosPerMilli};
constexpr const char* kEngine = "engine-0";
constexpr core::Capacity kCapacity{1u << 18, 1u << 18};

void pause(Nanos span) {
  runtime::Doorbell bell;
  bell.wait(bell.value(), span);
}

/// The newest command message that was answered before the newest owner began; nothing if there was one owner only.
Result<std::optional<CmdSequence>> answered_before_newest_owner(eventlog::EventLog& log) {
  std::optional<CmdSequence> before;
  const auto walked = walk_events(log, ShardId{0}, [&](const eventlog::EventFold& fold) {
    for (const ControlEvent& event : fold.answer().control_events) {
      const auto* started = std::get_if<EpochStarted>(&event.body);
      if (started != nullptr && started->epoch > Epoch{1}) before = fold.answer().cmd_sequence;
    }
  });
  if (!walked.ok()) return walked.error();
  return before;
}

}  // namespace

bool DemoRun::crash_the_engine() {
  step("SIGKILL of the engine under load");
  const auto flow = begin(flow_options(kSeed, {"B", "C", "D"}, options_.orders), "the flow");
  flow->wait_for_answers(options_.orders / 4, kPatience);
  runtime::ChildProcess& engine = deployment_.process(kEngine);
  const Nanos killed_at = runtime::steady_now();
  engine.kill(SIGKILL);
  engine.wait();
  const bool back = recovers(*flow, killed_at);
  if (!back) flow->stop();
  const bool all = end(*flow, "the flow");
  if (!back) return false;
  check_log_and_state();
  check_kill_holds();
  return all && !interrupted_();
}

/// Waits for the first result that comes after the crash, then asks the log which command the new owner executed first.
bool DemoRun::recovers(FlowRun& flow, Nanos killed_at) {
  const char* const name = "a new engine executes again";
  const auto failed = [&](const std::string& why) { return narrative_.check(name, false, why); };
  const Status restarted = deployment_.restart(kEngine);
  if (!restarted.ok()) return failed(restarted.error().message + "; " + last_words(kEngine));
  std::optional<Nanos> first;
  std::optional<Nanos>
      owner_since;  // answers of the dead engine still arrive: the log is searched only once it makes sense
  while (!first && !interrupted_()) {
    if (!deployment_.process(kEngine).running())
      return failed("the engine ended with code " + std::to_string(deployment_.process(kEngine).exit_code()) + ": " +
                    last_words(kEngine));
    if (runtime::steady_now() - killed_at > kPatience) return failed("nothing was executed for a minute");
    pause(kLook);
    if (!owner_since && live_state(deployment_.endpoints().engines[0], kAsk)) owner_since = runtime::steady_now();
    if (owner_since) first = first_after(flow, *owner_since);
  }
  if (!first) return failed("interrupted");
  return narrative_.check(name, true,
                          "recovery time, SIGKILL to first newly executed command: " +
                              load::format_nanos(static_cast<std::uint64_t>((*first - killed_at).value())));
}

/// When a client first heard of a command that the new owner decided; nothing if none was told anything since `moment`.
std::optional<Nanos> DemoRun::first_after(FlowRun& flow, Nanos moment) {
  const std::vector<Told> told = flow.watch().told();
  if (told.empty() || told.back().at < moment) return std::nullopt;
  const auto before = answered_before_newest_owner(*log_);
  if (!before.ok() || !before.value()) return std::nullopt;
  std::optional<Nanos> first;
  for (const Told& one : told) {
    if (one.executed && one.sequence > *before.value() && (!first || one.at < *first)) first = one.at;
  }
  return first;
}

void DemoRun::check_log_and_state() {
  const auto audited = audit_log(*log_, 1, journal_);
  const char* const name = "the log holds every command once, as its client was told";
  if (audited.ok()) {
    const AuditReport& report = audited.value();
    narrative_.check(name, report.doubled + report.lost + report.changed == 0,
                     grouped(report.first_outcomes) + " outcomes in " + grouped(report.messages) +
                         " messages, chain intact; " + grouped(report.lost) + " lost, " + grouped(report.doubled) +
                         " decided twice, " + grouped(report.changed) + " told otherwise");
  } else {
    narrative_.check(name, false, audited.error().message);
  }
  const auto live = [this] { return live_state(deployment_.endpoints().engines[0], kPatience); };
  const auto replayed = replay_and_compare(*log_, ShardId{0}, kCapacity, live, [](std::uint64_t, std::uint64_t) {});
  const char* const same = "the state rebuilt from the log equals the live one";
  if (!replayed.ok()) {
    narrative_.check(same, false, replayed.error().message);
    return;
  }
  const ReplayReport& report = replayed.value();
  narrative_.check(same, report.equal(),
                   report.equal()        ? "hash " + report.hash + " after " + grouped(report.events) + " events"
                   : report.comparable() ? report.hash + " is not " + report.live->hash
                                         : "the live engine cannot be asked");
}

void DemoRun::check_kill_holds() {
  LiveClient client(context_, deployment_.endpoints());
  v1::SubmitOrder order;
  order.set_account("A");
  order.set_symbol("X");
  order.set_client_order_id("after-the-crash");
  order.set_side(v1::SIDE_BUY);
  order.set_type(v1::ORDER_TYPE_LIMIT);
  order.set_time_in_force(v1::TIME_IN_FORCE_GTC);
  order.set_price(1);
  order.set_quantity(1);
  const auto result = client.submit(order);
  const bool killed = result.ok() && result.value().reason() == v1::REJECT_REASON_KILLED;
  narrative_.check("the kill still holds: a new order of A is answered 'killed'", killed,
                   result.ok() ? "" : result.error().message);
  prove_promise("P1 from the log of both engines: nothing of A behind its kill");
}

/// The last line that a process wrote: why it ended, if it said so.
std::string DemoRun::last_words(const std::string& process) const {
  std::ifstream log(deployment_.log_file(process));
  std::string last;
  for (std::string line; std::getline(log, line);) {
    if (!line.empty()) last = line;
  }
  return last.empty() ? "it wrote nothing" : last;
}

}  // namespace sluice::cli
