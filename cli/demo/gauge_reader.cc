#include "cli/demo/gauge_reader.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "cli/print.h"
#include "runtime/channel.h"
#include "runtime/clock.h"
#include "telemetry/scrape.h"

namespace sluice::cli {

namespace {

constexpr Nanos kPatience{150 * kNanosPerMilli};  // for one call: a frame must not wait for the dead
constexpr Nanos kRateOver{kNanosPerSecond};

template <typename Stub, typename Request, typename Response>
bool ask(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
         const Request& request, Response& response) {
  grpc::ClientContext call;
  call.set_deadline(runtime::deadline_after(kPatience));
  return (stub.*method)(&call, request, &response).ok();
}

double sum_of(const telemetry::Series& series, const std::string& name) {
  double sum = 0;
  for (auto at = series.lower_bound(name + '{'); at != series.end() && at->first.starts_with(name + '{'); ++at)
    sum += at->second;
  return sum;
}

}  // namespace

GaugeReader::GaugeReader(const Endpoints& endpoints, std::string symbol)
    : query_(v1::QueryService::NewStub(runtime::open_channel(endpoints.query))),
      kills_(v1::KillSwitchService::NewStub(runtime::open_channel(endpoints.kill))),
      metrics_(endpoints.metrics.contains("query") ? endpoints.metrics.at("query") : ""),
      symbol_(std::move(symbol)),
      start_(runtime::steady_now()),
      reached_(endpoints.shards) {
  for (const std::string& engine : endpoints.engines)
    engines_.push_back(v1::EngineControlService::NewStub(runtime::open_channel(engine)));
}

Gauges GaugeReader::read() {
  Gauges gauges;
  gauges.projections.resize(reached_.size());
  for (const auto& stub : engines_) gauges.engines.push_back(engine(*stub));
  read_projections(gauges);
  read_kills(gauges);
  if (gauges.query_reached) read_book(gauges);
  const Nanos now = runtime::steady_now();
  read_rates(gauges, now);
  gauges.seconds = static_cast<double>((now - start_).value()) / 1e9;
  // An engine knows of its newest message before the read models hear of it.
  for (std::size_t shard = 0; shard < gauges.projections.size(); ++shard) {
    ProjectionGauge& projection = gauges.projections[shard];
    if (shard < gauges.engines.size())
      projection.log_last = std::max(projection.log_last, gauges.engines[shard].event_sequence);
    note_lag(shard, projection, now);
  }
  return gauges;
}

EngineGauge GaugeReader::engine(v1::EngineControlService::Stub& stub) const {
  EngineGauge gauge;
  v1::EngineControlServiceStatusResponse response;
  gauge.reached = ask(stub, &v1::EngineControlService::Stub::Status, v1::EngineControlServiceStatusRequest{}, response);
  gauge.role = response.role();
  gauge.epoch = response.epoch();
  gauge.command_sequence = response.command_sequence();
  gauge.event_sequence = response.event_sequence();
  gauge.holds.assign(response.holds().begin(), response.holds().end());
  return gauge;
}

void GaugeReader::read_projections(Gauges& gauges) {
  v1::GetStatusResponse response;
  gauges.query_reached = ask(*query_, &v1::QueryService::Stub::GetStatus, v1::GetStatusRequest{}, response);
  for (const v1::ShardProjection& shard : response.shards()) {
    if (shard.shard() >= gauges.projections.size()) continue;
    gauges.projections[shard.shard()] = {shard.log_last_sequence(), shard.event_sequence(), Nanos{}, shard.halted()};
  }
}

void GaugeReader::read_book(Gauges& gauges) {
  if (symbol_.empty()) {
    v1::ListInstrumentsResponse instruments;
    if (!ask(*query_, &v1::QueryService::Stub::ListInstruments, v1::ListInstrumentsRequest{}, instruments)) return;
    if (instruments.instruments().empty()) return;
    symbol_ = instruments.instruments(0).symbol();
  }
  gauges.book.symbol = symbol_;
  v1::GetBookRequest request;
  request.set_symbol(symbol_);
  request.set_depth(1);
  v1::GetBookResponse book;
  gauges.book.known = ask(*query_, &v1::QueryService::Stub::GetBook, request, book);
  if (!book.bids().empty()) gauges.book.bid = {book.bids(0).price(), book.bids(0).quantity()};
  if (!book.asks().empty()) gauges.book.ask = {book.asks(0).price(), book.asks(0).quantity()};
  gauges.book.last_price = book.last_price();
}

void GaugeReader::read_kills(Gauges& gauges) const {
  v1::StatusResponse response;
  gauges.kills_reached = ask(*kills_, &v1::KillSwitchService::Stub::Status, v1::StatusRequest{}, response);
  gauges.kills_complete = response.complete();
  std::map<std::tuple<std::string, std::string, std::string>, std::uint32_t> shards;  // scope, key, who
  const auto scope = [](v1::KillScope value) { return short_name(v1::KillScope_Name(value), "KILL_SCOPE_"); };
  for (const v1::KillSwitchState& state : response.kill_switches()) {
    if (!state.engaged()) continue;
    ++shards[{scope(state.newest().scope()), state.newest().key(), state.newest().engaged_by()}];
  }
  for (const v1::UnconfirmedKill& kill : response.unconfirmed())
    shards.try_emplace({scope(kill.scope()), kill.key(), kill.principal()}, 0);
  for (const auto& [what, engaged_in] : shards)
    gauges.kills.push_back({std::get<0>(what), std::get<1>(what), std::get<2>(what), engaged_in});
}

void GaugeReader::read_rates(Gauges& gauges, Nanos now) {
  const telemetry::Series series = telemetry::scrape(metrics_, kPatience);
  if (series.empty()) return counted_.clear();
  const Counted counted{now, sum_of(series, "sluice_projector_outcomes_total"),
                        sum_of(series, "sluice_projector_events_total")};
  // A counter that went back belongs to a process started since.
  if (!counted_.empty() && counted.events < counted_.back().events) counted_.clear();
  counted_.push_back(counted);
  while (counted_.size() > 2 && now - counted_[1].at >= kRateOver) counted_.pop_front();
  const double seconds = static_cast<double>((now - counted_.front().at).value()) / 1e9;
  if (seconds <= 0) return;
  gauges.commands_per_second = (counted.commands - counted_.front().commands) / seconds;
  gauges.events_per_second = (counted.events - counted_.front().events) / seconds;
}

void GaugeReader::note_lag(std::size_t shard, ProjectionGauge& projection, Nanos now) {
  std::deque<Reached>& reached = reached_[shard];
  if (reached.empty() || reached.back().message < projection.log_last) reached.push_back({projection.log_last, now});
  // The newest sight is kept: without it a log that stands still would be seen anew each time.
  while (reached.size() > 1 && reached.front().message <= projection.projected) reached.pop_front();
  projection.log_last = std::max(projection.log_last, reached.back().message);
  if (projection.behind() > 0) projection.behind_since = now - reached.front().at;
}

}  // namespace sluice::cli
