// StageCollector: where the time of a command goes. The receipts of sampled commands are completed with what engines,
// query service and command service remember of the same command message, and each way between two stages gets a
// histogram. A service that does not tell (UNIMPLEMENTED, or forgotten) leaves its stages out. Threads: sampled() any;
// one thread of its own asks.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "cli/load/latency_summary.h"
#include "domain/money.h"
#include "runtime/doorbell.h"
#include "sluice/v1/types.pb.h"
#include "telemetry/histogram.h"

namespace sluice::load {

/// One sampled command as its client saw it; Unix nanoseconds.
struct StageSample {
  std::uint32_t shard = 0;
  Nanos intended, answered;
  v1::StageTimes times;  // of the receipt; `sequence` is always set
};

/// A way between two stages. `negative` of its samples arrived before they had left, by clocks of two processes or
/// because the second stage does not wait for the first (an engine reads a frame while its acknowledgement travels);
/// they count as 0.
struct StageInterval {
  const char* name;
  telemetry::Histogram nanos;
  std::uint64_t negative = 0;
};

struct StageTally {
  std::vector<StageInterval> intervals;
  std::uint64_t sampled = 0;
  std::uint64_t complete = 0;  // the engine's stages were there
};

/// Empty intervals, in the order of a command's way.
StageTally new_stage_tally();
/// Adds every way of which the sample has both ends.
void add_stages(StageTally& tally, const StageSample& sample);

struct StageChannels {
  std::shared_ptr<grpc::Channel> command;
  std::vector<std::shared_ptr<grpc::Channel>> engines;  // by shard; those who own them
  std::shared_ptr<grpc::Channel> query;
};

class StageCollector {
 public:
  explicit StageCollector(StageChannels channels);
  ~StageCollector();

  void sampled(StageSample&& sample);
  /// What is known so far, in the order of a command's way. Thread: any.
  std::vector<StageSummary> so_far() const;
  /// Asks for what is left, then ends.
  StageTally stop();

 private:
  /// What a sample may wait for the slowest of the services, in rounds.
  struct Waiting {
    StageSample sample;
    int rounds = 0;
  };
  using Sequences = std::vector<std::uint64_t>;
  using Found = std::map<std::uint64_t, v1::StageTimes>;  // by sequence
  class Services;

  void run();
  void ask_round(bool last);
  void ask_shard(std::uint32_t shard, std::vector<Waiting*>& waiting);

  const std::unique_ptr<Services> services_;
  mutable std::mutex mutex_;  // of arrived_ and tally_
  std::vector<StageSample> arrived_;
  StageTally tally_ = new_stage_tally();
  std::vector<Waiting> waiting_;  // the thread's
  std::atomic<bool> stop_{false};
  runtime::Doorbell bell_;
  std::thread thread_;
};

}  // namespace sluice::load
