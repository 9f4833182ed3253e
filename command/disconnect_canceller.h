// DisconnectCanceller: when a stream that asked for it ends, cancels what its accounts have live (DESIGN: by session
// option). Every cancel is repeated under its own command id until its outcome is in the log, so that a log that is
// away for a while delays it and does not lose it; the lane of an account brings it behind all that the stream had
// sent. Threads: add() any; a thread of its own does the work. What is not done when this process dies is lost with it.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <thread>

#include "command/directory.h"
#include "command/shard_links.h"

namespace sluice::command {

class DisconnectCanceller {
 public:
  DisconnectCanceller(const ShardLinks& shards, const Directory& directory);
  ~DisconnectCanceller();

  /// Cancels all live orders of these accounts, in every shard that knows them.
  void add(const std::set<Name>& accounts);
  /// Waits until everything added is done, at most `wait`; then stops. Gives how many cancels are left undone.
  std::size_t finish(Nanos wait);
  /// Cancels added and not yet known to be executed.
  std::size_t pending() const;

 private:
  struct Cancel {
    ShardId shard;
    OrderCommand command;
  };
  void work();
  bool try_once(const Cancel& cancel);

  const ShardLinks& shards_;
  const Directory& directory_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Cancel> cancels_;  // the front one is being worked on
  bool stop_ = false;
  std::thread worker_;
};

}  // namespace sluice::command
