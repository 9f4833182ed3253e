// One call to the kill switch's port. One thread.
#pragma once

#include "cli/context.h"
#include "runtime/channel.h"
#include "sluice/v1/kill_switch.grpc.pb.h"

namespace sluice::cli {

/// UNAVAILABLE also if it is not known where the service is.
template <typename Request, typename Response>
grpc::Status call_kill_service(const Context& context, const Request& request, Response& response,
                               grpc::Status (v1::KillSwitchService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                                                   Response*)) {
  const auto endpoints = context.endpoints();
  if (!endpoints.ok()) return {grpc::StatusCode::UNAVAILABLE, endpoints.error().message};
  grpc::ClientContext rpc;
  context.prepare(rpc);
  const auto stub = v1::KillSwitchService::NewStub(runtime::open_channel(endpoints.value().kill));
  return (stub.get()->*method)(&rpc, request, &response);
}

}  // namespace sluice::cli
