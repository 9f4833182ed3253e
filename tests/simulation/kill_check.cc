// KillWorld::check(): the whole EVT against what was promised.
#include <set>

#include "tests/simulation/kill_world.h"

namespace sluice::test {

using eventlog::StreamKind;

namespace {

using Scope = std::pair<KillScope, Name>;

Name account_name(AccountId id) { return *Name::from(id == AccountId{1} ? "A" : "B"); }

bool covers(const Scope& scope, const Name& account) {
  return scope.first == KillScope::kGlobal || scope.first == KillScope::kSymbol ||
         (scope.first == KillScope::kAccount && scope.second == account);
}

/// True for what no engaged scope may see.
bool is_trade_activity(OrderEventKind kind) {
  return kind == OrderEventKind::kAccepted || kind == OrderEventKind::kTraded || kind == OrderEventKind::kReplaced ||
         kind == OrderEventKind::kTriggered;
}

}  // namespace

class KillWorld::Checker {
 public:
  explicit Checker(KillWorld& world) : world_(world) {}

  std::optional<std::string> run() {
    eventlog::EventFold fold(ShardId{0});
    const auto last = world_.log_.info({StreamKind::kEvent, ShardId{0}}).value().last_sequence;
    for (std::uint64_t at = 1; at <= last && !wrong_; ++at) {
      const auto message = world_.log_.get({StreamKind::kEvent, ShardId{0}}, at).value();
      const auto step = fold.accept(message.message());
      if (!step.ok()) return "EVT: " + step.error().message;
      if (step.value() != eventlog::EventFold::Step::kComplete) continue;
      take(fold.answer(), fold.checkpoint().owner);
    }
    for (const Promise& promise : world_.promises_) {
      if (!wrong_ && promise.node == world_.last_ && !known_.contains(promise.kill.kill_id))
        return "kill " + to_string(promise.kill.kill_id) + " is lost";
    }
    return wrong_;
  }

 private:
  void take(const Answer& answer, OwnerId owner) {
    for_each_event(
        answer, [&](const ControlEvent& event) { control(event); },
        [&](const OrderEvent& event) {
          if (event.kind == OrderEventKind::kTraded) ++counts().trades;
          if (!is_trade_activity(event.kind)) return;
          activity(answer, owner, account_name(event.account));
          if (event.kind == OrderEventKind::kTraded) activity(answer, owner, account_name(event.other_account));
        });
  }

  void control(const ControlEvent& event) {
    if (const auto* engaged = std::get_if<KillSwitchEngaged>(&event.body)) {
      known_.insert(engaged->kill.kill_id);
      engaged_[{engaged->kill.scope, engaged->kill.key}] = engaged->kill.kill_id;
    } else if (const auto* released = std::get_if<KillSwitchReleased>(&event.body)) {
      ++counts().releases;
      const auto found = engaged_.find({released->scope, released->key});
      if (found == engaged_.end() || found->second != released->kill_id)
        wrong_ = "a release lifts kill " + to_string(released->kill_id) + ", which is not the newest of its scope";
      if (released->requested_by == released->approved_by) wrong_ = "one person released";
      if (found != engaged_.end()) engaged_.erase(found);
    }
  }

  void activity(const Answer& answer, OwnerId owner, const Name& account) {
    const std::string where = "CMD " + std::to_string(answer.cmd_sequence.value());
    for (const auto& [scope, kill] : engaged_)
      if (covers(scope, account)) wrong_ = "P1: " + where + ": activity in scope of kill " + to_string(kill);
    const auto writer = world_.owners_.find(owner);
    INVARIANT(writer != world_.owners_.end());
    const auto& [node, life] = writer->second;
    for (const Promise& promise : world_.promises_) {
      if (promise.node != node || known_.contains(promise.kill.kill_id)) continue;
      if (!covers({promise.kill.scope, promise.kill.key}, account)) continue;
      const bool bound =
          life > promise.life || (life == promise.life && answer.cmd_sequence.value() > promise.executed);
      if (bound) wrong_ = "P2/P4: " + where + ": activity before kill " + to_string(promise.kill.kill_id);
    }
  }

  KillWorld& world_;
  std::set<KillId> known_;
  std::map<Scope, KillId> engaged_;
  std::optional<std::string> wrong_;
};

std::optional<std::string> KillWorld::check() { return Checker(*this).run(); }

}  // namespace sluice::test
