// GaugeReader: asks a running system how it is, by what its services say of themselves: status calls, one book, and the
// query service's /metrics. What does not answer within a moment is shown as not answering. One thread.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "cli/context.h"
#include "cli/demo/gauges.h"
#include "sluice/v1/engine.grpc.pb.h"
#include "sluice/v1/kill_switch.grpc.pb.h"
#include "sluice/v1/query.grpc.pb.h"

namespace sluice::cli {

class GaugeReader {
 public:
  /// `symbol`: the instrument whose book is read; empty: the first one there is.
  GaugeReader(const Endpoints& endpoints, std::string symbol);

  /// How everything is now; title and flow are left empty.
  Gauges read();

 private:
  /// Counters at a moment, so that a rate is one over the last second and not over one frame.
  struct Counted {
    Nanos at;
    double commands = 0, events = 0;
  };
  /// When the log was first seen to reach a message.
  struct Reached {
    std::uint64_t message = 0;
    Nanos at;
  };
  EngineGauge engine(v1::EngineControlService::Stub& stub) const;
  void read_projections(Gauges& gauges);
  void read_book(Gauges& gauges);
  void read_kills(Gauges& gauges) const;
  void read_rates(Gauges& gauges, Nanos now);
  void note_lag(std::size_t shard, ProjectionGauge& projection, Nanos now);

  std::vector<std::unique_ptr<v1::EngineControlService::Stub>> engines_;
  const std::unique_ptr<v1::QueryService::Stub> query_;
  const std::unique_ptr<v1::KillSwitchService::Stub> kills_;
  const std::string metrics_;  // of the query service
  std::string symbol_;
  const Nanos start_;
  std::deque<Counted> counted_;
  std::vector<std::deque<Reached>> reached_;  // by shard; only what is not in the read models
};

}  // namespace sluice::cli
