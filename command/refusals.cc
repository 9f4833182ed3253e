#include "command/refusals.h"

#include "command/result_mapping.h"
#include "domain/uuid.h"

namespace sluice::command {

Principal Refusals::caller_of(const grpc::CallbackServerContext& context) const {
  Principal by;
  return callers_.of(context, by).ok() ? by : Principal{};
}

grpc::ServerUnaryReactor* Refusals::finish(grpc::CallbackServerContext* context, const Request& request,
                                           const grpc::Status& status) const {
  tell(request, caller_of(*context), status);
  return command::finish(context, status);
}

void Refusals::tell(const Request& request, const Principal& by, const grpc::Status& status) const {
  if (audit_ == nullptr) return;
  const auto id = parse_uuid(request.command_id);
  audit_->refused({.method = request.method,
                   .principal = by.view(),
                   .key = request.key,
                   .command_id = id.value_or(Uuid{}),
                   .status = static_cast<int>(status.error_code()),
                   .why = status.error_message()});
}

}  // namespace sluice::command
