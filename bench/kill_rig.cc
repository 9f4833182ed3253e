#include "bench/kill_rig.h"

#include <unistd.h>

#include <charconv>
#include <cmath>

#include "bench/ticks.h"
#include "engine/core/state.h"
#include "runtime/ids.h"

namespace sluice::bench {

using audit::Pressure;
using engine::FrameSlot;

namespace {

constexpr Nanos kStart{1'700'000'000 * kNanosPerSecond};
constexpr std::size_t kFramesOf[] = {16, 16, 128};  // commands of a frame, by load
constexpr double kFrameEveryNanos[] = {200'000, 160'000, 0};
constexpr double kKillEveryNanos[] = {400'000, 320'000, 30'000};
constexpr double kKillEveryNanosHeld = 60'000;
constexpr double kCommandNanos = 400;  // about what one takes
/// Of the executing thread, if this user may. A real-time thread that never rests is stopped by the kernel for 50 ms of
/// each second, so it rests itself before that, when no kill is under way: nothing that is measured is left out.
constexpr int kExecutingPriority = 10;
constexpr double kTurnNanos = 400e6;
constexpr std::chrono::milliseconds kRest{50};
constexpr double kWarmUpNanos = 1e6;  // of each turn, without kills
/// Kills that a broken sink is to see before it works again: enough to fill what is reserved, and the box a little.
constexpr std::uint64_t kKillsOfABreak = 8'000;

Name account_name(std::uint32_t account) { return *Name::from("A" + std::to_string(account)); }

/// A disk that is full: nothing more is written.
std::atomic<bool> disk_full{false};
ssize_t write_unless_full(int fd, const void* bytes, std::size_t count, off_t at) {
  if (!disk_full.load(std::memory_order_relaxed)) return ::pwrite(fd, bytes, count, at);
  errno = ENOSPC;
  return -1;
}

}  // namespace

KillRig::KillRig(Load load, Sink sink, const std::filesystem::path& folder, std::uint64_t seed)
    : load_(load), sink_kind_(sink), random_(seed), floor_(kExecutingPriority), log_time_(kStart) {
  pin_to(1);
  disk_full.store(false);
  black_box_ = audit::BlackBox::open({.folder = folder, .records_in_file = 1u << 20}, clock_).value();
  audit::AuditSinkOptions options{.folder = folder, .segments_kept = 4};
  options.disk.write = write_unless_full;
  sink_ = audit::AuditSink::start(options, {&ring_}, clock_).value();
  trail_ = std::make_unique<engine::AuditTrail>(ShardId{0}, ring_, *black_box_, *status_);
  latch_.set_observer(this);
  set_up();
  loop_ = std::make_unique<engine::EngineLoop>(
      engine::EngineLoop::Wiring{*engine_, latch_, frames_, answers_, bell_, publisher_bell_, *status_, *trail_});
  executing_ = std::thread([this] {
    pin_to(0);
    executing_id_.store(::gettid());
    loop_->run({});
  });
}

KillRig::~KillRig() {
  loop_->stop();
  if (executing_.joinable()) executing_.join();
  disk_full.store(false);
  sink_->stop();
  black_box_->stop();
}

void KillRig::set_up() {
  Genesis genesis;
  genesis.deployment = Uuid{7, 7};
  genesis.key_window = Nanos{kNanosPerSecond};
  engine_ = std::make_unique<core::Engine>(genesis, core::Capacity{.orders = 1u << 18, .keys = 1u << 22});
  std::vector<ControlCommand> controls;
  const auto add = [&](ControlCommandBody body) {
    controls.push_back({make_uuid7(static_cast<std::uint64_t>(kStart.value() / kNanosPerMilli), 1, ++ids_),
                        *Principal::from("bench"), std::move(body)});
  };
  DefineInstrument instrument;
  instrument.symbol = *Name::from("X");
  add(instrument);
  for (std::uint32_t account = 1; account <= kAccounts; ++account) add(RegisterAccount{account_name(account)});
  CommandFrame frame;
  frame.sequence = CmdSequence{++sequence_};
  frame.frame_class = FrameClass::kReference;
  frame.broker_time = kStart;
  frame.controls = controls;
  Answer answer;
  engine_->execute(frame, latch_, answer);
  answered_ = sequence_;
}

// On the executing thread, between two commands: what follows is the kill itself.
void KillRig::taken(const core::LatchedKill& kill, Nanos stored_at) {
  const std::uint64_t now = ticks();
  const auto stored = static_cast<std::uint64_t>(stored_at.value());
  const std::uint64_t nanos = now > stored ? nanos_of(now - stored) : 0;
  const bool idle = frames_.front() == nullptr;
  const bool held = status_->holds.any();
  (held ? samples_.held : idle ? samples_.idle : samples_.executing).record(nanos);
  const bool reserve_full = !ring_.has_room(audit::AuditEntry::kRecordsMax, audit::Priority::kReserved);
  const Pressure pressure = ring_.pressure();
  const Band band = reserve_full                  ? Band::kReserveFull
                    : pressure == Pressure::kFull ? Band::kFrom95
                    : pressure == Pressure::kHigh ? Band::kTo95
                                                  : Band::kBelow80;
  // An engine that waits for work has stopped already; one that a full audit holds belongs to its band.
  if (held || !idle) samples_.bands[static_cast<std::size_t>(band)].record(nanos);
  ++samples_.kills;
  trail_->taken(kill, clock_.steady());
}

void KillRig::make_orders(FrameSlot& slot, std::vector<OrderCommand>& orders, std::size_t count) {
  orders.resize(count);
  const auto millis = static_cast<std::uint64_t>(log_time_.value() / kNanosPerMilli);
  for (OrderCommand& order : orders) {
    const std::uint64_t chance = random_();
    order = OrderCommand{};
    order.command_id = make_uuid7(millis, 0, ++ids_);
    order.account = AccountId{static_cast<std::uint32_t>(chance % kAccounts) + 1};
    order.instrument = InstrumentId{1};
    std::array<char, 20> name{'o'};
    const bool cancels = (chance >> 8) % 100 < 25;
    const std::uint64_t id = cancels ? ids_ - std::min<std::uint64_t>(ids_ - 1, 1 + (chance >> 16) % 2'000) : ids_;
    const auto end = std::to_chars(name.data() + 1, name.data() + name.size(), id).ptr;
    order.client_order_id = *ClientOrderId::from({name.data(), static_cast<std::size_t>(end - name.data())});
    if (cancels) {
      order.kind = OrderCommandKind::kCancel;
      continue;
    }
    order.kind = OrderCommandKind::kSubmit;
    order.type = OrderType::kLimit;
    order.tif = (chance >> 32) % 100 < 15 ? TimeInForce::kIoc : TimeInForce::kGtc;
    order.side = (chance >> 40 & 1) != 0 ? Side::kBuy : Side::kSell;
    const auto away = static_cast<std::int64_t>((chance >> 41) % 40) - 4;  // a tenth crosses
    order.price = Price{10'000 + (order.side == Side::kBuy ? -away : away)};
    order.quantity = Quantity{static_cast<std::int64_t>(1 + (chance >> 50) % 100)};
  }
  slot.decoded.frame.orders = orders;
  slot.decoded.frame.frame_class = FrameClass::kOrders;
}

// Every killed account is let go by two people, in one frame.
void KillRig::make_control(FrameSlot& slot) {
  std::vector<ControlCommand>& controls = slot.decoded.controls;
  controls.clear();
  const auto millis = static_cast<std::uint64_t>(log_time_.value() / kNanosPerMilli);
  for (const auto& [account, kill] : to_release_) {
    const Uuid release{kill.kill_id.hi, ++ids_};
    controls.push_back({make_uuid7(millis, 2, ++ids_), *Principal::from("alice"),
                        RequestRelease{.release_id = release,
                                       .scope = kill.scope,
                                       .key = kill.key,
                                       .kill_id = kill.kill_id,
                                       .kill_sequence = {},
                                       .reason = {}}});
    controls.push_back(
        {make_uuid7(millis, 2, ++ids_), *Principal::from("bob"), ApproveRelease{.release_id = release, .reason = {}}});
  }
  to_release_.clear();
  slot.decoded.frame.controls = controls;
  slot.decoded.frame.frame_class = FrameClass::kControl;
}

void KillRig::publish(FrameSlot& slot) {
  slot.decoded.fault = FrameFault::kNone;
  slot.decoded.frame.sequence = CmdSequence{++sequence_};
  slot.decoded.frame.broker_time = log_time_;
  frames_.publish();
  bell_.ring();
}

// One frame if the load wants one now and there is room: a release first.
void KillRig::feed() {
  const std::uint64_t now = ticks();
  const auto load = static_cast<std::size_t>(load_);
  if (load_ != Load::kSaturated && now < next_frame_) return;
  if (load_ == Load::kIdle && answered_ != sequence_) return;
  FrameSlot* slot = frames_.claim();
  if (slot == nullptr) return;
  log_time_ = kStart + Nanos{static_cast<std::int64_t>(nanos_of(now))};
  slot->decoded.frame = CommandFrame{};
  if (!to_release_.empty()) make_control(*slot);
  else make_orders(*slot, orders_[(sequence_ + 1) % kFrameSlots], kFramesOf[load]);
  const bool orders = !slot->decoded.frame.orders.empty();
  publish(*slot);
  const double uniform = static_cast<double>((random_() >> 11) + 1) * 0x1p-53;
  next_frame_ = now + static_cast<std::uint64_t>(-std::log(uniform) * kFrameEveryNanos[load] / nanos_per_tick());
  // Without a queue a kill would nearly always find nothing to stop: it comes somewhere in the frame.
  if (load_ == Load::kSaturated || !orders || !kill_is_due()) return;
  const double into =
      static_cast<double>(random_() % 1000) / 1000 * kCommandNanos * static_cast<double>(kFramesOf[load]);
  wait_until(ticks() + static_cast<std::uint64_t>(into / nanos_per_tick()));
  kill();
}

void KillRig::wait_until(std::uint64_t tick) const {
  while (ticks() < tick) __builtin_ia32_pause();
}

// One at a time: while an earlier kill takes an account's orders off, nothing is executed that a later one could stop.
bool KillRig::kill_is_due() const { return ticks() >= next_kill_ && engaged_ == stored_; }

void KillRig::kill() {
  core::LatchedKill kill;
  const auto account = static_cast<std::uint32_t>(1 + random_() % kAccounts);
  kill.kill.kill_id = Uuid{++stored_, random_()};  // ascending, as time stamps make them
  kill.kill.scope = KillScope::kAccount;
  kill.kill.key = account_name(account);
  kill.kill.reason = *Note::from("bench");
  kill.by = *Principal::from("operator");
  next_kill_ = ticks() + until_next_kill();
  bool stored = false;
  {
    const RealTimeMoment moment;
    stored = latch_.store(kill, [] { return Nanos{static_cast<std::int64_t>(ticks())}; });
    bell_.ring();
  }
  INVARIANT(stored);
}

void KillRig::take_answers() {
  while (const Answer* answer = answers_.front()) {
    if (answer->kind == AnswerKind::kAnswer) answered_ = answer->cmd_sequence.value();
    commands_ += answer->outcomes.size();
    look_for_leaks(*answer);
    answers_.pop();
    bell_.ring();
  }
}

// A killed account is let go as soon as its kill is seen, so that there goes on to be something to stop.
void KillRig::look_for_leaks(const Answer& answer) {
  for_each_event(
      answer,
      [&](const ControlEvent& event) {
        if (const auto* engaged = std::get_if<KillSwitchEngaged>(&event.body)) {
          ++engaged_;
          for (std::uint32_t i = 1; i <= kAccounts; ++i) {
            if (engaged->kill.key != account_name(i)) continue;
            killed_[i] = true;
            to_release_[i] = engaged->kill;  // of several the newest counts
          }
        } else if (const auto* released = std::get_if<KillSwitchReleased>(&event.body)) {
          for (std::uint32_t i = 1; i <= kAccounts; ++i)
            if (released->key == account_name(i)) killed_[i] = false;
        }
      },
      [&](const OrderEvent& event) {
        if (event.kind == OrderEventKind::kCancelled) return;
        const bool traded = event.kind == OrderEventKind::kTraded;
        if (killed_[event.account.value()] || (traded && killed_[event.other_account.value()])) ++leaks_;
      });
}

void KillRig::break_sink(bool broken) {
  broken_ = broken;
  if (sink_kind_ == Sink::kStalled) sink_->pause(broken);
  if (sink_kind_ == Sink::kDiskFull) disk_full.store(broken);
}

/// Ticks; at random as independent kills come.
std::uint64_t KillRig::until_next_kill() {
  const double uniform = static_cast<double>((random_() >> 11) + 1) * 0x1p-53;
  const double mean = status_->holds.any() ? kKillEveryNanosHeld : kKillEveryNanos[static_cast<std::size_t>(load_)];
  return static_cast<std::uint64_t>(-std::log(uniform) * mean / nanos_per_tick());
}

/// Waits until nothing is under way.
void KillRig::settle() {
  while (latch_.stored() != latch_.taken() || engaged_ != stored_ || (answered_ != sequence_ && !status_->holds.any()))
    take_answers();
}

void KillRig::measure_floor() {
  settle();
  set_real_time(executing_id_.load(), 0);
  std::this_thread::sleep_for(kRest);
  floor_.begin();
  const std::uint64_t end = ticks() + static_cast<std::uint64_t>(kTurnNanos / nanos_per_tick());
  for (std::uint64_t next = ticks() + until_next_kill(); next < end; next = ticks() + until_next_kill()) {
    wait_until(next);
    floor_.hand_over();
  }
  floor_.end();
  std::this_thread::sleep_for(kRest);
  real_time_ = set_real_time(executing_id_.load(), kExecutingPriority);
  // Caches that are cold because the benchmark rested are not what is measured.
  next_kill_ = std::max(next_kill_, ticks() + static_cast<std::uint64_t>(kWarmUpNanos / nanos_per_tick()));
}

KillSamples KillRig::run(std::uint64_t kills) {
  std::uint64_t cycle_began = 0;
  std::uint64_t turn_ends = 0;
  // No kills at first: what is paged in by the first frames of a process is not what is measured here.
  next_kill_ = ticks() + static_cast<std::uint64_t>(kTurnNanos / nanos_per_tick());
  while (stored_ < kills || broken_) {
    if (ticks() > turn_ends) {
      measure_floor();
      turn_ends = ticks() + static_cast<std::uint64_t>(kTurnNanos / nanos_per_tick());
    }
    take_answers();
    feed();
    // With a sink that works a held engine is one that catches up: wait for it.
    if ((load_ == Load::kSaturated || status_->holds.any()) && kill_is_due()) kill();
    if (sink_kind_ == Sink::kHealthy) continue;
    if (!broken_ && stored_ - cycle_began > 500) {
      break_sink(true);
      cycle_began = stored_;
    } else if (broken_ && stored_ - cycle_began > kKillsOfABreak) {
      break_sink(false);
      cycle_began = stored_;
    }
  }
  settle();
  loop_->stop();
  executing_.join();
  take_answers();
  samples_.leaks = leaks_;
  samples_.commands = commands_;
  samples_.lost = black_box_->lost();
  samples_.floor = floor_.finish();
  samples_.real_time = real_time_;
  return std::move(samples_);
}

}  // namespace sluice::bench
