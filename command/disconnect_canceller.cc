#include "command/disconnect_canceller.h"

#include <future>

#include "runtime/clock.h"
#include "runtime/ids.h"
#include "runtime/logging.h"
#include "runtime/this_thread.h"

namespace sluice::command {

namespace {
constexpr Nanos kTry{2 * kNanosPerSecond};
constexpr std::chrono::milliseconds kPause{100};
}  // namespace

DisconnectCanceller::DisconnectCanceller(const ShardLinks& shards, const Directory& directory)
    : shards_(shards), directory_(directory), worker_([this] { work(); }) {}

DisconnectCanceller::~DisconnectCanceller() { finish(Nanos{0}); }

void DisconnectCanceller::add(const std::set<Name>& accounts) {
  const std::lock_guard lock(mutex_);
  for (const Name& account : accounts) {
    for (std::uint16_t number = 0; number < directory_.shard_count(); ++number) {
      const ShardId shard{number};
      OrderCommand command;
      command.command_id = runtime::new_command_id();
      command.kind = OrderCommandKind::kCancelAll;
      command.flags = kFlagDisconnect;
      command.account = directory_.account(shard, account);
      if (command.account != AccountId{}) cancels_.push_back({shard, command});
    }
  }
  changed_.notify_all();
}

std::size_t DisconnectCanceller::pending() const {
  const std::lock_guard lock(mutex_);
  return cancels_.size();
}

std::size_t DisconnectCanceller::finish(Nanos wait) {
  std::size_t left = 0;
  {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::nanoseconds(wait.value()), [this] { return cancels_.empty(); });
    left = cancels_.size();
    stop_ = true;
  }
  changed_.notify_all();
  if (worker_.joinable()) worker_.join();
  return left;
}

void DisconnectCanceller::work() {
  runtime::name_this_thread("disconnects");
  std::unique_lock lock(mutex_);
  while (!stop_) {
    if (cancels_.empty()) {
      changed_.wait(lock, [this] { return stop_ || !cancels_.empty(); });
      continue;
    }
    const Cancel cancel = cancels_.front();
    lock.unlock();
    const bool done = try_once(cancel);
    lock.lock();
    if (done) {
      cancels_.pop_front();
      changed_.notify_all();
    } else {
      changed_.wait_for(lock, kPause, [this] { return stop_; });
    }
  }
}

/// True once its outcome is known; whatever it is, there is no more to do.
bool DisconnectCanceller::try_once(const Cancel& cancel) {
  ShardLink& link = *shards_[cancel.shard.value()];
  const auto outcome = std::make_shared<std::promise<bool>>();
  const auto batch = std::make_shared<CommandBatch>(1, runtime::steady_now() + kTry, [outcome](CommandBatch& done) {
    outcome->set_value(!done.slots().front().error.has_value());
  });
  const Waiter waiter{batch, 0};
  waiter->shard = cancel.shard;
  waiter->command_id = cancel.command.command_id;
  OrderWriter::Queued queued{cancel.command.account.value(), cancel.command, waiter};
  if (const auto sent = link.orders().submit_all({&queued, 1}); !sent.ok()) {
    runtime::log_warn("cancel on disconnect not sent yet",
                      {{"shard", cancel.shard.value()}, {"why", sent.error().message}});
    return false;
  }
  return outcome->get_future().get();
}

}  // namespace sluice::command
