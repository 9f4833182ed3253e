// LiveClient: the whole public contract as plain calls, for tools that drive a running Sluice (load, scenarios). It
// makes command ids, repeats a call whose answer was unclear under the same id, and remembers the token, so that every
// read sees every write before it. One thread.
#pragma once

#include <memory>
#include <string>

#include "cli/context.h"
#include "sluice/v1/command.grpc.pb.h"
#include "sluice/v1/kill_switch.grpc.pb.h"
#include "sluice/v1/query.grpc.pb.h"

namespace sluice::cli {

/// Errors of every call: kUnavailable (no clear answer within the context's time-out), kNotFound (a name),
/// kInvalidArgument, kConflict (refused, where a refusal is not a result).
class LiveClient {
 public:
  /// `context` gives time-out and principal and must outlive the client.
  LiveClient(const Context& context, const Endpoints& endpoints);

  // Reference data; what exists already is no error.
  Status define_instrument(const v1::Instrument& instrument);
  Status register_account(const std::string& account);
  Status register_strategy(const std::string& strategy);
  Result<v1::SetLimitsResponse> set_limits(v1::SetLimitsRequest request);
  Status set_instrument_state(const std::string& symbol, v1::InstrumentState state);

  // Orders, EXECUTED and with their events. A rejection is a result.
  Result<v1::CommandResult> submit(const v1::SubmitOrder& order);
  Result<v1::CommandResult> cancel(const v1::CancelOrder& cancel);
  Result<v1::CommandResult> replace(const v1::ReplaceOrder& replace);
  Status cancel_all(const std::string& account);

  /// Engages and returns when every shard confirmed.
  Result<v1::EngageResponse> engage(v1::KillScope scope, const std::string& key,
                                    v1::KillMode mode = v1::KILL_MODE_BLOCK_AND_CANCEL);
  /// Request by one person, approval by another.
  Status release(v1::KillScope scope, const std::string& key, const std::string& kill_id);

  // Reads, each behind all that this client has done.
  Result<v1::GetBookResponse> book(const std::string& symbol, int depth, bool with_queue);
  Result<v1::ListPositionsResponse> positions(const std::string& account);
  Result<v1::ListWaitingStopsResponse> waiting_stops(const std::string& symbol);
  /// Number of live orders of an account in an instrument.
  Result<std::uint64_t> live_orders(const std::string& account, const std::string& symbol);

  const v1::Token& token() const { return token_; }

 private:
  template <typename Stub, typename Request, typename Response>
  Status call(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
              const Request& request, Response& response, const std::string& principal = {});
  template <typename Request, typename Response>
  Status define(grpc::Status (v1::CommandService::Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                Request request);
  template <typename Request, typename Response>
  Result<v1::CommandResult> order(grpc::Status (v1::CommandService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                                                   Response*),
                                  Request request);
  template <typename Request, typename Response>
  Result<Response> read(grpc::Status (v1::QueryService::Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                        Request request);
  void merge(const v1::Token& token);

  const Context& context_;
  std::unique_ptr<v1::CommandService::Stub> commands_;
  std::unique_ptr<v1::KillSwitchService::Stub> kills_;
  std::unique_ptr<v1::QueryService::Stub> queries_;
  v1::Token token_;
};

}  // namespace sluice::cli
