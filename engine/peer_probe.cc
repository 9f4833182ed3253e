#include "engine/peer_probe.h"

#include "runtime/channel.h"
#include "runtime/clock.h"

namespace sluice::engine {

PeerProbe::PeerProbe(const std::string& address) {
  if (!address.empty()) stub_ = v1::EngineControlService::NewStub(runtime::open_channel(address));
}

bool PeerProbe::answers() {
  if (stub_ == nullptr) return false;
  grpc::ClientContext context;
  context.set_deadline(runtime::deadline_after(Nanos{200 * kNanosPerMilli}));
  v1::EngineControlServiceStatusResponse response;
  return stub_->Status(&context, {}, &response).ok();
}

}  // namespace sluice::engine
