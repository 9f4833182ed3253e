#include "query/watch_call.h"

#include <variant>

#include "query/proto_mapping.h"
#include "runtime/status_mapping.h"

namespace sluice::query {

namespace {

constexpr int kAnswersAPump = 2048;              // without a match; then others have their turn
constexpr std::size_t kProgressMarkAfter = 256;  // answers without a match

bool covers(const EngageKillSwitch& kill, const WatchFilter& filter) {
  if (kill.scope == KillScope::kGlobal) return true;
  if (kill.scope == KillScope::kAccount && kill.key == filter.account) return true;
  return kill.scope == KillScope::kSymbol && kill.key == filter.symbol;
}

}  // namespace

WatchCall::WatchCall(const WatchSources& sources, WatchFilter filter, std::vector<EvtSequence> positions)
    : sources_(sources), filter_(filter), shards_(positions.size()) {
  for (std::size_t i = 0; i < positions.size(); ++i) shards_[i].position = positions[i];
}

grpc::ServerWriteReactor<v1::WatchResponse>* WatchCall::start(const WatchSources& sources, WatchFilter filter,
                                                              std::vector<EvtSequence> positions) {
  const std::shared_ptr<WatchCall> call(new WatchCall(sources, filter, std::move(positions)));
  call->self_ = call;
  // Listen first, look then: what comes in between is told.
  sources.hub.add(call);
  call->StartSendInitialMetadata();
  call->pump();
  return call.get();
}

void WatchCall::OnWriteDone(bool ok) {
  {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    cancelled_ = cancelled_ || !ok;
  }
  pump();
}

void WatchCall::OnCancel() {
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
  }
  pump();
}

void WatchCall::OnDone() {
  sources_.hub.remove(this);
  // The hub may hold the last reference for a moment; then this object goes with it.
  const std::shared_ptr<WatchCall> last = std::move(self_);
}

/// Starts the next write if there is none in flight and something to write, or ends the call. The gRPC operation itself
/// is started outside the lock; `writing_` and `finished_` keep others out meanwhile.
void WatchCall::pump() {
  std::optional<grpc::Status> end;
  {
    const std::lock_guard lock(mutex_);
    if (finished_ || writing_) return;
    if (cancelled_) end = grpc::Status(grpc::StatusCode::CANCELLED, "the watcher has gone");
    else if (sources_.hub.closed())
      end = runtime::to_grpc_status({ErrorCode::kUnavailable, "shutting down: resume from sequence + 1"});
    else end = advance();
    if (end) finished_ = true;
    else if (ready_) writing_ = true;
    else return;
    ready_ = false;
    if (end) {
      for (Shard& shard : shards_) shard.history.reset();
    }
  }
  if (end) Finish(*end);
  else StartWrite(&response_);
}

/// Looks for the next answer with a match. Sets ready_, or returns the status that ends the call.
std::optional<grpc::Status> WatchCall::advance() {
  std::size_t idle = 0;
  for (int looked = 0; idle < shards_.size(); ++looked) {
    if (looked == kAnswersAPump) {
      sources_.hub.poke();
      return std::nullopt;
    }
    const ShardId id{static_cast<std::uint16_t>(turn_)};
    Shard& shard = shards_[turn_];
    turn_ = (turn_ + 1) % shards_.size();
    SharedAnswer answer;
    if (std::optional<grpc::Status> failed = take(id, shard, answer)) return failed;
    if (answer == nullptr) {
      ++idle;
      continue;
    }
    idle = 0;
    INVARIANT(answer->sequence > shard.position);
    shard.position = answer->sequence;
    fill_response(id, *answer);
    if (response_.events_size() > 0 || ++shard.skipped >= kProgressMarkAfter) {
      shard.skipped = 0;
      ready_ = true;
      return std::nullopt;
    }
  }
  return std::nullopt;
}

/// The next answer of a shard, if there is one now.
std::optional<grpc::Status> WatchCall::take(ShardId id, Shard& shard, SharedAnswer& answer) {
  if (sources_.hub.next(id, shard.position, answer) != WatchHub::Next::kBehind) {
    shard.history.reset();
    return std::nullopt;
  }
  if (shard.history == nullptr) shard.history = sources_.history.open(id, shard.position, shared_from_this());
  if (shard.history == nullptr)
    return runtime::resource_exhausted("too many watchers read history just now", Nanos{kNanosPerSecond});
  // Between two looks the hub may have caught the watcher up; what history still holds is then left alone.
  if (shard.history->take(answer) == CatchUp::Taken::kFailed) return runtime::to_grpc_status(shard.history->error());
  if (answer != nullptr && answer->sequence <= shard.position) answer.reset();
  return std::nullopt;
}

void WatchCall::fill_response(ShardId id, const FoldedAnswer& answer) {
  response_.Clear();
  response_.set_shard(id.value());
  response_.set_sequence(answer.sequence.value());
  protomap::append_events(answer.answer, {id, answer.sequence}, ShardNames(sources_.names, id), filter_for(id),
                          *response_.mutable_events());
}

/// Ids differ from shard to shard, and a name may get its id while the watcher watches: looked up for each answer.
protomap::EventFilter WatchCall::filter_for(ShardId id) const {
  if (filter_.account.empty() && filter_.symbol.empty()) return {};
  const bool any_account = filter_.account.empty();
  const bool any_symbol = filter_.symbol.empty();
  const AccountId account =
      any_account ? AccountId{} : sources_.names.account(id, filter_.account).value_or(AccountId{});
  const auto instrument = any_symbol ? std::nullopt : sources_.names.instrument(id, filter_.symbol);
  const InstrumentId symbol = instrument ? instrument->id : InstrumentId{};
  protomap::EventFilter filter;
  filter.order = [=](const OrderEvent& event) {
    const bool ours =
        any_account || (account != AccountId{} && (event.account == account || event.other_account == account));
    return ours && (any_symbol || (symbol != InstrumentId{} && event.instrument == symbol));
  };
  // A rejected command does not say its instrument any more.
  filter.rejected = [=](const Outcome& outcome, std::uint32_t) {
    return any_symbol && account != AccountId{} && protomap::account_of(outcome) == account;
  };
  filter.control = [this, account, symbol](const ControlEvent& event) {
    if (const auto* engaged = std::get_if<KillSwitchEngaged>(&event.body)) return covers(engaged->kill, filter_);
    if (const auto* released = std::get_if<KillSwitchReleased>(&event.body)) {
      EngageKillSwitch scope;
      scope.scope = released->scope;
      scope.key = released->key;
      return covers(scope, filter_);
    }
    if (const auto* limits = std::get_if<LimitsSet>(&event.body))
      return (account != AccountId{} && limits->account == account) ||
             (symbol != InstrumentId{} && limits->instrument == symbol);
    if (const auto* registered = std::get_if<AccountRegistered>(&event.body))
      return registered->name == filter_.account;
    if (const auto* defined = std::get_if<InstrumentDefined>(&event.body))
      return defined->definition.symbol == filter_.symbol;
    if (const auto* state = std::get_if<InstrumentStateChanged>(&event.body))
      return symbol != InstrumentId{} && state->id == symbol;
    return false;
  };
  return filter;
}

}  // namespace sluice::query
