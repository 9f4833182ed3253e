// A whole sluice-query in this process: MemoryLog, RocksDB in a directory of its own, gRPC on a free port.
#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sluice/v1/query.grpc.pb.h>

#include <chrono>

#include "query/query_app.h"
#include "support/process.h"
#include "support/random_flow.h"
#include "support/shard_rig.h"

namespace sluice::query {

class QueryFixture : public testing::Test {
 protected:
  static QueryAppOptions options_in(const std::filesystem::path& directory) {
    QueryAppOptions options;
    options.data_dir = directory;
    options.listen = "127.0.0.1:0";
    options.metrics_listen.clear();
    return options;
  }
  void start(QueryAppOptions options) {
    auto app = QueryApp::start(log_, options);
    ASSERT_TRUE(app.ok()) << app.error().message;
    app_ = std::move(app).value();
    stub_ = v1::QueryService::NewStub(grpc::CreateChannel(app_->address(), grpc::InsecureChannelCredentials()));
  }
  void start() { start(options_in(dir_.path() / "views")); }

  /// The token of everything written so far.
  v1::Token now() const {
    v1::Token token;
    (*token.mutable_shards())[0] = rig_.cmd_sequence().value();
    return token;
  }
  /// Sends `request` with now() as its token.
  template <typename Request, typename Response>
  grpc::Status call(grpc::Status (v1::QueryService::Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    Request request, Response& response) {
    *request.mutable_token() = now();
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    response.Clear();
    return (stub_.get()->*method)(&context, request, &response);
  }
  /// Runs one order command; the id of the order it concerns.
  OrderId run(const OrderCommand& command) {
    rig_.orders({command});
    return rig_.answer().outcomes.at(0).order_id;
  }

  test::TempDir dir_;
  eventlog::MemoryLog log_{1};
  test::ShardRig rig_{log_};
  std::unique_ptr<QueryApp> app_;
  std::unique_ptr<v1::QueryService::Stub> stub_;
};

}  // namespace sluice::query
