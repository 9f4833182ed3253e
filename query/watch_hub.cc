#include "query/watch_hub.h"

#include <algorithm>

#include "runtime/this_thread.h"

namespace sluice::query {

namespace {
std::size_t events_of(const FoldedAnswer& answer) {
  return answer.answer.order_events.size() + answer.answer.control_events.size() + answer.answer.outcomes.size();
}
}  // namespace

WatchHub::WatchHub(std::uint16_t shards, WatchHubOptions options) : options_(options), shards_(shards) {
  teller_ = std::thread([this] { tell_listeners(); });
}

WatchHub::~WatchHub() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  news_.notify_all();
  teller_.join();
}

bool WatchHub::wants_answers() const {
  const std::lock_guard lock(mutex_);
  return !listeners_.empty();
}

void WatchHub::deliver(ShardId shard, std::vector<FoldedAnswer> answers, EvtSequence head) {
  // Built before the lock: copies are the dear part.
  std::vector<SharedAnswer> shared;
  shared.reserve(answers.size());
  for (FoldedAnswer& answer : answers) shared.push_back(std::make_shared<const FoldedAnswer>(std::move(answer)));
  {
    const std::lock_guard lock(mutex_);
    Shard& target = shards_.at(shard.value());
    INVARIANT(head >= target.head);
    target.head = head;
    const bool continues =
        !shared.empty() && !target.ring.empty() && target.ring.back()->sequence == shared.front()->after;
    if (!continues) {
      target.ring.clear();
      target.events = 0;
    }
    for (SharedAnswer& answer : shared) {
      target.events += events_of(*answer);
      target.ring.push_back(std::move(answer));
    }
    trim(target);
    poked_ = true;
  }
  news_.notify_one();
}

void WatchHub::trim(Shard& shard) const {
  while (shard.ring.size() > options_.answers_max || (shard.events > options_.events_max && shard.ring.size() > 1)) {
    shard.events -= events_of(*shard.ring.front());
    shard.ring.pop_front();
  }
}

EvtSequence WatchHub::head(ShardId shard) const {
  const std::lock_guard lock(mutex_);
  return shards_.at(shard.value()).head;
}

WatchHub::Next WatchHub::next(ShardId shard, EvtSequence after, SharedAnswer& answer) const {
  const std::lock_guard lock(mutex_);
  const Shard& source = shards_.at(shard.value());
  if (after >= source.head) return Next::kNothing;
  if (source.ring.empty() || source.ring.front()->after > after) return Next::kBehind;
  const auto found =
      std::upper_bound(source.ring.begin(), source.ring.end(), after,
                       [](EvtSequence place, const SharedAnswer& entry) { return place < entry->sequence; });
  INVARIANT(found != source.ring.end());
  answer = *found;
  return Next::kAnswer;
}

void WatchHub::add(const std::shared_ptr<WatchListener>& listener) {
  const std::lock_guard lock(mutex_);
  listeners_.push_back(listener);
}

void WatchHub::remove(const WatchListener* listener) {
  const std::lock_guard lock(mutex_);
  std::erase_if(listeners_, [&](const std::weak_ptr<WatchListener>& known) {
    const std::shared_ptr<WatchListener> alive = known.lock();
    return alive == nullptr || alive.get() == listener;
  });
}

std::size_t WatchHub::listeners() const {
  const std::lock_guard lock(mutex_);
  return listeners_.size();
}

void WatchHub::poke() {
  {
    const std::lock_guard lock(mutex_);
    poked_ = true;
  }
  news_.notify_one();
}

void WatchHub::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    poked_ = true;
  }
  news_.notify_one();
}

bool WatchHub::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

void WatchHub::tell_listeners() {
  runtime::name_this_thread("watch-teller");
  std::unique_lock lock(mutex_);
  while (true) {
    news_.wait(lock, [this] { return poked_ || stopping_; });
    if (stopping_) return;
    poked_ = false;
    const std::vector<std::weak_ptr<WatchListener>> listeners = listeners_;
    lock.unlock();
    for (const std::weak_ptr<WatchListener>& weak : listeners) {
      if (const std::shared_ptr<WatchListener> listener = weak.lock()) listener->on_news();
    }
    lock.lock();
  }
}

}  // namespace sluice::query
