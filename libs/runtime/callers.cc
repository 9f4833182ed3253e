#include "runtime/callers.h"

#include <string>

#include "runtime/status_mapping.h"

namespace sluice::runtime {

namespace {

class MetadataCallers final : public Callers {
 public:
  grpc::Status of(const grpc::CallbackServerContext& call, Principal& who) const override {
    const auto found = call.client_metadata().find("sluice-principal");
    const std::string text = found == call.client_metadata().end()
                                 ? std::string(kAnonymous)
                                 : std::string(found->second.data(), found->second.size());
    if (!is_printable(text, Principal::kBytesMax))
      return invalid_argument({{"metadata sluice-principal", "must be 1..64 printable ASCII characters"}});
    who = *Principal::from(text);
    return grpc::Status::OK;
  }
};

}  // namespace

std::unique_ptr<Callers> callers_by_metadata() { return std::make_unique<MetadataCallers>(); }

}  // namespace sluice::runtime
