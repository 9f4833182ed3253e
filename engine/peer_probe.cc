#include "engine/peer_probe.h"

#include <grpcpp/grpcpp.h>

#include <chrono>

namespace sluice::engine {

PeerProbe::PeerProbe(const std::string& address) {
  if (!address.empty()) stub_ = v1::EngineControlService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
}

bool PeerProbe::answers() {
  if (stub_ == nullptr) return false;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
  v1::EngineControlServiceStatusResponse response;
  return stub_->Status(&context, {}, &response).ok();
}

}  // namespace sluice::engine
