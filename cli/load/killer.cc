#include "cli/load/killer.h"

#include <algorithm>

#include "runtime/clock.h"
#include "runtime/ids.h"

namespace sluice::load {

namespace {
constexpr Nanos kDeadline{10 * kNanosPerSecond};
constexpr int kTries = 20;
constexpr Nanos kTryAgainAfter{100 * kNanosPerMilli};
constexpr const char* kRequester = "sluice-load-requester";
constexpr const char* kApprover = "sluice-load-approver";

void prepare(grpc::ClientContext& context, const char* principal) {
  context.set_deadline(runtime::deadline_after(kDeadline));
  context.AddMetadata("sluice-principal", principal);
}
}  // namespace

Killer::Killer(const std::shared_ptr<grpc::Channel>& channel, std::vector<std::string> accounts, Nanos every,
               Nanos start)
    : stub_(v1::KillSwitchService::NewStub(channel)),
      accounts_(std::move(accounts)),
      every_(every),
      start_(start),
      thread_([this] { run(); }) {}

Killer::~Killer() { (void)stop(); }

KillTally Killer::stop() {
  stop_.store(true);
  bell_.ring();
  if (thread_.joinable()) thread_.join();
  return std::move(tally_);
}

/// False if the load ends first.
bool Killer::pause_until(Nanos moment) {
  for (Nanos now = runtime::steady_now(); now < moment; now = runtime::steady_now()) {
    const std::uint32_t seen = bell_.value();
    if (stop_.load()) return false;
    bell_.wait(seen, moment - now);
  }
  return !stop_.load();
}

void Killer::run() {
  const Nanos hold{std::min(every_.value() / 4, kNanosPerSecond)};
  for (std::size_t round = 0; pause_until(start_ + Nanos{every_.value() * static_cast<std::int64_t>(round + 1)});
       ++round) {
    const std::string& account = accounts_[round % accounts_.size()];
    const Nanos asked = runtime::steady_now();
    const std::string kill_id = engage(account);
    if (kill_id.empty()) continue;
    const Nanos engaged = runtime::steady_now();
    tally_.confirm.record(static_cast<std::uint64_t>((engaged - asked).value()));
    pause_until(engaged + hold);  // the load's end does not leave an account killed
    if (release(account, kill_id)) ++tally_.released;
    tally_.held.push_back({account, engaged - start_, runtime::steady_now() - start_});
  }
}

/// The id of the kill once every shard has confirmed it; empty if it was not confirmed in time.
std::string Killer::engage(const std::string& account) {
  ++tally_.asked;
  v1::EngageRequest request;
  request.set_kill_id(to_string(runtime::new_uuid()));
  request.set_scope(v1::KILL_SCOPE_ACCOUNT);
  request.set_key(account);
  request.set_reason("sluice load --kill-every");
  for (int tried = 0; tried < kTries; ++tried) {
    grpc::ClientContext context;
    prepare(context, kRequester);
    v1::EngageResponse response;
    const grpc::Status status = stub_->Engage(&context, request, &response);
    if (status.ok() && response.confirmed()) {
      ++tally_.confirmed;
      return request.kill_id();
    }
    tally_.error = status.ok() ? "kill of " + account + " was not confirmed by every shard" : status.error_message();
    bell_.wait(bell_.value(), kTryAgainAfter);
  }
  return {};
}

bool Killer::release(const std::string& account, const std::string& kill_id) {
  v1::RequestReleaseRequest request;
  request.set_scope(v1::KILL_SCOPE_ACCOUNT);
  request.set_key(account);
  request.set_kill_id(kill_id);
  request.set_reason("sluice load --kill-every");
  request.set_release_id(to_string(runtime::new_uuid()));
  for (int tried = 0; tried < kTries; ++tried) {
    grpc::ClientContext asking;
    prepare(asking, kRequester);
    v1::RequestReleaseResponse requested;
    grpc::Status status = stub_->RequestRelease(&asking, request, &requested);
    if (status.ok()) {
      v1::ApproveReleaseRequest approval;
      approval.set_release_id(requested.release_id());
      grpc::ClientContext approving;
      prepare(approving, kApprover);
      v1::ApproveReleaseResponse approved;
      status = stub_->ApproveRelease(&approving, approval, &approved);
      if (status.ok() && approved.released()) return true;
    }
    tally_.error = status.ok() ? "release of " + account + " was refused by a shard" : status.error_message();
    bell_.wait(bell_.value(), kTryAgainAfter);
  }
  return false;
}

}  // namespace sluice::load
