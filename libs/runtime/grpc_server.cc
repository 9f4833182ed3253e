#include "runtime/grpc_server.h"

#include <fmt/format.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>

#include <mutex>

#include "runtime/clock.h"
#include "runtime/config.h"

namespace sluice::runtime {

namespace {

void enable_plugins() {
  static std::once_flag once;
  std::call_once(once, [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });
}

void set_limits(grpc::ServerBuilder& builder, const GrpcServerOptions& options) {
  const int ping_millis = static_cast<int>(options.ping_interval_min.value() / kNanosPerMilli);
  builder.SetMaxReceiveMessageSize(options.receive_bytes_max);
  builder.SetMaxSendMessageSize(options.send_bytes_max);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, options.metadata_bytes_max);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.concurrent_streams_max);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 5000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, ping_millis);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 2);
  // A peer that vanished without a FIN must not hold its streams for ever.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  // Two processes on one port would each get half of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  grpc::ResourceQuota quota("sluice");
  quota.Resize(options.memory_bytes_max).SetMaxThreads(options.threads_max);
  builder.SetResourceQuota(quota);
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 1);
}

}  // namespace

Result<std::unique_ptr<GrpcServer>> GrpcServer::start(const GrpcServerOptions& options,
                                                      const std::vector<grpc::Service*>& services) {
  const Status allowed = check_listen_address(options.listen, options.insecure);
  if (!allowed.ok()) return allowed.error();
  const ListenAddress address = parse_listen_address(options.listen).value();
  enable_plugins();
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(options.listen, grpc::InsecureServerCredentials(), &port);
  set_limits(builder, options);
  for (grpc::Service* const service : services) builder.RegisterService(service);
  std::unique_ptr<GrpcServer> server(new GrpcServer);
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr || port == 0) {
    return Error{
        ErrorCode::kUnavailable,
        fmt::format("cannot listen on {}: the port is taken, or the host is not of this machine", options.listen)};
  }
  server->port_ = static_cast<std::uint16_t>(port);
  const bool is_ipv6 = address.host.find(':') != std::string::npos;
  server->address_ = fmt::format(fmt::runtime(is_ipv6 ? "[{}]:{}" : "{}:{}"), address.host, port);
  server->set_serving(false);
  return server;
}

GrpcServer::~GrpcServer() { shutdown(Nanos{kNanosPerSecond}); }

void GrpcServer::set_serving(bool serving) {
  if (server_ == nullptr) return;
  grpc::HealthCheckServiceInterface* const health = server_->GetHealthCheckService();
  health->SetServingStatus(serving);
}

void GrpcServer::shutdown(Nanos bound) {
  if (server_ == nullptr) return;
  server_->Shutdown(deadline_after(bound));
  server_->Wait();
  server_.reset();
}

}  // namespace sluice::runtime
