#include "command/command_stream.h"

#include "eventlog/codec.h"
#include "runtime/status_mapping.h"

namespace sluice::command {

CommandStream::CommandStream(CommandService& service, grpc::CallbackServerContext& context)
    : service_(service), context_(context), by_(service.refusals().caller_of(context)) {
  service_.stats().streams.fetch_add(1, std::memory_order_relaxed);
  const std::lock_guard lock(shared_->mutex);
  shared_->stream = this;
  reading_ = true;
  StartRead(&request_);
}

void CommandStream::OnReadDone(bool ok) {
  {
    const std::lock_guard lock(shared_->mutex);
    reading_ = false;
    const auto count = static_cast<std::size_t>(request_.commands_size());
    if (cancelled_) ok = false;  // read before the call was cancelled: nobody would count its result
    const bool may_be_empty = request_.has_session();
    if (ok && ((count == 0 && !may_be_empty) || count > eventlog::kCommandsMax)) {
      status_ = runtime::invalid_argument(
          {{"commands", "must be 1.." + std::to_string(eventlog::kCommandsMax) + " a message"}});
      service_.refusals().tell({"StreamCommands", {}, {}}, by_, status_);
      ok = false;
    }
    if (!ok) {
      reads_ended_ = true;
      return maybe_finish();
    }
    note_session();
    ++outstanding_;
    executing_ = true;
  }
  // Results may come at once, on this thread; the lock is free.
  service_.execute(request_, by_, service_.deadline_of(context_),
                   [shared = shared_](v1::StreamCommandsResponse&& response) {
                     const std::lock_guard lock(shared->mutex);
                     if (shared->stream != nullptr) shared->stream->take_result(std::move(response));
                   });
  const std::lock_guard lock(shared_->mutex);
  executing_ = false;
  maybe_read();
  maybe_finish();
}

/// Noted before they are executed: if the stream ends now, the cancels come behind these commands.
void CommandStream::note_session() {
  if (request_.has_session()) cancels_on_disconnect_ = request_.session().cancel_on_disconnect();
  if (!cancels_on_disconnect_) return;
  for (const v1::Command& command : request_.commands()) {
    const auto account = command.has_submit()    ? Name::from(command.submit().account())
                         : command.has_replace() ? Name::from(command.replace().account())
                                                 : std::nullopt;
    if (account && !account->empty()) accounts_.insert(*account);
  }
}

void CommandStream::take_result(v1::StreamCommandsResponse&& response) {
  if (cancelled_) return;
  results_.push_back(std::move(response));
  next_write();
}

void CommandStream::next_write() {
  if (writing_ || results_.empty() || finished_) return;
  writing_ = true;
  StartWrite(&results_.front());
}

void CommandStream::OnWriteDone(bool ok) {
  const std::lock_guard lock(shared_->mutex);
  writing_ = false;
  results_.pop_front();
  --outstanding_;
  if (!ok) reads_ended_ = true;
  next_write();
  maybe_read();
  maybe_finish();
}

void CommandStream::maybe_read() {
  if (reading_ || executing_ || reads_ended_ || finished_ || outstanding_ >= kOutstanding) return;
  reading_ = true;
  StartRead(&request_);
}

void CommandStream::maybe_finish() {
  if (finished_ || !reads_ended_ || reading_ || executing_ || writing_ || outstanding_ > 0) return;
  finished_ = true;
  Finish(status_);
}

void CommandStream::OnCancel() {
  const std::lock_guard lock(shared_->mutex);
  reads_ended_ = true;
  cancelled_ = true;
  results_.resize(writing_ ? 1 : 0);
  outstanding_ = writing_ ? 1 : 0;  // nobody waits for the others' results any more; their commands stand
  maybe_finish();
}

void CommandStream::OnDone() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->stream = nullptr;
  }
  if (cancels_on_disconnect_ && !accounts_.empty()) service_.disconnects().add(accounts_);
  service_.stats().streams.fetch_sub(1, std::memory_order_relaxed);
  delete this;
}

}  // namespace sluice::command
