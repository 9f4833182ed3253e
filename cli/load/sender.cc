#include "cli/load/sender.h"

#include <algorithm>

#include "runtime/clock.h"
#include "runtime/ids.h"

namespace sluice::load {

namespace {
constexpr Nanos kTendEvery{10 * kNanosPerMilli};
constexpr Nanos kSliceMax{10 * kNanosPerMilli};     // of a sleep: stop and tend come in between
constexpr Nanos kOverrunMax{10 * kNanosPerSecond};  // beyond the duration; then the rest is not sent
}  // namespace

Sender::Sender(const LoadOptions& options, Source& source, Schedule schedule, Transport& transport, Recorder& recorder,
               std::size_t connections, Nanos start)
    : options_(options),
      source_(source),
      schedule_(schedule),
      transport_(transport),
      recorder_(recorder),
      start_(start),
      filling_(connections),
      tended_(start) {}

void Sender::run() {
  runtime::sleep_precisely();
  const bool endless = options_.duration == Nanos{};
  const Nanos end = start_ + options_.duration;
  for (auto coming = source_.peek(); coming; coming = source_.peek()) {
    Nanos due = start_ + schedule_.next(coming->at);
    const std::size_t connection = connection_of(coming->account, filling_.size());
    Nanos now = runtime::steady_now();
    if (schedule_.closed()) {
      if (!wait_for_window(connection)) break;
      due = now = runtime::steady_now();
    }
    if (!endless && due >= end) break;
    overrun_ = !endless && now > end + kOverrunMax;
    if (overrun_) break;
    if (due > now) {
      flush_all();
      wait_until(due);
    } else {
      tend_at_times(now);
    }
    if (stop_.load(std::memory_order_relaxed)) break;
    add(connection, due);
  }
  flush_all();
  stopped_ = stop_.load();
}

void Sender::drain() {
  const auto idle = [&] {
    for (std::size_t i = 0; i < filling_.size(); ++i) {
      if (transport_.in_flight(i) > 0) return false;
    }
    return true;
  };
  const Nanos end = runtime::steady_now() + options_.give_up;
  while (!gave_up_.load() && runtime::steady_now() < end) {
    const std::uint32_t seen = transport_.bell().value();
    if (idle()) return;
    transport_.tend();
    transport_.bell().wait(seen, kTendEvery);
  }
}

void Sender::add(std::size_t connection, Nanos intended) {
  Batch& batch = filling_[connection];
  v1::Command& command = *batch.request.add_commands();
  source_.take(command);
  v1::CommandOptions& with = *command.mutable_options();
  with.set_command_id(to_string(runtime::new_command_id()));
  with.set_wait_level(options_.level);
  if (options_.sample > 0 && made_ % options_.sample == 0) with.set_receipt(true);
  ++made_;
  batch.stamps.push_back({intended, Nanos{}});
  if (batch.stamps.size() >= options_.batch) flush(connection);
}

void Sender::flush(std::size_t connection) {
  Batch& batch = filling_[connection];
  if (batch.stamps.empty()) return;
  const Nanos now = runtime::steady_now();
  for (Stamp& stamp : batch.stamps) stamp.sent = now;
  recorder_.sent(batch.stamps);
  transport_.send(connection, std::exchange(batch, {}));
  sending_ = sending_ + (runtime::steady_now() - now);
}

void Sender::flush_all() {
  for (std::size_t i = 0; i < filling_.size(); ++i) flush(i);
}

/// Closed loop: until the connection takes another message. False if the load is stopped or its time is up.
bool Sender::wait_for_window(std::size_t connection) {
  for (;;) {
    const Nanos now = runtime::steady_now();
    if (stop_.load() || (options_.duration != Nanos{} && now >= start_ + options_.duration)) return false;
    const std::uint32_t seen = transport_.bell().value();
    if (transport_.in_flight(connection) < options_.in_flight) return true;
    flush_all();  // nothing half filled waits behind a full window of another connection
    tend_at_times(now);
    transport_.bell().wait(seen, kTendEvery);
  }
}

void Sender::wait_until(Nanos moment) {
  for (Nanos now = runtime::steady_now(); now < moment && !stop_.load(); now = runtime::steady_now()) {
    tend_at_times(now);
    runtime::await_moment(std::min(moment, now + kSliceMax));
  }
}

void Sender::tend_at_times(Nanos now) {
  if (now < tended_ + kTendEvery) return;
  tended_ = now;
  transport_.tend();
}

}  // namespace sluice::load
