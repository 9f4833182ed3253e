#include "bench/telemetry_overhead.h"

#include <pthread.h>
#include <time.h>

#include <fstream>
#include <thread>

#include "audit/audit_sink.h"
#include "audit/black_box.h"
#include "bench/core_flow.h"
#include "engine/engine_loop.h"
#include "runtime/clock.h"
#include "telemetry/telemetry.h"

namespace sluice::bench {

namespace {

constexpr std::size_t kFrame = 128;
constexpr std::int64_t kRate = 100'000;
constexpr std::int64_t kFrameNanos = static_cast<std::int64_t>(kFrame) * kNanosPerSecond / kRate;
constexpr std::size_t kWarmUpFrames = 1'600;  // two seconds: the window of keys is full
constexpr std::size_t kFrameSlots = 8;

/// Short blocks, so that what changes slowly (the machine's other guests, its clock) changes both of a pair alike.
constexpr std::size_t kBlockFrames = 16;

double cpu_nanos(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

/// Of the thread of this process that has this name; 0 if there is none.
double cpu_nanos_of(const std::string& name) {
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string comm;
    std::ifstream(task.path() / "comm") >> comm;
    double nanos = 0;
    if (comm == name && std::ifstream(task.path() / "schedstat") >> nanos) return nanos;
  }
  return 0;
}

/// An engine's executing thread with its audit; the calling thread feeds it.
class Rig {
 public:
  Rig(std::size_t commands, const std::filesystem::path& folder)
      : options_{.seed = 11, .books = 1, .resting = 1'000, .commands = commands},
        flow_(make_flow(options_)),
        source_(options_, flow_),
        telemetry_({.program = "bench",
                    .stages = {telemetry::Stage::kDecide, telemetry::Stage::kHandle, telemetry::Stage::kQueueBacklog},
                    .objectives = telemetry::default_objectives()}),
        sink_(audit::AuditSink::start({.folder = folder}, {&ring_}, clock_).value()),
        black_box_(audit::BlackBox::open({.folder = folder}, clock_).value()),
        trail_(ShardId{0}, ring_, *black_box_, status_) {
    engine_ = source_.engine({.orders = 1u << 16, .keys = 1u << 18}, latch_, opening_);
    source_.open(*engine_, latch_, opening_);
    log_time_ = source_.start();
    loop_ = std::make_unique<engine::EngineLoop>(
        engine::EngineLoop::Wiring{*engine_, latch_, frames_, answers_, bell_, publisher_bell_, status_, trail_});
    executing_ = std::thread([this] {
      telemetry_.spans().attach();
      loop_->run({});
    });
    INVARIANT(::pthread_getcpuclockid(executing_.native_handle(), &executing_clock_) == 0);
    telemetry_.start();
  }
  ~Rig() {
    loop_->stop();
    executing_.join();
    sink_->stop();
    black_box_->stop();
  }

  /// CPU nanoseconds per command of the executing thread over so many frames.
  double run(std::size_t frames, bool measuring) {
    telemetry_.spans().enable(measuring);
    const double before = cpu_nanos(executing_clock_);
    for (std::size_t i = 0; i < frames; ++i) {
      due_ = std::max(due_ + Nanos{kFrameNanos}, runtime::steady_now() - Nanos{kFrameNanos});
      runtime::await_moment(due_);
      feed();
    }
    while (status_.executed.load().cmd_sequence != sequence_) std::this_thread::yield();
    return (cpu_nanos(executing_clock_) - before) / static_cast<double>(frames * kFrame);
  }
  static double telemetry_cpu() { return cpu_nanos_of("telemetry"); }

 private:
  void take_answers() {
    while (answers_.front() != nullptr) answers_.pop();
  }
  void feed() {
    take_answers();
    engine::FrameSlot* slot = frames_.claim();
    while (slot == nullptr) {
      std::this_thread::yield();
      slot = frames_.claim();
    }
    const std::uint64_t sequence = engine_->cmd_sequence().value();
    if (sequence_ == 0) sequence_ = sequence;
    ++sequence_;
    log_time_ = log_time_ + Nanos{kFrameNanos};
    std::vector<OrderCommand>& orders = orders_[sequence_ % kFrameSlots];
    source_.next(kFrame, log_time_, orders);
    slot->decoded.frame = CommandFrame{};
    slot->decoded.fault = FrameFault::kNone;
    slot->decoded.frame.orders = orders;
    slot->decoded.frame.frame_class = FrameClass::kOrders;
    slot->decoded.frame.sequence = CmdSequence{sequence_};
    slot->decoded.frame.broker_time = log_time_;
    slot->read_at = runtime::ticks();
    status_.cmd_read.store(sequence_, std::memory_order_release);
    frames_.publish();
    bell_.ring();
  }

  const FlowOptions options_;
  const BookFlow flow_;
  CoreFlow source_;
  telemetry::Telemetry telemetry_;
  core::KillLatch latch_;
  Answer opening_;
  std::unique_ptr<core::Engine> engine_;
  engine::FrameRing frames_{kFrameSlots};
  engine::AnswerRing answers_{64};
  runtime::Doorbell bell_;
  runtime::Doorbell publisher_bell_;
  engine::EngineStatus status_{telemetry_.spans()};
  audit::AuditRing ring_;
  runtime::SystemClock clock_;
  std::unique_ptr<audit::AuditSink> sink_;
  std::unique_ptr<audit::BlackBox> black_box_;
  engine::AuditTrail trail_;
  std::unique_ptr<engine::EngineLoop> loop_;
  std::array<std::vector<OrderCommand>, kFrameSlots> orders_;
  std::uint64_t sequence_ = 0;
  Nanos log_time_;
  Nanos due_;
  clockid_t executing_clock_{};
  std::thread executing_;
};

}  // namespace

Overhead measure_overhead(std::size_t pairs, const std::filesystem::path& folder) {
  Rig rig((kWarmUpFrames + 3 * pairs * kBlockFrames + kFrameSlots) * kFrame, folder);
  rig.run(kWarmUpFrames, true);
  Overhead overhead;
  for (std::size_t i = 0; i < pairs; ++i) {
    Overhead::Pair& pair = overhead.pairs.emplace_back();
    const bool on_first = i % 2 == 0;
    for (const bool on : {on_first, !on_first}) (on ? pair.on : pair.off) = rig.run(kBlockFrames, on);
  }
  const double before = Rig::telemetry_cpu();
  rig.run(pairs * kBlockFrames, true);
  overhead.aggregating = (Rig::telemetry_cpu() - before) / static_cast<double>(pairs * kBlockFrames * kFrame);
  return overhead;
}

}  // namespace sluice::bench
