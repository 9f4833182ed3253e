#include "tests/simulation/kill_world.h"

#include "engine/core/state.h"
#include "runtime/clock.h"
#include "support/few_spans.h"

namespace sluice::test {

using eventlog::StreamKind;

namespace {

constexpr eventlog::StreamId kCmd{StreamKind::kCommand, ShardId{0}};
constexpr core::Capacity kCapacity{.orders = 256, .keys = 256};
constexpr std::size_t kFrames = 16;
constexpr std::size_t kAnswers = 64;

/// It is large, and means nothing but what the life that uses it says: one for each node, kept.
engine::EngineStatus& fresh_status(std::size_t node) {
  static telemetry::Spans spans(test::kFewSpans);
  static std::array<engine::EngineStatus, 2> statuses{engine::EngineStatus(spans), engine::EngineStatus(spans)};
  engine::EngineStatus& status = statuses[node];
  status.role.store(Role::kRecovering);
  for (const auto hold : {Hold::kLogLost, Hold::kLogFull, Hold::kAuditFull}) status.holds.set(hold, false);
  status.holds.set(Hold::kStarting, true);
  return status;
}

}  // namespace

struct EngineLife {
  EngineLife(std::size_t node, const std::filesystem::path& file, engine::Replica recovered, audit::BlackBox& box)
      : status(fresh_status(node)), emergency(file), replica(std::move(recovered)), black_box(box) {}
  /// From here on it is the owner.
  void own(std::unique_ptr<eventlog::EventWriter> taken) {
    writer = std::move(taken);
    core::Engine& core = *replica.engine;
    next_frame = core.cmd_sequence().value() + 1;
    loop = std::make_unique<engine::EngineLoop>(
        engine::EngineLoop::Wiring{core, latch, frames, answers, bell, publisher_bell, status, trail});
    publisher = std::make_unique<engine::AnswerPublisher>(*writer, answers, publisher_bell, bell, emergency, status,
                                                          core.state().kills().kill_ids());
  }
  void drop_audit() { ring.pop(ring.front().size()); }

  engine::EngineStatus& status;
  engine::EmergencyFile emergency;
  engine::Replica replica;
  core::KillLatch latch;
  runtime::Doorbell bell;
  runtime::Doorbell publisher_bell;
  engine::KillDesk desk{latch, bell, emergency, status};
  audit::AuditRing ring{1024, 256};
  audit::BlackBox& black_box;
  engine::AuditTrail trail{ShardId{0}, ring, black_box, status};
  engine::FrameRing frames{kFrames};
  engine::AnswerRing answers{kAnswers};
  std::unique_ptr<eventlog::EventWriter> writer;
  std::unique_ptr<engine::EngineLoop> loop;
  std::unique_ptr<engine::AnswerPublisher> publisher;
  std::uint64_t next_frame = 0;
};

KillWorld::Counts& KillWorld::counts() {
  static Counts counts;
  return counts;
}

KillWorld::KillWorld(std::uint64_t seed, const std::filesystem::path& folder, audit::BlackBox& black_box)
    : random_(seed), folder_(folder), black_box_(black_box), log_(1, runtime::wall_now), feed_(log_) {
  std::filesystem::create_directories(folder_);
  for (std::size_t node = 0; node < kNodes; ++node)
    std::filesystem::remove(folder_ / ("emergency-" + std::to_string(node)));
  feed_.reference_data();
}

KillWorld::~KillWorld() = default;

std::optional<std::string> KillWorld::run(int steps) {
  ++counts().histories;
  for (int i = 0; i < steps; ++i) step();
  finish();
  return check();
}

bool KillWorld::is_owner(std::size_t node) const { return nodes_[node] != nullptr && nodes_[node]->loop != nullptr; }

void KillWorld::step() {
  ++counts().steps;
  const std::size_t node = any(kNodes);
  const std::size_t choice = any(40);
  if (choice < 9) return log_orders();
  if (choice < 10) return log_kill();
  if (choice < 15) return log_release();
  if (choice < 16) return latch(node, any(8) == 0);
  if (choice < 20) return nodes_[node] == nullptr ? start(node) : catch_up(node);
  if (choice < 23) return take(node);
  if (choice < 31) return execute(node);
  if (choice < 38) return publish(node);
  if (any(3) == 0) crash(node);
}

// Orders of both accounts that meet, so that there is something to stop.
void KillWorld::log_orders() {
  std::vector<OrderCommand> orders;
  for (std::size_t left = 1 + any(4); left > 0; --left) {
    const AccountId account{static_cast<std::uint32_t>(1 + any(2))};
    orders.push_back(CmdFeed::order(account, std::to_string(++orders_), any(2) == 0 ? Side::kBuy : Side::kSell, 10, 1));
  }
  counts().orders += orders.size();
  feed_.orders(orders);
  tell("orders logged: " + std::to_string(orders.size()));
}

EngageKillSwitch KillWorld::new_kill() {
  if (!kills_.empty() && any(3) == 0) return kills_[any(kills_.size())];  // its second path, or asked for again
  const std::size_t scope = any(8);
  EngageKillSwitch kill = scope == 0   ? CmdFeed::kill(KillScope::kGlobal, "")
                          : scope == 1 ? CmdFeed::kill(KillScope::kSymbol, "X")
                                       : CmdFeed::kill(KillScope::kAccount, scope < 5 ? "A" : "B");
  kills_.push_back(kill);
  return kill;
}

void KillWorld::log_kill() {
  const EngageKillSwitch kill = new_kill();
  ++counts().kills;
  const std::uint64_t sequence = feed_.control(FrameClass::kControl, kill);
  tell("kill " + to_string(kill.kill_id) + " of '" + kill.key.str() + "' logged as " + std::to_string(sequence));
}

void KillWorld::log_release() {
  if (kills_.empty()) return;
  if (requests_.empty() || any(2) == 0) {
    const EngageKillSwitch& kill = any(2) == 0 ? kills_.back() : kills_[any(kills_.size())];
    const Uuid id = CmdFeed::kill(KillScope::kGlobal, "").kill_id;
    requests_.emplace_back(id, kill.kill_id);
    feed_.control(FrameClass::kControl,
                  RequestRelease{.release_id = id,
                                 .scope = kill.scope,
                                 .key = kill.key,
                                 .kill_id = kill.kill_id,
                                 .kill_sequence = {},
                                 .reason = {}},
                  "alice");
    tell("release of kill " + to_string(kill.kill_id) + " requested");
    return;
  }
  const auto& [id, kill] = any(2) == 0 ? requests_.back() : requests_[any(requests_.size())];
  feed_.control(FrameClass::kControl, ApproveRelease{id, {}}, any(6) == 0 ? "alice" : "bob");
  tell("release of kill " + to_string(kill) + " approved");
}

/// `dies`: between the latch and the file; then nobody was promised anything.
void KillWorld::latch(std::size_t node, bool dies) {
  if (nodes_[node] == nullptr) return;
  EngineLife& life = *nodes_[node];
  const core::LatchedKill kill{new_kill(), *Principal::from("carol")};
  ++counts().latches;
  if (dies) {
    if (life.status.role.load() == Role::kOwner) (void)life.latch.store(kill);
    tell("engine " + std::to_string(node) + " dies with a kill in its latch");
    return crash(node);
  }
  const auto latched = life.desk.latch(kill, Nanos{});
  if (!latched.ok()) return;
  const std::uint64_t executed = latched.value().owner ? life.replica.engine->cmd_sequence().value() : 0;
  promises_.push_back({kill.kill, executed, node, lives_[node]});
  tell("engine " + std::to_string(node) + (latched.value().owner ? ", owner," : "") + " answers: kill " +
       to_string(kill.kill.kill_id) + " of '" + kill.kill.key.str() + "' latched after " + std::to_string(executed));
}

void KillWorld::start(std::size_t node) {
  if (nodes_[node] != nullptr) return;
  auto replica = engine::start_replica(log_, ShardId{0}, nullptr, kCapacity, "engine");
  INVARIANT(replica.ok());
  ++lives_[node];
  nodes_[node] = std::make_unique<EngineLife>(node, folder_ / ("emergency-" + std::to_string(node)),
                                              std::move(replica).value(), black_box_);
  INVARIANT(nodes_[node]->emergency.load().ok());
  tell("engine " + std::to_string(node) + " starts");
  catch_up(node);
  nodes_[node]->status.role.store(Role::kStandby);
}

void KillWorld::catch_up(std::size_t node) {
  if (nodes_[node] == nullptr || is_owner(node)) return;
  EngineLife& life = *nodes_[node];
  while (true) {
    const auto step = engine::follow(life.replica, Nanos{});
    if (step.ok()) continue;
    INVARIANT(step.error().code == ErrorCode::kTimeout);
    break;
  }
  engine::take_out_recorded(life.emergency, *life.replica.engine);
}

// As ShardEngine::own() does it.
void KillWorld::take(std::size_t node) {
  if (nodes_[node] == nullptr || is_owner(node)) return;
  EngineLife& life = *nodes_[node];
  if (any(4) != 0) catch_up(node);
  core::Engine& core = *life.replica.engine;
  const OwnerId owner{random_()};
  owners_[owner] = {node, lives_[node]};
  auto writer = std::make_unique<eventlog::EventWriter>(log_, feed_.genesis(), owner, *life.replica.fold);
  if (any(16) == 0) log_.lose_acks(1);
  const bool acquired = writer->acquire(core.log_time()).ok();
  log_.lose_acks(0);
  if (!acquired) {
    tell("engine " + std::to_string(node) + " could not take the shard");
    return crash(node);
  }
  ++counts().takeovers;
  tell("engine " + std::to_string(node) + " owns the shard, after " + std::to_string(core.cmd_sequence().value()));
  life.status.role.store(Role::kOwner);
  // What it finds unread binds it, whether it looks or not.
  eventlog::DecodedFrame decoded;
  for (std::uint64_t at = core.cmd_sequence().value() + 1; at <= log_.info(kCmd).value().last_sequence; ++at) {
    const auto message = log_.get(kCmd, at).value();
    eventlog::decode_frame(feed_.genesis(), message.message(), decoded);
    for (const ControlCommand& command : decoded.controls)
      if (const auto* kill = std::get_if<EngageKillSwitch>(&command.body))
        promises_.push_back({*kill, 0, node, lives_[node]});
  }
  if (any(4) == 0) latch(node, any(4) == 0);
  if (nodes_[node] == nullptr) return;
  const auto opening = engine::opening_kills(log_, feed_.genesis(), core, life.emergency);
  INVARIANT(opening.ok());
  life.own(std::move(writer));
  life.loop->open(opening.value());
  life.drop_audit();
}

void KillWorld::execute(std::size_t node) {
  if (!is_owner(node)) return;
  EngineLife& life = *nodes_[node];
  if (!life.answers.has_room(kAnswers / 2)) return publish(node);
  while (engine::FrameSlot* slot = life.frames.claim()) {
    const auto message = log_.get(kCmd, life.next_frame);
    if (!message.ok()) break;
    slot->message = message.value();
    eventlog::decode_frame(feed_.genesis(), slot->message.message(), slot->decoded);
    life.frames.publish();
    ++life.next_frame;
  }
  while (life.loop->engage_latched()) {}
  // Between the look at the latch and the first command.
  if (any(16) == 0) latch(node, false);
  if (life.loop->execute_frame()) {
    tell("engine " + std::to_string(node) + " executes " + std::to_string(life.replica.engine->cmd_sequence().value()));
  }
  life.drop_audit();
}

void KillWorld::publish(std::size_t node) {
  if (!is_owner(node)) return;
  EngineLife& life = *nodes_[node];
  if (any(8) == 0) log_.lose_acks(1);
  life.publisher->take_answers();
  log_.lose_acks(0);
  const Status followed = life.publisher->follow_acknowledgements(Nanos{});
  if (followed.ok()) return;
  INVARIANT(followed.error().code == ErrorCode::kFenced);
  ++counts().depositions;
  tell("engine " + std::to_string(node) + " is deposed");
  crash(node);
}

/// What is decided and not published is gone; the file stays.
void KillWorld::crash(std::size_t node) {
  if (nodes_[node] == nullptr) return;
  ++counts().crashes;
  tell("engine " + std::to_string(node) + " dies");
  nodes_[node].reset();
}

/// One engine to the end of CMD, with everything acknowledged.
void KillWorld::finish() {
  const std::size_t last = any(kNodes);
  tell("engine " + std::to_string(last) + " to the end");
  while (true) {
    start(last);
    if (!is_owner(last)) take(last);
    if (!is_owner(last)) continue;
    execute(last);
    if (is_owner(last)) publish(last);
    if (!is_owner(last)) continue;
    const EngineLife& life = *nodes_[last];
    const bool executed = life.replica.engine->cmd_sequence().value() == log_.info(kCmd).value().last_sequence;
    if (executed && !life.latch.pending() && life.writer->answers_published() == life.writer->answers_acknowledged() &&
        life.answers.has_room(kAnswers))
      break;
  }
  last_ = last;
}

}  // namespace sluice::test
