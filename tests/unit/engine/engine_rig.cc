#include "engine_rig.h"

#include <atomic>

#include "eventlog/event_fold.h"
#include "runtime/clock.h"

namespace sluice::test {

namespace {
std::atomic<std::int64_t> broker_ahead{0};
Nanos broker_now() { return runtime::wall_now() + Nanos{broker_ahead.load()}; }
}  // namespace

void set_broker_ahead(Nanos span) { broker_ahead.store(span.value()); }

EngineRig::EngineRig() : log(1, broker_now) {
  set_broker_ahead(Nanos{0});
  options_.data_dir = data_dir();
  options_.capacity = {.orders = 1u << 12, .keys = 1u << 12};
  options_.hold_after = Nanos{50 * kNanosPerMilli};
  feed.reference_data();
}

void EngineRig::start() {
  engine_ = std::make_unique<engine::ShardEngine>(log, spans_, options_);
  running_ = std::thread([this] { ended_ = engine_->run(); });
}

Status EngineRig::stop() {
  if (engine_ != nullptr) engine_->stop();
  return ended();
}

Status EngineRig::ended() {
  if (running_.joinable()) running_.join();
  return ended_;
}

void EngineRig::settle() {
  const std::uint64_t last = messages(eventlog::StreamKind::kCommand);
  EXPECT_TRUE(eventually([&] { return executed() == last; })) << "executed " << executed() << " of " << last;
  EXPECT_TRUE(eventually([&] {
    std::uint64_t answered = 1;  // genesis
    for_each_answer([&](const Answer& answer) { answered = answer.cmd_sequence.value(); });
    return answered == last && status().evt_acknowledged.load() == messages(eventlog::StreamKind::kEvent);
  }));
}

void EngineRig::expect_hold(Hold hold, bool on) {
  EXPECT_TRUE(eventually([&] { return status().holds.has(hold) == on; })) << "hold is " << !on;
}

void EngineRig::for_each_answer(const std::function<void(const Answer&)>& take) {
  eventlog::EventFold fold(ShardId{0});
  const std::uint64_t last = messages(eventlog::StreamKind::kEvent);
  for (std::uint64_t sequence = 1; sequence <= last; ++sequence) {
    const auto message = log.get({eventlog::StreamKind::kEvent, ShardId{0}}, sequence);
    const auto step = fold.accept(message.value().message());
    ASSERT_TRUE(step.ok()) << step.error().message;
    if (step.value() == eventlog::EventFold::Step::kComplete) take(fold.answer());
  }
}

std::map<Uuid, Outcome> EngineRig::outcomes() {
  std::map<Uuid, Outcome> outcomes;
  for_each_answer([&](const Answer& answer) {
    for (const Outcome& outcome : answer.outcomes) outcomes.emplace(outcome.command_id, outcome);
  });
  return outcomes;
}

std::vector<KillSwitchEngaged> EngineRig::kills() {
  std::vector<KillSwitchEngaged> kills;
  for_each_answer([&](const Answer& answer) {
    for (const ControlEvent& event : answer.control_events) {
      if (const auto* kill = std::get_if<KillSwitchEngaged>(&event.body)) kills.push_back(*kill);
    }
  });
  return kills;
}

}  // namespace sluice::test
