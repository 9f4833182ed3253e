// run_load: an open-loop load against a running command service: each command has a time at which it is meant to be
// sent, and is never left out because the system, or the sender, is behind. One sender thread paces all connections.
// With rate 0 the loop is closed: a window of messages in flight sets the pace. Used by `sluice load` and by benchmarks
// against any channel; accounts and instruments must be registered (cli/flow.h, register_names).
#pragma once

#include <grpcpp/grpcpp.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/load/killer.h"
#include "cli/load/recorder.h"
#include "cli/load/schedule.h"
#include "cli/load/stages.h"
#include "marketdata/lobster.h"

namespace sluice::load {

enum class Via { kStream, kUnary };

struct LoadOptions {
  double rate = 1'000;             // commands a second; 0: closed loop; ignored with a recorded day
  Nanos duration{10'000'000'000};  // a span; what is due in it is sent. 0: until the source ends
  Arrivals arrivals = Arrivals::kPoisson;
  std::vector<marketdata::LobsterMessage> lobster{};  // not empty: this day instead of the generator
  double speed = 1;                                   // of the recorded day
  std::uint64_t seed = 1;
  Via via = Via::kStream;
  std::uint32_t batch = 128;     // commands a message at most, 1..512
  std::uint32_t in_flight = 16;  // closed loop: messages of a connection without an answer
  v1::WaitLevel level = v1::WAIT_LEVEL_EXECUTED;
  std::vector<std::string> accounts{};  // at least one
  std::vector<std::string> symbols{};   // at least one
  std::uint32_t sample = 0;             // every so many commands one asks for a receipt; 0: none
  Nanos kill_every{};                   // a span; 0: no kills
  Nanos give_up{30'000'000'000};        // how long answers are waited for after the last command
  std::filesystem::path journal{};      // empty: none
  bool orders_only = false;             // the generator neither changes nor cancels an order: a runaway algorithm
  Price mid{10'000};                    // of the generator: where prices begin, in price units
  Nanos progress_every{1'000'000'000};  // a span; between two calls of on_progress
  AnswerSink* watcher = nullptr;        // sees every answer, too; must outlive the load
};

struct LoadChannels {
  std::vector<std::shared_ptr<grpc::Channel>> commands;   // one a connection
  std::shared_ptr<grpc::Channel> kill{};                  // needed with kill_every
  std::vector<std::shared_ptr<grpc::Channel>> engines{};  // by shard, and query: for stages; may be left out
  std::shared_ptr<grpc::Channel> query{};
};

struct LoadResult {
  Tally tally;
  StageTally stages;
  KillTally kills;
  double seconds = 0;          // start → last command sent
  double sending_seconds = 0;  // of them inside gRPC's send: a connection that takes no more, or a slow one
  bool closed_loop = false;    // latency is from sending then; there is no intended time
  bool stopped = false;        // by the caller, before its time
  bool overrun = false;        // the sender was so far behind that the rest of the schedule was not sent

  /// Commands a second by the schedule, up to the last one sent, and as they were sent.
  double intended_rate() const;
  double achieved_rate() const;
  /// True if what was measured is the sender and not the system: its lateness p99 is over a tenth of the latency p99,
  /// or it sent less than 99 % of the intended rate. Never in a closed loop.
  bool sender_was_slow() const;
};

/// What a load tells while it runs.
struct LoadProgress {
  double seconds = 0;
  std::uint64_t sent = 0, answered = 0;
  Second last;                         // the second before
  LatencySummary latency;              // of all so far, as LoadResult's
  std::vector<StageSummary> stages{};  // likewise; empty without `sample`
};
using OnProgress = std::function<void(const LoadProgress&)>;

/// Runs a load to its end, or until `stop` says so (asked every few milliseconds, then what is in flight is still
/// awaited, `give_up` at most). `on_progress` is called on this thread. Errors: kInvalidArgument: options that make no
/// sense; kUnavailable: a channel does not connect, or the journal is not complete. Thread: any; blocks.
Result<LoadResult> run_load(const LoadChannels& channels, const LoadOptions& options,
                            const OnProgress& on_progress = {}, const std::function<bool()>& stop = {});

}  // namespace sluice::load
