// CatchUp: history for a watcher that is further behind than the hub reaches. It reads the event log itself, verifies
// it as every reader does, and keeps a bounded number of answers ready. A slow watcher holds a session, never a thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "eventlog/event_fold.h"
#include "eventlog/event_log.h"
#include "projections/store.h"
#include "query/watch_hub.h"

namespace sluice::query {

struct CatchUpOptions {
  std::size_t threads = 2;
  std::size_t sessions_max = 16;  // watchers in history at one time
  std::size_t ready_max = 64;     // answers a session keeps ready
};

class CatchUpPool;

/// One watcher's way through history. Threads: take() by its watcher; the rest by the pool.
class CatchUp : public std::enable_shared_from_this<CatchUp> {
 public:
  enum class Taken {
    kAnswer,  // `answer` is the next one
    kNotYet,  // the listener is told when there is one
    kFailed,  // error() says why; there will be no more
  };
  Taken take(SharedAnswer& answer);
  Error error() const;

 private:
  friend class CatchUpPool;
  CatchUp(CatchUpPool& pool, ShardId shard, EvtSequence after, std::weak_ptr<WatchListener> listener)
      : pool_(pool), shard_(shard), after_(after), listener_(std::move(listener)) {}

  CatchUpPool& pool_;
  const ShardId shard_;
  const EvtSequence after_;
  const std::weak_ptr<WatchListener> listener_;

  mutable std::mutex mutex_;  // of the three below
  std::deque<SharedAnswer> ready_;
  bool working_ = true;  // queued for a thread, or on one
  std::optional<Error> failure_;

  // Of the thread that works on it; one at a time.
  std::unique_ptr<eventlog::Reader> reader_;
  std::optional<eventlog::EventFold> fold_;
};

class CatchUpPool {
 public:
  CatchUpPool(eventlog::EventLog& log, const projections::Store& store, CatchUpOptions options = {});
  /// Sessions must not be used any more.
  ~CatchUpPool();
  CatchUpPool(const CatchUpPool&) = delete;
  CatchUpPool& operator=(const CatchUpPool&) = delete;

  /// A session for the answers behind `after`; it ends when the last reference goes. Null if too many are open.
  std::shared_ptr<CatchUp> open(ShardId shard, EvtSequence after, const std::shared_ptr<WatchListener>& listener);

 private:
  friend class CatchUp;
  void enqueue(std::weak_ptr<CatchUp> session);
  void run();
  void work(CatchUp& session);
  Status begin(CatchUp& session);
  std::optional<Error> read_some(CatchUp& session);
  void pause();

  eventlog::EventLog& log_;
  const projections::Store& store_;
  const CatchUpOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::weak_ptr<CatchUp>> queue_;
  std::vector<std::weak_ptr<CatchUp>> sessions_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace sluice::query
