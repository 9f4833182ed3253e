#include "bench/hand_over.h"

#include <sched.h>

#include "bench/ticks.h"

namespace sluice::bench {

void pin_to(std::size_t processor) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  sched_getaffinity(0, sizeof allowed, &allowed);
  static const cpu_set_t all = allowed;
  for (std::size_t i = 0; i < CPU_SETSIZE; ++i) {
    if (!CPU_ISSET(i, &all) || processor-- > 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(i, &one);
    sched_setaffinity(0, sizeof one, &one);
    return;
  }
}

bool set_real_time(pid_t thread, int priority) {
  sched_param parameter{};
  parameter.sched_priority = priority;
  return sched_setscheduler(thread, priority == 0 ? SCHED_OTHER : SCHED_FIFO, &parameter) == 0;
}

HandOver::HandOver(int above) : above_(above), taker_([this] { take(); }) {}

HandOver::~HandOver() {
  if (taker_.joinable()) finish();
}

void HandOver::begin() {
  phase_.store(Phase::kTake);
  phase_.notify_one();
}

void HandOver::end() { phase_.store(Phase::kRest); }

void HandOver::hand_over() {
  {
    const RealTimeMoment moment;
    flag_.store(ticks(), std::memory_order_release);
  }
  ++handed_over_;
  while (seen_.load(std::memory_order_acquire) != handed_over_) {}
}

telemetry::Histogram HandOver::finish() {
  phase_.store(Phase::kStop);
  phase_.notify_one();
  taker_.join();
  return std::move(nanos_);
}

void HandOver::take() {
  pin_to(0);
  std::uint64_t taken = 0;
  for (Phase phase = phase_.load(); phase != Phase::kStop; phase = phase_.load()) {
    if (phase == Phase::kRest) {
      phase_.wait(Phase::kRest);
      continue;
    }
    set_real_time(0, above_ + 1);
    while (phase_.load(std::memory_order_relaxed) == Phase::kTake) {
      const std::uint64_t stored = flag_.load(std::memory_order_acquire);
      if (stored == 0) continue;
      const std::uint64_t now = ticks();
      nanos_.record(now > stored ? nanos_of(now - stored) : 0);
      flag_.store(0, std::memory_order_relaxed);
      seen_.store(++taken, std::memory_order_release);
    }
    set_real_time(0, 0);
  }
}

}  // namespace sluice::bench
