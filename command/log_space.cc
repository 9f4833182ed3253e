#include "command/log_space.h"

#include <algorithm>
#include <cstdio>

#include "runtime/logging.h"
#include "runtime/this_thread.h"

namespace sluice::command {

using eventlog::StreamId;
using eventlog::StreamKind;

namespace {

constexpr Nanos kIntervalMax{200 * kNanosPerMilli};
constexpr Nanos kIntervalMin{5 * kNanosPerMilli};
constexpr std::uint64_t kBytesASecond = 25u << 20;  // what one shard's busiest stream was seen to grow by
constexpr std::array kStreams{StreamKind::kCommand, StreamKind::kEvent};

std::string percent(double share) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%.1f %%", share * 100);
  return text.data();
}

}  // namespace

LogSpace::LogSpace(eventlog::EventLog& log, ShardId shard) : log_(log), shard_(shard) {
  thread_ = std::thread([this] { watch(); });
}

LogSpace::~LogSpace() { stop(); }

void LogSpace::stop() {
  stop_.store(true, std::memory_order_release);
  bell_.ring();
  if (thread_.joinable()) thread_.join();
}

void LogSpace::watch() {
  runtime::name_this_thread("log-space");
  while (!stop_.load(std::memory_order_acquire)) {
    const std::uint32_t seen = bell_.value();
    for (const StreamKind stream : kStreams) ask(stream);
    bell_.wait(seen, interval());
  }
}

/// So that no more than half of the room kept free can be written between two looks.
Nanos LogSpace::interval() const {
  const double seconds =
      static_cast<double>(bytes_max_) * (1 - eventlog::kFull) / 2 / static_cast<double>(kBytesASecond);
  return std::clamp(Nanos{static_cast<std::int64_t>(std::min(seconds, 1.0) * 1e9)}, kIntervalMin, kIntervalMax);
}

void LogSpace::ask(StreamKind stream) {
  const auto info = log_.info({stream, shard_});
  if (!info.ok()) return;  // the newest answer stands; writers say that the log cannot be reached
  const double fill = info.value().fill();
  bytes_max_ = bytes_max_ == 0 ? info.value().bytes_max : std::min(bytes_max_, info.value().bytes_max);
  fill_[index(stream)].store(fill, std::memory_order_relaxed);
  if (stream == StreamKind::kEvent) evt_last_.store(info.value().last_sequence, std::memory_order_relaxed);
  if (fill >= eventlog::kNearlyFull && !warned_[index(stream)]) {
    runtime::log_warn("a stream is nearly full; orders are refused from 95 % on",
                      {{"stream", eventlog::stream_name({stream, shard_})}, {"fill", percent(fill)}});
  }
  warned_[index(stream)] = fill >= eventlog::kNearlyFull;
}

Status LogSpace::admits_orders() const {
  for (const StreamKind stream : kStreams) {
    if (fill(stream) < eventlog::kFull) continue;
    return Error{ErrorCode::kLogFull, "the log is nearly full: " + eventlog::stream_name({stream, shard_}) + " is at " +
                                          percent(fill(stream)) +
                                          "; only kills, releases and cancels are taken; nothing was logged"};
  }
  return ok_status();
}

}  // namespace sluice::command
