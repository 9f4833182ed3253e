#include "cli/kill/engager.h"

#include <algorithm>

#include "cli/context.h"
#include "cli/kill/record_watch.h"
#include "runtime/channel.h"
#include "runtime/clock.h"
#include "sluice/v1/engine.grpc.pb.h"
#include "sluice/v1/kill_switch.grpc.pb.h"

namespace sluice::cli {

namespace {

// Longer than service and engine wait themselves, so that their own answer comes first.
constexpr Nanos kCallMax{3 * kNanosPerSecond};
constexpr Nanos kTryAgain{100 * kNanosPerMilli};
// A service that has the kill goes on by itself, and each request puts one more command into its queue.
constexpr Nanos kAskServiceAgain{kNanosPerSecond};
constexpr Nanos kAskServiceAgainMax{10 * kNanosPerSecond};
constexpr Nanos kAskStandbyAgain{500 * kNanosPerMilli};
constexpr Nanos kReadLogAfter{300 * kNanosPerMilli};

}  // namespace

Engager::Engager(EngageTargets targets, v1::EngageRequest kill, std::string by)
    : targets_(std::move(targets)),
      kill_(std::move(kill)),
      by_(std::move(by)),
      progress_(kill_.kill_id(), targets_.shards, targets_.engines, !targets_.service.empty()) {
  if (!targets_.service.empty()) threads_.emplace_back([this] { ask_service(targets_.engines.size()); });
  for (std::size_t i = 0; i < targets_.engines.size(); ++i) threads_.emplace_back([this, i] { ask_engine(i); });
  if (targets_.log != nullptr) threads_.emplace_back([this] { read_log(); });
}

Engager::~Engager() {
  stop_.store(true);
  stopped_.ring();
  service_heard_.ring();
  {
    const std::lock_guard lock(mutex_);
    for (grpc::ClientContext* context : under_way_) context->TryCancel();
  }
  for (std::thread& thread : threads_) thread.join();
}

bool Engager::settled() const {
  if (progress_.confirmed()) return true;
  if (progress_.refused()) return progress_.all_heard();
  const bool can_confirm = !targets_.service.empty() || targets_.log != nullptr;
  return !can_confirm && progress_.latched() && progress_.all_heard();
}

bool Engager::pause(Nanos span) {
  const Nanos end = runtime::steady_now() + span;
  for (Nanos now = runtime::steady_now(); now < end; now = runtime::steady_now()) {
    const std::uint32_t seen = stopped_.value();
    if (stop_.load()) return false;
    stopped_.wait(seen, end - now);
  }
  return !stop_.load();
}

void Engager::repeat(const std::function<Again(grpc::ClientContext&)>& call) {
  while (!stop_.load()) {
    grpc::ClientContext context;
    context.set_deadline(runtime::deadline_after(kCallMax));
    if (!by_.empty()) context.AddMetadata("sluice-principal", by_);
    {
      const std::lock_guard lock(mutex_);
      under_way_.push_back(&context);
    }
    // Whoever asks for the end either finds the call in the list, or is seen here.
    const Again again = stop_.load() ? Again{} : call(context);
    {
      const std::lock_guard lock(mutex_);
      std::erase(under_way_, &context);
    }
    if (!again.yes || !pause(again.pause)) return;
  }
}

void Engager::ask_service(std::size_t path) {
  const auto stub = v1::KillSwitchService::NewStub(runtime::open_channel(targets_.service));
  Nanos next = kAskServiceAgain;
  repeat([&](grpc::ClientContext& context) -> Again {
    v1::EngageResponse answer;
    const grpc::Status status = stub->Engage(&context, kill_, &answer);
    const bool wrong =
        status.error_code() == grpc::StatusCode::NOT_FOUND || status.error_code() == grpc::StatusCode::INVALID_ARGUMENT;
    if (status.ok()) progress_.take(path, answer);
    else progress_.fail(path, status.error_message(), wrong);
    service_heard_.ring();
    if (!status.ok()) return {!wrong, kTryAgain};
    const Nanos pause = next;
    next = std::min(Nanos{next.value() * 2}, kAskServiceAgainMax);
    return {!answer.confirmed(), pause};
  });
}

bool Engager::name_may_be_refused() const {
  return !targets_.service.empty() && kill_.scope() != v1::KILL_SCOPE_GLOBAL && !kill_.allow_unknown_key();
}

void Engager::ask_engine(std::size_t path) {
  const auto stub = v1::EngineControlService::NewStub(runtime::open_channel(targets_.engines[path].address));
  if (name_may_be_refused()) {
    // A service that is well sends the direct requests itself meanwhile; one that is down is heard at once.
    service_heard_.wait(0, kNameCheck);
    if (progress_.refused()) return progress_.fail(path, "not asked: the command service refused the name");
  }
  v1::LatchRequest request;
  request.set_kill_id(kill_.kill_id());
  request.set_scope(kill_.scope());
  request.set_key(kill_.key());
  request.set_mode(kill_.mode());
  request.set_reason(kill_.reason());
  request.set_principal(by_);
  repeat([&](grpc::ClientContext& context) -> Again {
    v1::LatchResponse latched;
    const grpc::Status status = stub->Latch(&context, request, &latched);
    if (!status.ok()) {
      progress_.fail(path, status.error_message());
      return {true, kTryAgain};
    }
    progress_.take(path, latched);
    return {!latched.owner(), kAskStandbyAgain};  // it may become the owner
  });
}

// The whole log with every check: a message that only looks like a record confirms nothing. Only when nobody has said
// so by then, because it may take long.
void Engager::read_log() {
  Nanos wait = kReadLogAfter;
  while (pause(wait)) {
    if (progress_.confirmed()) return;
    wait = kTryAgain;
    if (progress_.refused()) continue;
    const Result<bool> done = watch_for_record(*targets_.log, *parse_uuid(kill_.kill_id()), progress_, stop_);
    if (done.ok() && done.value()) return;
  }
}

}  // namespace sluice::cli
