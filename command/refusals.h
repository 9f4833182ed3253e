// Refusals: ends calls that are not let in, and tells the audit of them: who wanted what, and why not. Threads: any.
#pragma once

#include <grpcpp/grpcpp.h>

#include <string_view>

#include "audit/service_audit.h"
#include "runtime/callers.h"

namespace sluice::command {

/// What a call wants, as far as it can be said before it has been understood.
struct Request {
  std::string_view method;
  std::string_view command_id;  // as the client wrote it; empty: none
  std::string_view key;         // account, symbol or strategy
};

class Refusals {
 public:
  /// Both outlive it. `audit` may be null: then nobody is told.
  Refusals(const runtime::Callers& callers, audit::ServiceAudit* audit) : callers_(callers), audit_(audit) {}

  const runtime::Callers& callers() const { return callers_; }
  /// Empty if what names the caller is no principal.
  Principal caller_of(const grpc::CallbackServerContext& context) const;
  /// Ends the call with `status`, which is not OK.
  grpc::ServerUnaryReactor* finish(grpc::CallbackServerContext* context, const Request& request,
                                   const grpc::Status& status) const;
  /// One command of a stream.
  void tell(const Request& request, const Principal& by, const grpc::Status& status) const;

 private:
  const runtime::Callers& callers_;
  audit::ServiceAudit* const audit_;
};

}  // namespace sluice::command
