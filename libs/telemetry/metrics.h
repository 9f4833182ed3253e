// Counters and gauges that cost one atomic operation, and their export to Prometheus. Labels are given once, at
// registration, never per update. Names carry base units: sluice_<what>_total, _seconds, _bytes; a name ends in _total
// if, and only if, it is a counter. Threads: registration and updates from any; a metric lives as long as its registry.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace prometheus {
class Exposer;
}

namespace sluice::telemetry {

/// Only grows.
class Counter {
 public:
  void add(std::uint64_t count = 1) { value_.fetch_add(count, std::memory_order_relaxed); }
  /// For a single writer that keeps the count elsewhere; must not be smaller than before.
  void set_total(std::uint64_t total) { value_.store(total, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Goes up and down.
class Gauge {
 public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t delta) { value_.fetch_add(delta, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

/// What a histogram is exported as: for each of its bounds how many values are at most as large, and all of them.
struct BucketTotals {
  std::vector<std::uint64_t> cumulative;
  std::uint64_t count = 0;
  double sum = 0;  // in the unit of the bounds
};

using Labels = std::vector<std::pair<std::string, std::string>>;

/// All metrics of a process. The same name and labels give the same metric.
class Registry final : public prometheus::Collectable {
 public:
  /// `name` ends in _total. All metrics of a name are of one kind and have one help text.
  Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  /// A gauge whose value is asked for at each scrape; `read` may be called from any thread until the registry ends.
  void gauge_function(const std::string& name, const std::string& help, std::function<double()> read,
                      const Labels& labels = {});
  /// A counter that is kept elsewhere, likewise; `name` ends in _total, and what `read` returns only grows.
  void counter_function(const std::string& name, const std::string& help, std::function<double()> read,
                        const Labels& labels = {});

  /// A histogram that is kept elsewhere, likewise; `bounds` rise, and `read` returns a total for each.
  void histogram_function(const std::string& name, const std::string& help, std::vector<double> bounds,
                          std::function<BucketTotals()> read, const Labels& labels = {});

  /// A snapshot of every metric; one whose `read` throws is left out. Thread: any.
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  struct Metric {
    Labels labels;
    Counter counter;
    Gauge gauge;
    std::function<double()> read;
    std::vector<double> bounds;
    std::function<BucketTotals()> read_buckets;
  };
  struct Family {
    std::string name;
    std::string help;
    prometheus::MetricType type;
    std::deque<Metric> metrics;  // a deque: references stay valid
  };
  Metric& metric(const std::string& name, const std::string& help, prometheus::MetricType type, const Labels& labels);
  void function(const std::string& name, const std::string& help, prometheus::MetricType type,
                std::function<double()> read, const Labels& labels);

  static void fill(prometheus::MetricType type, const Metric& metric, prometheus::ClientMetric& sample);

  mutable std::mutex mutex_;  // of registration and collection; updates take none
  std::deque<Family> families_;
};

/// Serves `/metrics` over HTTP.
class MetricsServer {
 public:
  /// `listen` is host:port; port 0 takes a free one. Errors: kUnavailable (port taken).
  static Result<std::unique_ptr<MetricsServer>> start(const std::string& listen,
                                                      const std::shared_ptr<Registry>& registry);
  /// Stops at once; a scrape in progress is finished.
  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  /// `host:port` with the real port.
  const std::string& address() const { return address_; }

 private:
  MetricsServer() = default;
  std::unique_ptr<prometheus::Exposer> exposer_;
  std::string address_;
};

}  // namespace sluice::telemetry
