#include "query/catch_up.h"

#include <chrono>

#include "projections/views/log_index_view.h"
#include "runtime/this_thread.h"

namespace sluice::query {

namespace {
constexpr int kMessagesASlice = 512;  // then the next session has its turn
constexpr Nanos kNextTimeout{20 * kNanosPerMilli};
}  // namespace

CatchUp::Taken CatchUp::take(SharedAnswer& answer) {
  std::unique_lock lock(mutex_);
  if (ready_.empty()) {
    if (failure_) return Taken::kFailed;
  } else {
    answer = std::move(ready_.front());
    ready_.pop_front();
  }
  const bool wants_work = !working_ && !failure_ && ready_.size() < pool_.options_.ready_max / 2;
  if (wants_work) working_ = true;
  lock.unlock();
  if (wants_work) pool_.enqueue(weak_from_this());
  return answer != nullptr ? Taken::kAnswer : Taken::kNotYet;
}

Error CatchUp::error() const {
  const std::lock_guard lock(mutex_);
  return failure_.value_or(Error{});
}

CatchUpPool::CatchUpPool(eventlog::EventLog& log, const projections::Store& store, CatchUpOptions options)
    : log_(log), store_(store), options_(options) {
  for (std::size_t i = 0; i < options.threads; ++i) threads_.emplace_back([this] { run(); });
}

CatchUpPool::~CatchUpPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

std::shared_ptr<CatchUp> CatchUpPool::open(ShardId shard, EvtSequence after,
                                           const std::shared_ptr<WatchListener>& listener) {
  std::shared_ptr<CatchUp> session;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(sessions_, [](const std::weak_ptr<CatchUp>& known) { return known.expired(); });
    if (sessions_.size() >= options_.sessions_max) return nullptr;
    session.reset(new CatchUp(*this, shard, after, listener));
    sessions_.push_back(session);
  }
  enqueue(session);
  return session;
}

void CatchUpPool::enqueue(std::weak_ptr<CatchUp> session) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(session));
  }
  changed_.notify_one();
}

void CatchUpPool::run() {
  runtime::name_this_thread("watch-catch-up");
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    const std::shared_ptr<CatchUp> session = queue_.front().lock();
    queue_.pop_front();
    if (session == nullptr) continue;  // its watcher has gone
    lock.unlock();
    work(*session);
    lock.lock();
  }
}

/// One slice: reads until enough is ready, or its turn is over; then either parks the session or queues it again.
void CatchUpPool::work(CatchUp& session) {
  std::optional<Error> failure;
  if (session.reader_ == nullptr) {
    const Status begun = begin(session);
    if (!begun.ok()) failure = begun.error();
  }
  if (!failure) failure = read_some(session);
  bool again = false;
  {
    const std::lock_guard lock(session.mutex_);
    session.failure_ = failure;
    again = !failure && session.ready_.size() < options_.ready_max;
    session.working_ = again;
  }
  if (const std::shared_ptr<WatchListener> listener = session.listener_.lock()) listener->on_news();
  if (again) enqueue(session.weak_from_this());
}

Status CatchUpPool::begin(CatchUp& session) {
  const projections::ReadView view = store_.read();
  const auto checkpoint = projections::log_index_view::find(view, session.shard_, session.after_);
  if (!view.status().ok()) return view.status();
  std::uint64_t from = 1;
  if (checkpoint) {
    const Result<std::optional<projections::ProgressRow>> progress = store_.progress(session.shard_);
    if (!progress.ok()) return progress.error();
    INVARIANT(progress.value().has_value());
    const projections::ProgressRow& row = *progress.value();
    session.fold_.emplace(Genesis{row.deployment, session.shard_, row.shard_count, row.schema, row.key_window},
                          *checkpoint);
    from = checkpoint->evt_sequence.value() + 1;
  } else {
    session.fold_.emplace(session.shard_);
  }
  session.reader_ = log_.open_reader("watch", {eventlog::StreamKind::kEvent, session.shard_}, from);
  return ok_status();
}

std::optional<Error> CatchUpPool::read_some(CatchUp& session) {
  for (int i = 0; i < kMessagesASlice; ++i) {
    const Result<eventlog::LogMessage> message = session.reader_->next(kNextTimeout);
    if (!message.ok()) {
      const ErrorCode code = message.error().code;
      if (code == ErrorCode::kTimeout || code == ErrorCode::kCancelled) return std::nullopt;
      if (code != ErrorCode::kUnavailable) return message.error();
      pause();
      return std::nullopt;
    }
    const EvtSequence before = session.fold_->checkpoint().evt_sequence;
    const Result<eventlog::EventFold::Step> step = session.fold_->accept(message.value());
    if (!step.ok()) return step.error();
    const EvtSequence sequence = session.fold_->checkpoint().evt_sequence;
    if (step.value() != eventlog::EventFold::Step::kComplete || sequence <= session.after_) continue;
    auto answer = std::make_shared<const FoldedAnswer>(FoldedAnswer{before, sequence, session.fold_->answer()});
    const std::lock_guard lock(session.mutex_);
    session.ready_.push_back(std::move(answer));
    if (session.ready_.size() >= options_.ready_max) return std::nullopt;
  }
  return std::nullopt;
}

void CatchUpPool::pause() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::milliseconds(50), [this] { return stopping_; });
}

}  // namespace sluice::query
