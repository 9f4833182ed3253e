#include "performance/performance_service.h"

#include <charconv>

#include "runtime/clock.h"
#include "runtime/logging.h"

namespace sluice::performance {

namespace {

using telemetry::Stage;
using telemetry::Summary;
using telemetry::Verdict;

v1::ObjectiveVerdict to_proto(Verdict verdict) {
  switch (verdict) {
    case Verdict::kNoData: return v1::OBJECTIVE_VERDICT_NO_DATA;
    case Verdict::kTooFew: return v1::OBJECTIVE_VERDICT_TOO_FEW_SAMPLES;
    case Verdict::kMet: return v1::OBJECTIVE_VERDICT_MET;
    case Verdict::kViolated: return v1::OBJECTIVE_VERDICT_VIOLATED;
  }
  return v1::OBJECTIVE_VERDICT_UNSPECIFIED;
}

/// `p99.97` as 99.97, without the noise that a product would bring.
double percentile_of(std::string_view name) {
  double percentile = 0;
  std::from_chars(name.data() + 1, name.data() + name.size(), percentile);
  return percentile;
}

void write(const Summary& summary, std::string_view window, v1::WindowPerformance& to) {
  to.set_window(std::string(window));
  to.set_samples(summary.samples);
  to.set_count(summary.count);
  to.set_min(summary.min);
  to.set_max(summary.max);
  to.set_mean(summary.mean);
  to.set_slowest_correlation(summary.slowest);
  for (std::size_t i = 0; i < telemetry::kQuantiles.size(); ++i) {
    if (!summary.quantiles[i]) continue;
    v1::PercentileValue& value = *to.add_percentiles();
    value.set_percentile(percentile_of(telemetry::kQuantileNames[i]));
    value.set_value(*summary.quantiles[i]);
  }
}

void write(const telemetry::ObjectiveState& state, v1::ObjectiveState& to) {
  to.set_name(state.objective.name);
  to.set_text(telemetry::text_of(state.objective));
  to.set_verdict(to_proto(state.verdict));
  to.set_violated(state.violated);
  to.set_since_unix_nanos(state.since.value());
  if (state.value) to.set_value(*state.value);
  to.set_limit(state.objective.threshold);
  to.set_samples(state.samples);
  to.set_above(state.above);
  to.set_max(state.max);
  to.set_violations(state.violations);
}

}  // namespace

void write(const telemetry::Telemetry& telemetry, Nanos now, v1::GetPerformanceResponse& response) {
  response.set_process(telemetry.options().program);
  response.set_time_unix_nanos(now.value());
  for (const Stage stage : telemetry.options().stages) {
    v1::StagePerformance& to = *response.add_stages();
    to.set_stage(std::string(name_of(stage)));
    to.set_unit(std::string(name_of(info_of(stage).unit)));
    for (const telemetry::Window window : telemetry::kWindows)
      write(telemetry.aggregator().summary(stage, window), name_of(window), *to.add_windows());
    write(telemetry.aggregator().total_summary(stage), "start", *to.add_windows());
  }
  for (const telemetry::ObjectiveState& state : telemetry.objectives().states())
    write(state, *response.add_objectives());
  response.set_measuring(telemetry.spans().enabled());
  response.set_records(telemetry.aggregator().records());
  response.set_lost(telemetry.spans().lost());
  response.set_sampling(telemetry.spans().sampling());
}

grpc::ServerUnaryReactor* PerformanceService::GetPerformance(grpc::CallbackServerContext* context,
                                                             const v1::GetPerformanceRequest*,
                                                             v1::GetPerformanceResponse* response) {
  write(telemetry_, runtime::wall_now(), *response);
  auto* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

grpc::ServerUnaryReactor* PerformanceService::SetMeasuring(grpc::CallbackServerContext* context,
                                                           const v1::SetMeasuringRequest* request,
                                                           v1::SetMeasuringResponse* response) {
  response->set_was_measuring(telemetry_.spans().enabled());
  telemetry_.spans().enable(request->measuring());
  runtime::log_info("measuring",
                    {{"on", request->measuring()}, {"was", response->was_measuring()}, {"peer", context->peer()}});
  auto* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

}  // namespace sluice::performance
