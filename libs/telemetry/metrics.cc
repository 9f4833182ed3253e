#include "telemetry/metrics.h"

#include <prometheus/exposer.h>

#include <exception>

#include "base/invariant.h"

namespace sluice::telemetry {

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
      prometheus::ClientMetric& sample = out.metric.emplace_back();
      for (const auto& [key, value] : metric.labels) sample.label.push_back({key, value});
      if (family.type == prometheus::MetricType::Counter)
        sample.counter.value = metric.read ? metric.read() : static_cast<double>(metric.counter.value());
      else sample.gauge.value = metric.read ? metric.read() : static_cast<double>(metric.gauge.value());
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

MetricsServer::~MetricsServer() = default;

}  // namespace sluice::telemetry
