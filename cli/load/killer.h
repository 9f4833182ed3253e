// Killer: engages an account kill while a load runs and releases it again as two people do, every so often, one account
// after the other. One thread of its own; start, stop and result from another.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "domain/money.h"
#include "runtime/doorbell.h"
#include "sluice/v1/kill_switch.grpc.pb.h"
#include "telemetry/histogram.h"

namespace sluice::load {

/// What became of the kills; times in steady nanoseconds since the start of the load.
struct KillTally {
  struct Held {
    std::string account;
    Nanos engaged, released;
  };
  std::uint64_t asked = 0;
  std::uint64_t confirmed = 0;   // by every shard
  std::uint64_t released = 0;    // in every shard
  telemetry::Histogram confirm;  // asked → confirmed
  std::vector<Held> held;
  std::string error;  // of the newest kill or release that did not succeed
};

class Killer {
 public:
  /// Every `every` an account is killed, for a quarter of that time, one second at most.
  Killer(const std::shared_ptr<grpc::Channel>& channel, std::vector<std::string> accounts, Nanos every, Nanos start);
  ~Killer();
  /// Releases what is engaged, then ends; what became of all.
  KillTally stop();

 private:
  void run();
  bool pause_until(Nanos moment);
  std::string engage(const std::string& account);
  bool release(const std::string& account, const std::string& kill_id);

  const std::unique_ptr<v1::KillSwitchService::Stub> stub_;
  const std::vector<std::string> accounts_;
  const Nanos every_;
  const Nanos start_;
  KillTally tally_;  // the thread's, until it is joined
  std::atomic<bool> stop_{false};
  runtime::Doorbell bell_;
  std::thread thread_;
};

}  // namespace sluice::load
