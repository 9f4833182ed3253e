#include "runtime/channel.h"

#include <arpa/inet.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server_posix.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "base/invariant.h"
#include "runtime/doorbell.h"
#include "runtime/health_probe.h"

namespace sluice::runtime {
namespace {

/// A gRPC server that takes its one connection only after `late`: TCP is there, its handshake is not.
class LateServer {
 public:
  explicit LateServer(Nanos late) {
    grpc::EnableDefaultHealthCheckService(true);
    server_ = grpc::ServerBuilder().BuildAndStart();
    listening_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const bare = reinterpret_cast<sockaddr*>(&address);
    INVARIANT(::bind(listening_, bare, size) == 0 && ::listen(listening_, 1) == 0);
    INVARIANT(::getsockname(listening_, bare, &size) == 0);
    address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    accepting_ = std::thread([this, late] {
      const int connection = ::accept(listening_, nullptr, nullptr);
      Doorbell bell;
      bell.wait(bell.value(), late);
      grpc::AddInsecureChannelFromFd(server_.get(), connection);
    });
  }
  ~LateServer() {
    accepting_.join();
    server_->Shutdown();
    ::close(listening_);
  }
  const std::string& address() const { return address_; }

 private:
  std::unique_ptr<grpc::Server> server_;
  int listening_ = -1;
  std::string address_;
  std::thread accepting_;
};

TEST(Channel, AServerThatIsSlowToShakeHandsIsWaitedFor) {
  const LateServer server(Nanos{600 * kNanosPerMilli});
  EXPECT_TRUE(is_serving(server.address(), Nanos{20 * kNanosPerSecond}));
}

}  // namespace
}  // namespace sluice::runtime
