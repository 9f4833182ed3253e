// KillRig: the real executing loop with its rings, latch and audit on a processor of its own, and beside it one thread
// that feeds it frames, takes its answers and stores kills. It measures from the store of a kill in the latch to the
// moment the executing thread takes it, by the time stamps of both, and looks for what must not happen after it. In
// turn with it, for as long and at the same rate, a flag is handed over between the same two processors: the floor.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "audit/audit_sink.h"
#include "audit/black_box.h"
#include "bench/hand_over.h"
#include "engine/audit_trail.h"
#include "engine/engine_loop.h"
#include "runtime/clock.h"
#include "telemetry/histogram.h"

namespace sluice::bench {

enum class Load { kIdle, k100k, kSaturated };
enum class Sink { kHealthy, kStalled, kDiskFull };

/// How full the audit was when a kill was taken.
enum class Band : std::size_t { kBelow80, kTo95, kFrom95, kReserveFull };
inline constexpr std::size_t kBands = 4;

struct KillSamples {
  telemetry::Histogram executing;  // commands were being executed, or waited to be
  telemetry::Histogram idle;       // there was nothing to execute: it had stopped already, and woke up
  telemetry::Histogram held;       // a hold had stopped it already
  std::array<telemetry::Histogram, kBands> bands;
  telemetry::Histogram floor;  // a flag alone
  bool real_time = false;      // the executing thread went before everything else on its processor
  std::uint64_t kills = 0;
  std::uint64_t leaks = 0;     // events in a killed scope
  std::uint64_t commands = 0;  // executed
  std::uint64_t lost = 0;      // audit records that found no room
};

class KillRig final : public core::KillLatch::Observer {
 public:
  /// `folder`: for the audit.
  KillRig(Load load, Sink sink, const std::filesystem::path& folder, std::uint64_t seed);
  ~KillRig();

  /// At least `kills` kills, in cycles of a sink that works and then does not, unless it always works.
  KillSamples run(std::uint64_t kills);

  void taken(const core::LatchedKill& kill, Nanos stored_at) override;

 private:
  static constexpr std::uint32_t kAccounts = 100;
  static constexpr std::size_t kFrameSlots = 8;

  void set_up();
  void feed();
  void make_orders(engine::FrameSlot& slot, std::vector<OrderCommand>& orders, std::size_t count);
  void make_control(engine::FrameSlot& slot);
  void take_answers();
  void look_for_leaks(const Answer& answer);
  bool kill_is_due() const;
  void kill();
  void break_sink(bool broken);
  void wait_until(std::uint64_t tick) const;
  std::uint64_t until_next_kill();
  void settle();
  void measure_floor();
  void publish(engine::FrameSlot& slot);

  const Load load_;
  const Sink sink_kind_;
  std::mt19937_64 random_;
  runtime::SystemClock clock_;
  core::KillLatch latch_;
  engine::FrameRing frames_{kFrameSlots};
  engine::AnswerRing answers_{64};
  runtime::Doorbell bell_{runtime::WaitStrategy::kSpin};
  runtime::Doorbell publisher_bell_{runtime::WaitStrategy::kSpin};
  telemetry::Spans spans_;
  std::unique_ptr<engine::EngineStatus> status_ = std::make_unique<engine::EngineStatus>(spans_);
  audit::AuditRing ring_;
  std::unique_ptr<audit::BlackBox> black_box_;
  std::unique_ptr<audit::AuditSink> sink_;
  std::unique_ptr<engine::AuditTrail> trail_;
  std::unique_ptr<core::Engine> engine_;
  std::unique_ptr<engine::EngineLoop> loop_;
  std::thread executing_;
  std::atomic<pid_t> executing_id_{0};
  HandOver floor_;

  // The feeding thread's.
  std::array<std::vector<OrderCommand>, kFrameSlots> orders_;
  std::uint64_t sequence_ = 1;
  std::uint64_t answered_ = 1;
  std::uint64_t ids_ = 0;
  Nanos log_time_;
  std::uint64_t next_frame_ = 0;  // tick
  std::uint64_t next_kill_ = 0;   // tick
  std::uint64_t stored_ = 0;      // kills
  std::uint64_t engaged_ = 0;     // of these, seen in an answer
  std::array<bool, kAccounts + 1> killed_{};
  std::map<std::uint32_t, EngageKillSwitch> to_release_;  // by account
  bool broken_ = false;
  bool real_time_ = false;
  std::uint64_t leaks_ = 0;
  std::uint64_t commands_ = 0;
  // The executing thread's, read when it has ended.
  KillSamples samples_;
};

}  // namespace sluice::bench
