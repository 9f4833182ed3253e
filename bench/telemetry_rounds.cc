#include "bench/telemetry_rounds.h"

#include <prometheus/histogram.h>

#include <atomic>
#include <thread>

#include "bench/ticks.h"
#include "telemetry/telemetry.h"

namespace sluice::bench {

namespace {

using telemetry::Aggregator;
using telemetry::Spans;
using telemetry::Stage;

constexpr std::uint64_t kBurst = 64;
constexpr std::uint64_t kPicosPerNano = 1'000;

/// Bursts of `act(number)`; the mean of a burst is one sample. `between(number)` is not measured.
template <typename Between, typename Act>
telemetry::Histogram timed_bursts(std::uint64_t operations, Between&& between, Act&& act) {
  telemetry::Histogram picos;
  for (std::uint64_t number = 0; number < operations; number += kBurst) {
    between(number);
    const std::uint64_t from = ticks();
    for (std::uint64_t i = 0; i < kBurst; ++i) act(number + i);
    const std::uint64_t passed = ticks() - from;
    picos.record(static_cast<std::uint64_t>(static_cast<double>(passed) * nanos_per_tick() *
                                            static_cast<double>(kPicosPerNano) / static_cast<double>(kBurst)));
  }
  return picos;
}

/// The aggregator at work on another thread, as in a service.
class Draining {
 public:
  explicit Draining(Spans& spans) : aggregator_(spans), thread_([this] { run(); }) {}
  ~Draining() {
    stop_ = true;
    thread_.join();
  }

 private:
  void run() {
    while (!stop_) {
      aggregator_.drain();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  Aggregator aggregator_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

template <typename Act>
BurstTimes measured(std::uint64_t records, Act&& act) {
  Spans spans;
  spans.attach();
  BurstTimes times;
  const Draining draining(spans);
  // A rest before the ring can be full: what a service records comes at some rate, too.
  const auto rest = [](std::uint64_t number) {
    if (number % (telemetry::SpanRing::kEntries / 4) == 0) std::this_thread::sleep_for(std::chrono::milliseconds(3));
  };
  times.picos = timed_bursts(records, rest, [&](std::uint64_t number) { act(spans, number); });
  times.lost = spans.lost();
  return times;
}

}  // namespace

BurstTimes record_values(std::uint64_t records) {
  return measured(records,
                  [](Spans& spans, std::uint64_t number) { spans.record(Stage::kDecide, number & 4095, number); });
}

BurstTimes record_stores(std::uint64_t records) {
  const std::uint64_t from = ticks();
  return measured(records, [from](Spans& spans, std::uint64_t number) {
    spans.end_each(spans.begin_at(from, Stage::kDecide, number), from + (number & 4095), 1);
  });
}

BurstTimes record_spans(std::uint64_t records) {
  return measured(records, [](Spans& spans, std::uint64_t number) { spans.end(spans.begin(Stage::kHandle, number)); });
}

BurstTimes observe_prometheus(std::uint64_t records) {
  prometheus::Histogram::BucketBoundaries bounds;
  for (const std::uint64_t bound : telemetry::info_of(Stage::kDecide).bounds)
    bounds.push_back(static_cast<double>(bound) * 1e-9);
  prometheus::Histogram histogram(bounds);
  return {timed_bursts(
      records, [](std::uint64_t) {},
      [&](std::uint64_t number) { histogram.Observe(static_cast<double>(number & 4095) * 1e-9); })};
}

BurstTimes ticks_alone(std::uint64_t records) {
  std::uint64_t sum = 0;
  BurstTimes times{timed_bursts(
      records, [](std::uint64_t) {}, [&](std::uint64_t) { sum += ticks(); })};
  if (sum == 0) times.lost = 1;
  return times;
}

double aggregate_rate(std::uint64_t records) {
  constexpr std::uint64_t kDrain = 20'000;  // what 2 million a second bring in 10 ms
  constexpr int kDrainsOfASlot = 25;
  constexpr std::array kMix{Stage::kDecide, Stage::kHandle, Stage::kQueueBacklog, Stage::kPublish};
  Spans spans;
  Aggregator aggregator(spans);
  std::uint64_t spent = 0;
  std::uint64_t done = 0;
  std::uint64_t random = 1;
  for (int drains = 1; done < records; ++drains) {
    for (std::uint64_t i = 0; i < kDrain; ++i) {
      random = random * 6364136223846793005u + 1442695040888963407u;
      // Over four powers of ten, as latencies are.
      spans.record(kMix[i % kMix.size()], 100 + ((random >> 40) & ((1u << (4 + (random >> 60))) - 1)), i);
    }
    const std::uint64_t from = ticks();
    done += aggregator.drain();
    if (drains % kDrainsOfASlot == 0) aggregator.roll();
    spent += ticks() - from;
  }
  return static_cast<double>(done) * 1e9 / static_cast<double>(nanos_of(spent));
}

}  // namespace sluice::bench
