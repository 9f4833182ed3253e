#include "engine/shard_engine.h"

#include <thread>

#include "engine/answer_publisher.h"
#include "engine/core/state.h"
#include "engine/engine_loop.h"
#include "engine/frame_reader.h"
#include "engine/log_watchdog.h"
#include "engine/peer_probe.h"
#include "runtime/clock.h"
#include "runtime/ids.h"
#include "runtime/logging.h"
#include "runtime/this_thread.h"

namespace sluice::engine {

namespace {

constexpr int kTakeTries = 1'000;
constexpr Nanos kRetry{100 * kNanosPerMilli};
constexpr Nanos kProgressEvery{kNanosPerSecond};

/// True if trying again can help.
bool passing(const Error& error) {
  return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kUnknown ||
         error.code == ErrorCode::kTimeout || error.code == ErrorCode::kFenced || error.code == ErrorCode::kNotFound ||
         error.code == ErrorCode::kLogFull;
}

}  // namespace

ShardEngine::ShardEngine(eventlog::EventLog& log, ShardEngineOptions options)
    : log_(log),
      options_(std::move(options)),
      executor_bell_(options_.wait),
      emergency_(options_.data_dir / "emergency.kills"),
      standby_(!options_.standby_of.empty()) {
  std::error_code error;
  std::filesystem::create_directories(options_.data_dir, error);
}

ShardEngine::~ShardEngine() = default;

void ShardEngine::stop() {
  stop_.store(true, std::memory_order_release);
  stop_bell_.ring();
  executor_bell_.ring();
}

Status ShardEngine::run() {
  if (const Status loaded = emergency_.load(); !loaded.ok()) return loaded;
  SnapshotStore store(options_.data_dir / "snapshots");
  std::string told;
  while (!stop_.load(std::memory_order_acquire)) {
    status_.role.store(Role::kRecovering);
    status_.holds.set(Hold::kStarting, true);
    Replica replica;
    Status status = recover(replica, store);
    if (status.ok() && standby_) status = stand_by(replica);
    if (status.ok() && !stop_.load(std::memory_order_acquire)) status = own(replica, store);
    if (status.ok() || stop_.load(std::memory_order_acquire)) continue;
    if (!passing(status.error())) {
      status_.role.store(Role::kHalted);
      return status;
    }
    if (told != status.error().message) {
      runtime::log_warn("not owner; trying again",
                        {{"shard", options_.shard.value()}, {"why", status.error().message}});
      told = status.error().message;
    }
    stop_bell_.wait(stop_bell_.value(), kRetry);
  }
  return ok_status();
}

Status ShardEngine::recover(Replica& replica, SnapshotStore& store) {
  auto started = start_replica(log_, options_.shard, &store, options_.capacity,
                               "engine-recovery-" + std::to_string(options_.shard.value()));
  if (!started.ok()) return started.error();
  replica = std::move(started).value();
  Nanos told = runtime::steady_now();
  return catch_up(log_, replica, [&](std::uint64_t at, std::uint64_t last) {
    if (runtime::steady_now() - told > kProgressEvery) {
      told = runtime::steady_now();
      runtime::log_info("recovering", {{"shard", options_.shard.value()}, {"event", at}, {"of", last}});
    }
    return !stop_.load(std::memory_order_acquire);
  });
}

/// Follows EVT until the engine it stands by for has been unreachable for long enough. An engine that answers keeps its
/// shard, held or not: it may hold on purpose.
Status ShardEngine::stand_by(Replica& replica) {
  status_.engaged_kills.begin(replica.engine->state().kills());
  status_.role.store(Role::kStandby);
  runtime::log_info("standing by", {{"shard", options_.shard.value()}, {"for", options_.standby_of}});
  PeerProbe peer(options_.standby_of);
  Nanos reached = runtime::steady_now();
  Nanos asked;
  while (!stop_.load(std::memory_order_acquire)) {
    const auto step = follow(replica, kRetry);
    if (!step.ok() && step.error().code != ErrorCode::kTimeout && step.error().code != ErrorCode::kCancelled)
      return step.error();
    take_out_recorded(*replica.engine);
    status_.store_engaged(replica.engine->state().kills());
    status_.engaged_kills.publish(replica.engine->state().kills(), 0);
    const Nanos now = runtime::steady_now();
    if (options_.standby_of.empty() || now - asked < kRetry) continue;
    asked = now;
    if (peer.answers()) reached = runtime::steady_now();
    if (runtime::steady_now() - reached > options_.takeover_after) {
      runtime::log_warn("taking over", {{"shard", options_.shard.value()}, {"from", options_.standby_of}});
      standby_ = false;
      return catch_up(log_, replica,
                      [this](std::uint64_t, std::uint64_t) { return !stop_.load(std::memory_order_acquire); });
    }
  }
  return ok_status();
}

void ShardEngine::take_out_recorded(const core::Engine& engine) {
  for (const auto& kill : emergency_.kills()) {
    if (!engine.state().kills().knows(kill.kill.kill_id)) continue;
    if (const Status removed = emergency_.remove(kill.kill.kill_id); !removed.ok()) {
      runtime::log_warn("emergency file not updated", {{"why", removed.error().message}});
    }
  }
}

Status ShardEngine::take_shard(eventlog::EventWriter& writer, Replica& replica) {
  Status acquired = writer.acquire(replica.engine->log_time());
  // An owner under load writes all the time: the state is kept, so that the next try comes right behind its newest
  // message.
  for (int tries = 1; !acquired.ok() && acquired.error().code == ErrorCode::kFenced && tries < kTakeTries; ++tries) {
    const Status followed = catch_up(
        log_, replica, [this](std::uint64_t, std::uint64_t) { return !stop_.load(std::memory_order_acquire); });
    if (!followed.ok()) return followed;
    writer.stand_at(*replica.fold);
    acquired = writer.acquire(replica.engine->log_time());
  }
  return acquired;
}

Status ShardEngine::own(Replica& replica, SnapshotStore& store) {
  core::Engine& engine = *replica.engine;
  const Genesis genesis = engine.state().genesis();
  if (const Status tail = check_cmd_tail(log_, replica); !tail.ok()) return tail;
  eventlog::EventWriter writer(log_, genesis, OwnerId{runtime::random_id()}, *replica.fold);
  if (const Status taken = take_shard(writer, replica); !taken.ok()) return taken;
  // Owner first, file second: a kill that comes in between is in the latch, one that came before is in the file.
  status_.role.store(Role::kOwner);
  auto opening = unread_kills(log_, genesis, engine.cmd_sequence());
  if (!opening.ok()) return opening.error();
  take_out_recorded(engine);
#ifndef SLUICE_MUTANT_no_emergency_file
  for (const auto& kill : emergency_.kills())
    opening.value().insert(opening.value().begin(), core::LatchedKill{kill.kill, kill.by});
#endif
  status_.answers_acknowledged.store(0);
  status_.epoch.store(writer.epoch().value());
  status_.cmd_read.store(engine.cmd_sequence().value());
  status_.evt_acknowledged.store(writer.acknowledged().evt_sequence.value());

  FrameRing frames(options_.frame_slots);
  AnswerRing answers(options_.answer_slots);
  runtime::Doorbell publisher_bell(options_.wait);
  FrameReader reader(log_, genesis, engine.cmd_sequence().value() + 1, frames, executor_bell_, status_,
                     options_.clock_step_max);
  AnswerPublisher publisher(writer, answers, publisher_bell, executor_bell_, emergency_, status_,
                            engine.state().kills().kill_ids());
  LogWatchdog watchdog(log_, genesis, reader, writer, executor_bell_, status_, options_.hold_after);
  SnapshotFollower snapshots(log_, options_.shard, store, options_.capacity, options_.snapshots, status_);
  EngineLoop loop({engine, latch_, frames, answers, executor_bell_, publisher_bell, status_});

  Status ended = ok_status();
  std::atomic<bool> publisher_ended{false};
  runtime::log_info("owner", {{"shard", options_.shard.value()},
                              {"epoch", writer.epoch().value()},
                              {"cmd_sequence", engine.cmd_sequence().value()},
                              {"opening_kills", opening.value().size()}});
  std::thread reading([&] {
    runtime::name_this_thread("reading");
    reader.run();
    stop_bell_.ring();
  });
  std::thread publishing([&] {
    runtime::name_this_thread("publishing");
    ended = publisher.run(options_.drain);
    publisher_ended.store(true, std::memory_order_release);
    stop_bell_.ring();
  });
  std::thread watching([&] {
    runtime::name_this_thread("watching");
    watchdog.run();
  });
  std::thread following([&] {
    runtime::name_this_thread("snapshots");
    snapshots.run();
  });
  std::thread executing([&] {
    runtime::name_this_thread("executing");
    loop.run(opening.value());
  });

  while (!stop_.load(std::memory_order_acquire) && !publisher_ended.load(std::memory_order_acquire)) {
    const std::uint32_t seen = stop_bell_.value();
    if (!reader.halted_reason().empty()) break;
    engine.grow_ahead();
    stop_bell_.wait(seen, kRetry);
  }
  // In the order of the flow: no more frames, then no more decisions, then the answers that are decided are published.
  reader.stop();
  reading.join();
  loop.stop();
  executing.join();
  publisher.stop();
  publishing.join();
  watchdog.stop();
  watching.join();
  snapshots.stop();
  following.join();
  status_.holds.set(Hold::kStarting, true);
  if (!reader.halted_reason().empty()) return Error{ErrorCode::kHalted, reader.halted_reason()};
  if (!ended.ok() && ended.error().code == ErrorCode::kFenced) {
    runtime::log_warn("deposed", {{"shard", options_.shard.value()}, {"why", ended.error().message}});
    standby_ = true;
  }
  return ended;
}

}  // namespace sluice::engine
