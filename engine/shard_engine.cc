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

ShardEngine::ShardEngine(eventlog::EventLog& log, telemetry::Spans& spans, ShardEngineOptions options)
    : log_(log),
      options_(std::move(options)),
      executor_bell_(options_.wait),
      emergency_(options_.data_dir / "emergency.kills"),
      status_(spans),
      standby_(!options_.standby_of.empty()) {
  std::error_code error;
  std::filesystem::create_directories(options_.data_dir, error);
  status_.heartbeat_hold_after.store(options_.heartbeat_hold_after.value());
}

ShardEngine::~ShardEngine() = default;

void ShardEngine::stop() {
  stop_.store(true, std::memory_order_release);
  stop_bell_.ring();
  executor_bell_.ring();
}

// Nothing is executed without an audit; but once it runs, nothing waits for it that stops trade.
Status ShardEngine::start_audit() {
  const std::filesystem::path folder = options_.data_dir / "audit";
  audit::AuditSinkOptions options;
  options.folder = folder;
  options.shard = options_.shard;
  options.segments_kept = options_.audit_segments_kept;
  options.spans = &status_.spans;
  auto sink = audit::AuditSink::start(options, {&audit_ring_, &shared_audit_.ring()}, clock_);
  if (!sink.ok()) return sink.error();
  sink_ = std::move(sink).value();
  auto black_box = audit::BlackBox::open({.folder = folder, .shard = options_.shard}, clock_);
  if (!black_box.ok()) return black_box.error();
  black_box_ = std::move(black_box).value();
  trail_ = std::make_unique<AuditTrail>(options_.shard, audit_ring_, *black_box_, status_);
  latch_.set_observer(trail_.get());
  return ok_status();
}

void ShardEngine::audit(audit::Action action, audit::Kind kind, std::array<std::uint64_t, 4> data,
                        std::string_view detail) {
  audit::AuditRecord record;
  record.time = clock_.wall();
  record.sequence = status_.executed.load().cmd_sequence;
  record.data = data;
  record.shard = options_.shard.value();
  record.action = action;
  record.kind = kind;
  shared_audit_.record(audit::AuditEntry(record).add(audit::Field::kDetail, detail));
}

void ShardEngine::audit_changes() {
  const Role role = status_.role.load();
  if (role != audited_role_)
    audit(audit::Action::kRole, audit::Kind::kDone, {static_cast<std::uint64_t>(role), status_.epoch.load(), 0, 0},
          name_of(role));
  audited_role_ = role;
  // The executing thread itself tells of the hold that the audit is the reason for.
  const std::uint32_t holds = status_.holds.bits() & ~static_cast<std::uint32_t>(Hold::kAuditFull);
  for (std::uint32_t left = holds ^ audited_holds_; left != 0; left &= left - 1) {
    const std::uint32_t bit = left & (~left + 1);
    audit(audit::Action::kHold, (holds & bit) != 0 ? audit::Kind::kBegan : audit::Kind::kEnded,
          {bit, audit_ring_.used() * 1000 / audit_ring_.orders(), 0, 0}, name_of(static_cast<Hold>(bit)));
  }
  audited_holds_ = holds;
  watch_recovery(role);
  watch_audit();
}

/// A standby is held on purpose; from its takeover on its shard waits for it.
void ShardEngine::watch_recovery(Role role) {
  const Nanos now = runtime::steady_now();
  const bool held = status_.holds.any() && role != Role::kStandby;
  if (held && held_since_ == Nanos{0}) held_since_ = now;
  if (held || held_since_ == Nanos{0}) return;
  if (role == Role::kOwner)
    status_.spans.record(telemetry::Stage::kRecovery, static_cast<std::uint64_t>((now - held_since_).value()));
  held_since_ = Nanos{0};
}

void ShardEngine::watch_audit() {
  const audit::AuditCounts counts = sink_->counts();
  status_.audit.used.store(audit_ring_.used(), std::memory_order_relaxed);
  status_.audit.capacity.store(audit_ring_.orders(), std::memory_order_relaxed);
  status_.audit.written.store(counts.records, std::memory_order_relaxed);
  status_.audit.anchored.store(counts.anchored, std::memory_order_relaxed);
  status_.audit.errors.store(counts.errors, std::memory_order_relaxed);
  status_.audit.in_black_box.store(black_box_->kept(), std::memory_order_relaxed);
  status_.audit.lost.store(black_box_->lost() + shared_audit_.lost(), std::memory_order_relaxed);
  const audit::AuditState state = sink_->state();
  status_.audit.ok.store(state.ok, std::memory_order_relaxed);
  const audit::Pressure pressure = audit_ring_.pressure();
  if (pressure > audited_pressure_)
    runtime::log_warn("the audit is behind", {{"shard", options_.shard.value()},
                                              {"records", audit_ring_.used()},
                                              {"of", audit_ring_.orders()},
                                              {"disk", state.ok ? "ok" : state.error}});
  audited_pressure_ = pressure;
}

Status ShardEngine::run() {
  held_since_ = runtime::steady_now();
  if (const Status started = start_audit(); !started.ok()) return started;
  audit(audit::Action::kStarted, audit::Kind::kDone, {}, "sluice-engine");
  audit::record_configuration(shared_audit_, options_.shard, clock_.wall(), options_.configuration);
  const Status ended = work();
  audit(audit::Action::kStopped, audit::Kind::kDone, {}, ended.ok() ? "" : ended.error().message);
  sink_->stop();
  black_box_->stop();
  return ended;
}

Status ShardEngine::work() {
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
    take_out_recorded(emergency_, *replica.engine);
    audit_changes();
    if (step.ok() && step.value() == eventlog::EventFold::Step::kComplete)
      status_.engaged_kills.publish(replica.engine->state().kills(), replica.fold->answer(), 0);
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
  const auto opening = opening_kills(log_, genesis, engine, emergency_);
  if (!opening.ok()) return opening.error();
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
  EngineLoop loop({engine, latch_, frames, answers, executor_bell_, publisher_bell, status_, *trail_});

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
    status_.spans.attach();
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
    status_.spans.attach();
    loop.run(opening.value());
  });

  while (!stop_.load(std::memory_order_acquire) && !publisher_ended.load(std::memory_order_acquire)) {
    const std::uint32_t seen = stop_bell_.value();
    if (!reader.halted_reason().empty()) break;
    engine.grow_ahead();
    audit_changes();
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
