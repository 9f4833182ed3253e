#include "telemetry/metrics.h"

#include <netdb.h>
#include <prometheus/exposer.h>
#include <sys/socket.h>
#include <unistd.h>

#include <exception>
#include <limits>
#include <thread>

#include "base/invariant.h"
#include "runtime/doorbell.h"

namespace sluice::telemetry {

namespace {

constexpr Nanos kWakeEvery{5 * kNanosPerMilli};

/// Opens and closes a connection to `address`, host:port.
void connect_to(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), address.c_str() + colon + 1, &hints, &found) != 0) return;
  const int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd >= 0) {
    (void)::connect(fd, found->ai_addr, found->ai_addrlen);
    ::close(fd);
  }
  ::freeaddrinfo(found);
}

}  // namespace

Registry::Metric& Registry::metric(const std::string& name, const std::string& help, prometheus::MetricType type,
                                   const Labels& labels) {
  INVARIANT(name.ends_with("_total") == (type == prometheus::MetricType::Counter));
  const std::lock_guard lock(mutex_);
  Family* family = nullptr;
  for (Family& candidate : families_) {
    if (candidate.name == name) family = &candidate;
  }
  if (family == nullptr) {
    family = &families_.emplace_back();
    family->name = name;
    family->help = help;
    family->type = type;
  }
  INVARIANT(family->type == type);
  INVARIANT(family->help == help);
  for (Metric& known : family->metrics) {
    if (known.labels == labels) return known;
  }
  Metric& fresh = family->metrics.emplace_back();
  fresh.labels = labels;
  return fresh;
}

Counter& Registry::counter(const std::string& name, const std::string& help, const Labels& labels) {
  return metric(name, help, prometheus::MetricType::Counter, labels).counter;
}

Gauge& Registry::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  return metric(name, help, prometheus::MetricType::Gauge, labels).gauge;
}

void Registry::gauge_function(const std::string& name, const std::string& help, std::function<double()> read,
                              const Labels& labels) {
  function(name, help, prometheus::MetricType::Gauge, std::move(read), labels);
}

void Registry::counter_function(const std::string& name, const std::string& help, std::function<double()> read,
                                const Labels& labels) {
  function(name, help, prometheus::MetricType::Counter, std::move(read), labels);
}

void Registry::function(const std::string& name, const std::string& help, prometheus::MetricType type,
                        std::function<double()> read, const Labels& labels) {
  Metric& target = metric(name, help, type, labels);
  const std::lock_guard lock(mutex_);
  target.read = std::move(read);
}

void Registry::histogram_function(const std::string& name, const std::string& help, std::vector<double> bounds,
                                  std::function<BucketTotals()> read, const Labels& labels) {
  Metric& target = metric(name, help, prometheus::MetricType::Histogram, labels);
  const std::lock_guard lock(mutex_);
  target.bounds = std::move(bounds);
  target.read_buckets = std::move(read);
}

void Registry::fill(prometheus::MetricType type, const Metric& metric, prometheus::ClientMetric& sample) {
  for (const auto& [key, value] : metric.labels) sample.label.push_back({key, value});
  if (type == prometheus::MetricType::Counter) {
    sample.counter.value = metric.read ? metric.read() : static_cast<double>(metric.counter.value());
  } else if (type == prometheus::MetricType::Gauge) {
    sample.gauge.value = metric.read ? metric.read() : static_cast<double>(metric.gauge.value());
  } else {
    const BucketTotals totals = metric.read_buckets();
    INVARIANT(totals.cumulative.size() == metric.bounds.size());
    sample.histogram.sample_count = totals.count;
    sample.histogram.sample_sum = totals.sum;
    for (std::size_t i = 0; i < metric.bounds.size(); ++i)
      sample.histogram.bucket.push_back({totals.cumulative[i], metric.bounds[i]});
    sample.histogram.bucket.push_back({totals.count, std::numeric_limits<double>::infinity()});
  }
}

std::vector<prometheus::MetricFamily> Registry::Collect() const {
  const std::lock_guard lock(mutex_);
  std::vector<prometheus::MetricFamily> families;
  families.reserve(families_.size());
  for (const Family& family : families_) {
    prometheus::MetricFamily& out = families.emplace_back();
    out.name = family.name;
    out.help = family.help;
    out.type = family.type;
    for (const Metric& metric : family.metrics) {
      prometheus::ClientMetric sample;
      try {
        fill(family.type, metric, sample);
      } catch (const std::exception&) {
        continue;  // a measurement that fails is missing; the others are not
      }
      out.metric.push_back(std::move(sample));
    }
  }
  return families;
}

Result<std::unique_ptr<MetricsServer>> MetricsServer::start(const std::string& listen,
                                                            const std::shared_ptr<Registry>& registry) {
  std::unique_ptr<MetricsServer> server(new MetricsServer);
  try {
    // One thread is enough for a scraper, and two would only be in the way on a small machine.
    server->exposer_ = std::make_unique<prometheus::Exposer>(listen, 1);
  } catch (const std::exception& error) {
    return Error{ErrorCode::kUnavailable, "cannot serve metrics on " + listen + ": " + error.what()};
  }
  server->exposer_->RegisterCollectable(registry);
  const std::vector<int> ports = server->exposer_->GetListeningPorts();
  INVARIANT(!ports.empty());
  server->address_ = listen.substr(0, listen.rfind(':') + 1) + std::to_string(ports.front());
  return server;
}

// The server's accepting thread looks only every two seconds whether it shall end, but at once after a connection: it
// gets connections until it has ended.
MetricsServer::~MetricsServer() {
  if (exposer_ == nullptr) return;
  std::atomic<bool> ended{false};
  std::thread waking([&] {
    while (!ended.load(std::memory_order_acquire)) {
      connect_to(address_);
      runtime::Doorbell pause;
      pause.wait(pause.value(), kWakeEvery);
    }
  });
  exposer_.reset();
  ended.store(true, std::memory_order_release);
  waking.join();
}

}  // namespace sluice::telemetry
