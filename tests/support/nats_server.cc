#include "support/nats_server.h"

#include <cstdlib>
#include <fstream>

#include "base/invariant.h"

namespace sluice::test {

namespace {
std::string binary() {
  const char* named = std::getenv("SLUICE_NATS_SERVER");
  return named != nullptr && *named != '\0' ? named : "nats-server";
}
}  // namespace

NatsServer::NatsServer(bool sync) : port_(free_port()) {
  std::ofstream config(dir_.path() / "nats.conf");
  config << "listen: 127.0.0.1:" << port_ << "\njetstream {\n  store_dir: " << (dir_.path() / "data").string()
         << "\n  max_file_store: 4GB\n"
         << "  max_memory_store: 64MB\n"
         << (sync ? "  sync_interval: always\n" : "") << "}\n";
  config.close();
  start();
}

void NatsServer::start() {
  process_ = std::make_unique<Process>(std::vector<std::string>{binary(), "-c", (dir_.path() / "nats.conf").string()},
                                       dir_.path() / "nats.log");
  INVARIANT(eventually([this] { return eventlog::jetstream_request(options(), "$JS.API.INFO", "").ok(); }));
}

void NatsServer::stop(int signal) {
  process_->kill(signal);
  process_->wait();
}

void NatsServer::restart(int signal) {
  stop(signal);
  start();
}

}  // namespace sluice::test
