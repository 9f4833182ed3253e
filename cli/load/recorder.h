// Recorder: counts what was sent and answered. Latency runs from the INTENDED time: a command that a stalled system (or
// a stalled sender) kept from being sent has waited as long as one that was sent. Threads: any; one lock.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cli/load/batch.h"
#include "cli/load/latency_summary.h"
#include "telemetry/histogram.h"

namespace sluice::load {

using telemetry::Histogram;

/// What became of a command. kUnknown: no definite answer when the load gave up.
enum class Outcome { kExecuted, kLogged, kRejected, kRefused, kInvalid, kUnknown };
inline constexpr std::array kOutcomes{Outcome::kExecuted, Outcome::kLogged,  Outcome::kRejected,
                                      Outcome::kRefused,  Outcome::kInvalid, Outcome::kUnknown};
const char* name_of(Outcome outcome);
Outcome outcome_of(const v1::StreamResult& result);

/// One second of the load: what was meant to be sent in it.
struct Second {
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::uint64_t killed = 0;
  std::uint64_t lateness_max_ns = 0;
  std::uint64_t latency_p50_ns = 0, latency_p99_ns = 0, latency_max_ns = 0;
};

struct Tally {
  Histogram latency;   // intended → answered, commands with a result
  Histogram response;  // sent → answered, the same commands: what a closed loop would have shown
  Histogram lateness;  // intended → sent, every command
  std::array<std::uint64_t, kOutcomes.size()> outcomes{};
  std::array<std::uint64_t, 64> reasons{};  // of rejections, by v1::RejectReason
  std::uint64_t sent = 0;
  std::uint64_t repeated = 0;                     // first outcomes that came back a second time
  Nanos last_intended, last_sent, last_answered;  // since the start
  std::string error;                              // one of those that came with kRefused, kInvalid or kUnknown
  std::vector<Second> seconds;

  std::uint64_t of(Outcome outcome) const { return outcomes[static_cast<std::size_t>(outcome)]; }
  std::uint64_t answered() const;
};

class Recorder {
 public:
  /// `start`: steady time 0 of the load.
  explicit Recorder(Nanos start) : start_(start) {}

  /// Each of them was handed to a connection for the first time.
  void sent(std::span<const Stamp> stamps);
  void answered(std::span<const Answer> answers, Nanos now);
  void given_up(std::size_t commands, const std::string& why);

  std::uint64_t answered_so_far() const;
  std::uint64_t sent_so_far() const;
  /// The second before the one that `now` is in; zeros before there is one.
  Second newest_whole_second(Nanos now) const;
  /// Of all commands with a result so far.
  LatencySummary latency_so_far() const;
  /// Everything; nothing may be recorded after.
  Tally finish();

 private:
  /// Histograms of seconds longer past are closed, so that an hour costs no more memory than two minutes.
  static constexpr std::size_t kOpenSeconds = 120;
  Second& second_of(Nanos intended);
  void close(std::size_t second);
  Histogram* open_latency(Nanos intended);

  const Nanos start_;
  mutable std::mutex mutex_;
  Tally tally_;
  std::vector<std::unique_ptr<Histogram>> latencies_;  // by second; null once closed
};

}  // namespace sluice::load
