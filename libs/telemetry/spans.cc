#include "telemetry/spans.h"

#include <algorithm>

namespace sluice::telemetry {

namespace {

constexpr std::uint32_t kShiftMax = 10;
/// Drains for which a ring has been nearly empty before its sampling is eased.
constexpr std::uint32_t kCalm = 50;

std::atomic<std::uint64_t> ids{0};

}  // namespace

constinit thread_local Spans::Last Spans::last_;

struct Spans::ThreadRings {
  struct Held {
    std::shared_ptr<Pool> pool;
    Slot* slot;
  };
  std::vector<Held> held;
  ~ThreadRings() {
    last_ = {};
    for (const Held& one : held) {
      const std::lock_guard lock(one.pool->mutex);
      one.slot->taken = false;
    }
  }
};

Spans::Spans(const SpansOptions& options)
    : entries_(options.entries), kept_(options.kept), id_(++ids), pool_(std::make_shared<Pool>(options.threads)) {}

Spans::~Spans() = default;

Spans::Slot* Spans::take_slot() {
  const std::lock_guard lock(pool_->mutex);
  const auto free =
      std::find_if(pool_->slots.begin(), pool_->slots.end(), [](const Slot& slot) { return !slot.taken; });
  if (free == pool_->slots.end()) return nullptr;
  if (free->ring == nullptr) free->ring = std::make_unique<SpanRing>(entries_, kept_);
  free->taken = true;
  set_control(*free);
  return &*free;
}

// No ring left, or no memory to remember it by: the thread is not measured, and what it would record counts as lost.
SpanRing* Spans::find_ring() noexcept {
  last_ = {id_, nullptr};
  try {
    static thread_local ThreadRings mine;
    for (const ThreadRings::Held& one : mine.held) {
      if (one.pool != pool_) continue;
      last_ = {id_, one.slot->ring.get()};
      return last_.ring;
    }
    mine.held.reserve(mine.held.size() + 1);
    if (Slot* slot = take_slot(); slot != nullptr) {
      mine.held.push_back({pool_, slot});
      last_ = {id_, slot->ring.get()};
      return last_.ring;
    }
  } catch (const std::exception&) {}
  return nullptr;
}

void Spans::attach() noexcept {
  if (SpanRing* ring = find_ring(); ring != nullptr) ring->prefault();
}

InFlight& Spans::follow(Stage stage) {
  auto& one = in_flight_[static_cast<std::size_t>(stage)];
  if (one == nullptr) one = std::make_unique<InFlight>();
  return *one;
}

void Spans::enable(bool on) {
  const std::lock_guard lock(pool_->mutex);
  enabled_.store(on, std::memory_order_relaxed);
  for (const Slot& slot : pool_->slots) {
    if (slot.ring != nullptr) set_control(slot);
  }
}

void Spans::adapt(Slot& slot, std::uint64_t count) {
  if (count > slot.ring->entries() / 2 && slot.shift < kShiftMax) {
    ++slot.shift;
    slot.calm = 0;
  } else if (count > slot.ring->entries() / 20) {
    slot.calm = 0;
  } else if (slot.shift > 0 && ++slot.calm >= kCalm) {
    --slot.shift;
    slot.calm = 0;
  } else {
    return;
  }
  set_control(slot);
}

std::uint64_t Spans::lost() const {
  const std::lock_guard lock(pool_->mutex);
  std::uint64_t all = no_ring_.load(std::memory_order_relaxed);
  for (const Slot& slot : pool_->slots) {
    if (slot.ring != nullptr) all += slot.ring->lost();
  }
  return all;
}

std::uint64_t Spans::sampling() const {
  const std::lock_guard lock(pool_->mutex);
  std::uint32_t shift = 0;
  for (const Slot& slot : pool_->slots) shift = std::max(shift, slot.taken ? slot.shift : 0);
  return std::uint64_t{1} << shift;
}

std::size_t Spans::threads() const {
  const std::lock_guard lock(pool_->mutex);
  return static_cast<std::size_t>(
      std::count_if(pool_->slots.begin(), pool_->slots.end(), [](const Slot& slot) { return slot.taken; }));
}

}  // namespace sluice::telemetry
