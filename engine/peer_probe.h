// PeerProbe: asks another engine's control port whether it is alive. One thread.
#pragma once

#include <memory>
#include <string>

#include "sluice/v1/engine.grpc.pb.h"

namespace sluice::engine {

class PeerProbe {
 public:
  /// `address` host:port; empty: answers() is always false.
  explicit PeerProbe(const std::string& address);
  /// True if the peer answered within 200 ms, whatever it says of itself.
  bool answers();

 private:
  std::unique_ptr<v1::EngineControlService::Stub> stub_;
};

}  // namespace sluice::engine
