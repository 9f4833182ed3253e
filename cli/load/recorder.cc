#include "cli/load/recorder.h"

#include <algorithm>
#include <numeric>

namespace sluice::load {

namespace {

std::uint64_t span(Nanos from, Nanos to) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>((to - from).value(), 0));
}

void read_percentiles(const Histogram& latencies, Second& second) {
  second.latency_p50_ns = latencies.quantile(0.5);
  second.latency_p99_ns = latencies.quantile(0.99);
}

}  // namespace

const char* name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kExecuted: return "executed";
    case Outcome::kLogged: return "logged";
    case Outcome::kRejected: return "rejected";
    case Outcome::kRefused: return "refused";
    case Outcome::kInvalid: return "invalid";
    case Outcome::kUnknown: return "unknown";
  }
  return "unknown";
}

Outcome outcome_of(const v1::StreamResult& result) {
  constexpr int kResourceExhausted = 8;  // google.rpc.Code
  if (!is_definite(result)) return Outcome::kUnknown;
  if (result.error_code() == kResourceExhausted) return Outcome::kRefused;
  if (result.error_code() != 0) return Outcome::kInvalid;
  switch (result.result().outcome()) {
    case v1::OUTCOME_CODE_EXECUTED: return Outcome::kExecuted;
    case v1::OUTCOME_CODE_REJECTED: return Outcome::kRejected;
    default: return Outcome::kLogged;
  }
}

std::uint64_t Tally::answered() const {
  return std::accumulate(outcomes.begin(), outcomes.end(), std::uint64_t{0}) - of(Outcome::kUnknown);
}

void Recorder::sent(std::span<const Stamp> stamps) {
  const std::lock_guard lock(mutex_);
  for (const Stamp& stamp : stamps) {
    const std::uint64_t late = span(stamp.intended, stamp.sent);
    tally_.lateness.record(late);
    Second& second = second_of(stamp.intended);
    ++second.sent;
    second.lateness_max_ns = std::max(second.lateness_max_ns, late);
    tally_.last_intended = std::max(tally_.last_intended, stamp.intended - start_);
    tally_.last_sent = std::max(tally_.last_sent, stamp.sent - start_);
  }
  tally_.sent += stamps.size();
}

void Recorder::answered(std::span<const Answer> answers, Nanos now) {
  const std::lock_guard lock(mutex_);
  tally_.last_answered = std::max(tally_.last_answered, now - start_);
  for (const Answer& answer : answers) {
    const Outcome outcome = outcome_of(*answer.result);
    ++tally_.outcomes[static_cast<std::size_t>(outcome)];
    Second& second = second_of(answer.stamp.intended);
    ++second.answered;
    if (outcome == Outcome::kRefused || outcome == Outcome::kInvalid) {
      tally_.error = answer.result->error_message();
      continue;
    }
    const v1::CommandResult& result = answer.result->result();
    if (outcome == Outcome::kRejected) {
      const auto reason = static_cast<std::size_t>(result.reason());
      ++tally_.reasons[reason < tally_.reasons.size() ? reason : 0];
      if (result.reason() == v1::REJECT_REASON_KILLED) ++second.killed;
    }
    if (result.repeated()) ++tally_.repeated;
    const std::uint64_t latency = span(answer.stamp.intended, now);
    tally_.latency.record(latency);
    tally_.response.record(span(answer.stamp.sent, now));
    second.latency_max_ns = std::max(second.latency_max_ns, latency);
    if (Histogram* open = open_latency(answer.stamp.intended)) open->record(latency);
  }
}

void Recorder::given_up(std::size_t commands, const std::string& why) {
  const std::lock_guard lock(mutex_);
  tally_.outcomes[static_cast<std::size_t>(Outcome::kUnknown)] += commands;
  tally_.error = why;
}

std::uint64_t Recorder::answered_so_far() const {
  const std::lock_guard lock(mutex_);
  return tally_.answered();
}

std::uint64_t Recorder::sent_so_far() const {
  const std::lock_guard lock(mutex_);
  return tally_.sent;
}

Second Recorder::newest_whole_second(Nanos now) const {
  const std::lock_guard lock(mutex_);
  const std::int64_t at = (now - start_).value() / kNanosPerSecond - 1;
  if (at < 0 || static_cast<std::size_t>(at) >= tally_.seconds.size()) return {};
  Second second = tally_.seconds[static_cast<std::size_t>(at)];
  if (const auto& open = latencies_[static_cast<std::size_t>(at)]) read_percentiles(*open, second);
  return second;
}

LatencySummary Recorder::latency_so_far() const {
  const std::lock_guard lock(mutex_);
  return summary_of(tally_.latency);
}

Tally Recorder::finish() {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < latencies_.size(); ++i) close(i);
  return std::move(tally_);
}

Second& Recorder::second_of(Nanos intended) {
  const auto at = static_cast<std::size_t>(span(start_, intended) / static_cast<std::uint64_t>(kNanosPerSecond));
  while (tally_.seconds.size() <= at) {
    tally_.seconds.emplace_back();
    latencies_.push_back(std::make_unique<Histogram>());
    if (latencies_.size() > kOpenSeconds) close(latencies_.size() - 1 - kOpenSeconds);
  }
  return tally_.seconds[at];
}

Histogram* Recorder::open_latency(Nanos intended) {
  return latencies_[span(start_, intended) / static_cast<std::uint64_t>(kNanosPerSecond)].get();
}

void Recorder::close(std::size_t second) {
  if (!latencies_[second]) return;
  read_percentiles(*latencies_[second], tally_.seconds[second]);
  latencies_[second].reset();
}

}  // namespace sluice::load
