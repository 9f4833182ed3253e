#include "cli/kill/record_watch.h"

#include <memory>

#include "eventlog/codec.h"
#include "eventlog/event_fold.h"
#include "eventlog/provision.h"

namespace sluice::cli {

namespace {

constexpr Nanos kTurn{20 * kNanosPerMilli};  // of a shard that has nothing new
constexpr int kMessagesATurn = 1'000;

struct Followed {
  explicit Followed(ShardId shard) : fold(shard) {}
  std::unique_ptr<eventlog::Reader> reader;
  eventlog::EventFold fold;
  bool found = false;
};

const KillSwitchEngaged* record_in(const Answer& answer, const KillId& kill) {
  for (const ControlEvent& event : answer.control_events) {
    const auto* engaged = std::get_if<KillSwitchEngaged>(&event.body);
    if (engaged != nullptr && engaged->kill.kill_id == kill) return engaged;
  }
  return nullptr;
}

Status follow(Followed& shard, ShardId id, const KillId& kill, EngageProgress& progress) {
  for (int i = 0; i < kMessagesATurn && !shard.found; ++i) {
    const auto message = shard.reader->next(kTurn);
    if (!message.ok() && message.error().code == ErrorCode::kTimeout) return ok_status();
    if (!message.ok()) return message.error();
    const auto step = shard.fold.accept(message.value());
    if (!step.ok()) return step.error();
    if (step.value() != eventlog::EventFold::Step::kComplete) continue;
    const KillSwitchEngaged* engaged = record_in(shard.fold.answer(), kill);
    if (engaged == nullptr) continue;
    shard.found = true;
    progress.take(id, {shard.fold.last_sequence(), eventlog::to_hex(shard.fold.chain()), engaged->orders_cancelled});
  }
  return ok_status();
}

}  // namespace

Result<bool> watch_for_record(eventlog::EventLog& log, const KillId& kill, EngageProgress& progress,
                              const std::atomic<bool>& stop) {
  const auto genesis = eventlog::read_genesis(log, ShardId{0});
  if (!genesis.ok()) return genesis.error();
  progress.know_shards(genesis.value().shard_count);
  std::vector<std::unique_ptr<Followed>> shards;
  for (std::uint16_t i = 0; i < genesis.value().shard_count; ++i) {
    auto& shard = *shards.emplace_back(std::make_unique<Followed>(ShardId{i}));
    shard.reader = log.open_reader("kill-engage", {eventlog::StreamKind::kEvent, ShardId{i}}, 1);
  }
  for (std::size_t found = 0; found < shards.size() && !stop.load();) {
    found = 0;
    for (std::size_t i = 0; i < shards.size() && !stop.load(); ++i) {
      if (!shards[i]->found) {
        const Status followed = follow(*shards[i], ShardId{static_cast<std::uint16_t>(i)}, kill, progress);
        if (!followed.ok()) return followed.error();
      }
      if (shards[i]->found) ++found;
    }
  }
  return !stop.load();
}

}  // namespace sluice::cli
