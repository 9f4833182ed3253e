// A real nats-server on a free port, with the configuration Sluice ships. SLUICE_NATS_SERVER names another binary.
#pragma once

#include <memory>
#include <string>

#include "eventlog/jetstream_log.h"
#include "support/process.h"

namespace sluice::test {

class NatsServer {
 public:
  /// `sync`: fsync of every write, as shipped; false makes tests that are not about power loss faster.
  explicit NatsServer(bool sync = false);
  void start();
  void stop(int signal);
  /// Stops it, and starts it again on the same data.
  void restart(int signal);

  std::string url() const { return "nats://127.0.0.1:" + std::to_string(port_); }
  eventlog::JetstreamOptions options() const { return {.url = url(), .name = "test"}; }
  const std::filesystem::path& dir() const { return dir_.path(); }
  int port() const { return port_; }

 private:
  TempDir dir_;
  int port_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace sluice::test
