// Callers: who makes a gRPC call. One interface, so that services need not know where a name comes from. Thread: any.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string_view>

#include "domain/text.h"

namespace sluice::runtime {

/// The principal of a caller who does not say who it is.
inline constexpr std::string_view kAnonymous = "anonymous";

class Callers {
 public:
  virtual ~Callers() = default;
  /// Sets `who`, to kAnonymous if nothing names the caller. INVALID_ARGUMENT if what names it is no principal.
  virtual grpc::Status of(const grpc::CallbackServerContext& call, Principal& who) const = 0;
};

/// Believes the metadata key `sluice-principal`: 1..64 printable ASCII characters.
std::unique_ptr<Callers> callers_by_metadata();

}  // namespace sluice::runtime
