// Slots → results and errors as clients see them. Threads: any.
#pragma once

#include <grpcpp/grpcpp.h>

#include "command/command_batch.h"
#include "command/directory.h"
#include "sluice/v1/command.pb.h"

namespace sluice::command {

/// The slot's result; call only if it has no error.
void write_result(const Slot& slot, const Directory& directory, v1::CommandResult& result);
/// Raises the token to the slot's place.
void write_token(const Slot& slot, v1::Token& token);
/// The status of a single call: OK, or the slot's error.
grpc::Status status_of(const Slot& slot);

/// Ends a call that has nothing to wait for.
grpc::ServerUnaryReactor* finish(grpc::CallbackServerContext* context, const grpc::Status& status);

/// True if the request is wrong, and would be wrong again.
bool is_client_fault(const grpc::Status& status);

}  // namespace sluice::command
