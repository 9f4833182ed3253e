// ShardLinks: the links to all shards. Empty until the log could be read for the first time after the start; from then
// on complete and the same. Threads: link() and stop() by one, the rest by any.
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <vector>

#include "command/shard_link.h"

namespace sluice::command {

class ShardLinks {
 public:
  using Links = std::vector<std::unique_ptr<ShardLink>>;

  /// Once.
  void link(Links links) {
    INVARIANT(!linked());
    INVARIANT(!links.empty());
    links_ = std::move(links);
    linked_.store(true, std::memory_order_release);
  }
  void stop() {
    for (const auto& link : all()) link->stop();
  }

  bool linked() const { return linked_.load(std::memory_order_acquire); }
  /// True once every shard's names and kills are known as they were at the start.
  bool caught_up() const {
    return linked() && std::all_of(links_.begin(), links_.end(), [](const auto& link) { return link->caught_up(); });
  }
  /// 0 before link().
  std::size_t size() const { return linked() ? links_.size() : 0; }
  const std::unique_ptr<ShardLink>& operator[](std::size_t shard) const {
    INVARIANT(shard < size());
    return links_[shard];
  }
  /// All, or none before link().
  const Links& all() const { return linked() ? links_ : none_; }

 private:
  Links links_;
  const Links none_;
  std::atomic<bool> linked_{false};
};

}  // namespace sluice::command
