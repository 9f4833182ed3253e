// WatchHub: the newest answers of every shard, in memory, for watchers that keep up. Projectors deliver and go on at
// once; one thread of the hub tells the watchers. Threads: any.
//
// Bounded: a watcher that is further behind than the ring reaches is sent to the log (catch_up.h) and comes back when
// it has caught up.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "projections/projector.h"

namespace sluice::query {

using projections::FoldedAnswer;
using SharedAnswer = std::shared_ptr<const FoldedAnswer>;

/// Someone who wants to know that there may be something new. Called on the hub's thread and on catch-up threads; must
/// not block.
class WatchListener {
 public:
  virtual ~WatchListener() = default;
  virtual void on_news() = 0;
};

struct WatchHubOptions {
  std::size_t answers_max = 1024;      // of a shard in memory
  std::size_t events_max = 128 << 10;  // of a shard in memory
};

class WatchHub final : public projections::AnswerSink {
 public:
  explicit WatchHub(std::uint16_t shards, WatchHubOptions options = {});
  ~WatchHub() override;
  WatchHub(const WatchHub&) = delete;
  WatchHub& operator=(const WatchHub&) = delete;

  bool wants_answers() const override;
  void deliver(ShardId shard, std::vector<FoldedAnswer> answers, EvtSequence head) override;

  std::uint16_t shards() const { return static_cast<std::uint16_t>(shards_.size()); }
  /// Newest event message in the views of `shard`.
  EvtSequence head(ShardId shard) const;

  enum class Next {
    kAnswer,   // `answer` is the first one behind `after`; nothing lies between
    kNothing,  // `after` is the head, or beyond it
    kBehind,   // the ring does not reach back that far
  };
  Next next(ShardId shard, EvtSequence after, SharedAnswer& answer) const;

  void add(const std::shared_ptr<WatchListener>& listener);
  void remove(const WatchListener* listener);
  std::size_t listeners() const;
  /// Tells every listener soon.
  void poke();
  /// Tells every listener and remembers: closed() is true from now on. For shutdown.
  void close();
  bool closed() const;

 private:
  struct Shard {
    std::deque<SharedAnswer> ring;  // ascending, without a gap
    std::size_t events = 0;
    EvtSequence head;
  };
  void trim(Shard& shard) const;
  void tell_listeners();

  const WatchHubOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable news_;
  std::vector<Shard> shards_;
  std::vector<std::weak_ptr<WatchListener>> listeners_;
  bool poked_ = false;
  bool closed_ = false;
  bool stopping_ = false;
  std::thread teller_;
};

}  // namespace sluice::query
