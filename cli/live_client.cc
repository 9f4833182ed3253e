#include "cli/live_client.h"

#include <algorithm>

#include "runtime/channel.h"
#include "runtime/clock.h"
#include "runtime/doorbell.h"
#include "runtime/ids.h"

namespace sluice::cli {

namespace {

constexpr Nanos kRepeatAfter{20 * kNanosPerMilli};
constexpr int kPage = 1000;
constexpr const char* kRequester = "sluice-requester";
constexpr const char* kApprover = "sluice-approver";

Error to_error(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::INVALID_ARGUMENT: return {ErrorCode::kInvalidArgument, status.error_message()};
    case grpc::StatusCode::NOT_FOUND: return {ErrorCode::kNotFound, status.error_message()};
    default: return {ErrorCode::kUnavailable, status.error_message()};
  }
}

/// No clear answer: the same request again is safe, because it carries the same id.
bool unclear(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNAVAILABLE ||
         status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED;
}

void pause(Nanos span) {
  runtime::Doorbell bell;
  bell.wait(bell.value(), span);
}

template <typename Results>
Status all_executed(const Results& results, const std::string& what) {
  for (const v1::CommandResult& result : results) {
    if (result.outcome() == v1::OUTCOME_CODE_EXECUTED) continue;
    return Error{ErrorCode::kConflict, what + " was rejected: " + v1::RejectReason_Name(result.reason())};
  }
  return ok_status();
}

std::string fresh_id() { return to_string(runtime::new_command_id()); }

}  // namespace

LiveClient::LiveClient(const Context& context, const Endpoints& endpoints)
    : context_(context),
      commands_(v1::CommandService::NewStub(runtime::open_channel(endpoints.command))),
      kills_(v1::KillSwitchService::NewStub(runtime::open_channel(endpoints.kill))),
      queries_(v1::QueryService::NewStub(runtime::open_channel(endpoints.query))) {}

template <typename Stub, typename Request, typename Response>
Status LiveClient::call(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                        const Request& request, Response& response, const std::string& principal) {
  const Nanos deadline = runtime::steady_now() + Nanos{context_.timeout_ms * kNanosPerMilli};
  while (true) {
    grpc::ClientContext rpc;
    Context caller = context_;
    if (!principal.empty()) caller.principal = principal;
    caller.prepare(rpc);
    rpc.set_wait_for_ready(true);
    const grpc::Status status = (stub.*method)(&rpc, request, &response);
    if (status.ok()) {
      if constexpr (requires { response.token(); }) merge(response.token());
      return ok_status();
    }
    if (!unclear(status) || runtime::steady_now() > deadline) return to_error(status);
    pause(kRepeatAfter);
  }
}

void LiveClient::merge(const v1::Token& token) {
  for (const auto& [shard, sequence] : token.shards()) {
    auto& seen = (*token_.mutable_shards())[shard];
    seen = std::max<std::uint64_t>(seen, sequence);
  }
}

template <typename Request, typename Response>
Status LiveClient::define(grpc::Status (v1::CommandService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                                           Response*),
                          Request request) {
  request.mutable_options()->set_command_id(fresh_id());
  Response response;
  if (const Status called = call(*commands_, method, request, response); !called.ok()) return called;
  return all_executed(response.results(), request.GetTypeName());
}

Status LiveClient::define_instrument(const v1::Instrument& instrument) {
  v1::DefineInstrumentRequest request;
  *request.mutable_instrument() = instrument;
  return define(&v1::CommandService::Stub::DefineInstrument, std::move(request));
}

Status LiveClient::register_account(const std::string& account) {
  v1::RegisterAccountRequest request;
  request.set_account(account);
  return define(&v1::CommandService::Stub::RegisterAccount, std::move(request));
}

Status LiveClient::register_strategy(const std::string& strategy) {
  v1::RegisterStrategyRequest request;
  request.set_strategy(strategy);
  return define(&v1::CommandService::Stub::RegisterStrategy, std::move(request));
}

Status LiveClient::set_instrument_state(const std::string& symbol, v1::InstrumentState state) {
  v1::SetInstrumentStateRequest request;
  request.set_symbol(symbol);
  request.set_state(state);
  return define(&v1::CommandService::Stub::SetInstrumentState, std::move(request));
}

Result<v1::SetLimitsResponse> LiveClient::set_limits(v1::SetLimitsRequest request) {
  request.mutable_options()->set_command_id(fresh_id());
  v1::SetLimitsResponse response;
  if (const Status called = call(*commands_, &v1::CommandService::Stub::SetLimits, request, response); !called.ok())
    return called.error();
  return response;
}

template <typename Request, typename Response>
Result<v1::CommandResult> LiveClient::order(grpc::Status (v1::CommandService::Stub::*method)(grpc::ClientContext*,
                                                                                             const Request&, Response*),
                                            Request request) {
  request.mutable_options()->set_command_id(fresh_id());
  request.mutable_options()->set_wait_level(v1::WAIT_LEVEL_EXECUTED);
  request.mutable_options()->set_include_events(true);
  Response response;
  if (const Status called = call(*commands_, method, request, response); !called.ok()) return called.error();
  return response.result();
}

Result<v1::CommandResult> LiveClient::submit(const v1::SubmitOrder& submit) {
  v1::SubmitOrderRequest request;
  *request.mutable_order() = submit;
  return order(&v1::CommandService::Stub::SubmitOrder, std::move(request));
}

Result<v1::CommandResult> LiveClient::cancel(const v1::CancelOrder& cancel) {
  v1::CancelOrderRequest request;
  *request.mutable_cancel() = cancel;
  return order(&v1::CommandService::Stub::CancelOrder, std::move(request));
}

Result<v1::CommandResult> LiveClient::replace(const v1::ReplaceOrder& replace) {
  v1::ReplaceOrderRequest request;
  *request.mutable_replace() = replace;
  return order(&v1::CommandService::Stub::ReplaceOrder, std::move(request));
}

Status LiveClient::cancel_all(const std::string& account) {
  v1::CancelAllRequest request;
  request.mutable_options()->set_wait_level(v1::WAIT_LEVEL_EXECUTED);
  request.mutable_cancel_all()->set_account(account);
  return define(&v1::CommandService::Stub::CancelAll, std::move(request));
}

Result<v1::EngageResponse> LiveClient::engage(v1::KillScope scope, const std::string& key, v1::KillMode mode) {
  v1::EngageRequest request;
  request.set_kill_id(to_string(runtime::new_uuid()));
  request.set_scope(scope);
  request.set_key(key);
  request.set_mode(mode);
  request.set_allow_unknown_key(true);
  v1::EngageResponse response;
  if (const Status called = call(*kills_, &v1::KillSwitchService::Stub::Engage, request, response); !called.ok())
    return called.error();
  if (!response.confirmed())
    return Error{ErrorCode::kUnavailable, "the kill is not confirmed by every shard: " + response.ShortDebugString()};
  return response;
}

Status LiveClient::release(v1::KillScope scope, const std::string& key, const std::string& kill_id) {
  v1::RequestReleaseRequest request;
  request.set_scope(scope);
  request.set_key(key);
  request.set_kill_id(kill_id);
  request.set_release_id(to_string(runtime::new_uuid()));
  v1::RequestReleaseResponse requested;
  if (const Status called = call(*kills_, &v1::KillSwitchService::Stub::RequestRelease, request, requested, kRequester);
      !called.ok())
    return called;
  if (const Status executed = all_executed(requested.results(), "the release request"); !executed.ok()) return executed;
  v1::ApproveReleaseRequest approval;
  approval.set_release_id(requested.release_id());
  v1::ApproveReleaseResponse approved;
  if (const Status called = call(*kills_, &v1::KillSwitchService::Stub::ApproveRelease, approval, approved, kApprover);
      !called.ok())
    return called;
  return all_executed(approved.results(), "the approval");
}

template <typename Request, typename Response>
Result<Response> LiveClient::read(grpc::Status (v1::QueryService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                                                 Response*),
                                  Request request) {
  *request.mutable_token() = token_;
  Response response;
  if (const Status called = call(*queries_, method, request, response); !called.ok()) return called.error();
  return response;
}

Result<v1::GetBookResponse> LiveClient::book(const std::string& symbol, int depth, bool with_queue) {
  v1::GetBookRequest request;
  request.set_symbol(symbol);
  request.set_depth(depth);
  request.set_with_queue(with_queue);
  return read(&v1::QueryService::Stub::GetBook, std::move(request));
}

Result<v1::ListPositionsResponse> LiveClient::positions(const std::string& account) {
  v1::ListPositionsRequest request;
  request.set_account(account);
  return read(&v1::QueryService::Stub::ListPositions, std::move(request));
}

Result<v1::ListWaitingStopsResponse> LiveClient::waiting_stops(const std::string& symbol) {
  v1::ListWaitingStopsRequest request;
  request.set_symbol(symbol);
  return read(&v1::QueryService::Stub::ListWaitingStops, std::move(request));
}

Result<std::uint64_t> LiveClient::live_orders(const std::string& account, const std::string& symbol) {
  v1::ListOrdersRequest request;
  request.set_account(account);
  request.set_symbol(symbol);
  request.set_live_only(true);
  request.set_page_size(kPage);
  std::uint64_t count = 0;
  do {
    const auto page = read(&v1::QueryService::Stub::ListOrders, request);
    if (!page.ok()) return page.error();
    count += static_cast<std::uint64_t>(page.value().orders_size());
    request.set_page_token(page.value().next_page_token());
  } while (!request.page_token().empty());
  return count;
}

}  // namespace sluice::cli
