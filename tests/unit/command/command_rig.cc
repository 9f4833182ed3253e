#include "command_rig.h"

#include <algorithm>

#include "eventlog/provision.h"

namespace sluice::command {

namespace {
constexpr DeploymentId kDeployment{7, 7};
}

CommandRig::CommandRig(CommandRigOptions options)
    : log(options.shards, runtime::wall_now),
      options_(std::move(options)),
      directory_(options_.shards),
      book_(options_.shards) {
  for (std::uint16_t shard = 0; shard < options_.shards; ++shard) {
    const Genesis genesis{.deployment = kDeployment, .shard = ShardId{shard}, .shard_count = options_.shards};
    EXPECT_TRUE(eventlog::ensure_genesis(log, genesis).ok());
  }
}

CommandRig::~CommandRig() {
  // Servers first, as in main: a call in flight still needs what stands behind it.
  if (server_ != nullptr) server_->shutdown(Nanos{kNanosPerSecond});
  if (kill_server_ != nullptr) kill_server_->shutdown(Nanos{kNanosPerSecond});
  kill_service_.reset();
  links_.stop();
  stop_engines();
}

void CommandRig::serve(bool until_caught_up) {
  ShardLinks::Links links;
  for (std::uint16_t shard = 0; shard < options_.shards; ++shard) {
    const auto genesis = eventlog::read_genesis(log, ShardId{shard});
    links.push_back(std::make_unique<ShardLink>(log, genesis.value(), WriterId{runtime::random_id()}, directory_, book_,
                                                telemetry_.spans(), options_.link));
  }
  links_.link(std::move(links));
  audit_ =
      audit::ServiceAudit::start({.folder = dir_.path() / "audit"}, "test", {{"wait_ms", "20000"}}, clock_).value();
  refusals_ = std::make_unique<Refusals>(*callers_, audit_.get());
  service_ = std::make_unique<CommandService>(links_, directory_, *refusals_, measures_, options_.wait);
  service_->open();
  fanout_ = std::make_unique<KillFanout>(links_, book_, options_.engines);
  kill_service_ =
      std::make_unique<KillSwitchService>(links_, directory_, book_, *fanout_, *refusals_, options_.kill_wait);
  server_ = std::move(runtime::GrpcServer::start({.receive_bytes_max = 1 << 20}, {service_.get()})).value();
  kill_server_ = std::move(runtime::GrpcServer::start({}, {kill_service_.get()})).value();
  const auto channel = [](const runtime::GrpcServer& server) {
    return grpc::CreateChannel(server.address(), grpc::InsecureChannelCredentials());
  };
  orders = v1::CommandService::NewStub(channel(*server_));
  kills = v1::KillSwitchService::NewStub(channel(*kill_server_));
  if (!until_caught_up) return;
  ASSERT_TRUE(test::eventually([this] {
    return std::all_of(links_.all().begin(), links_.all().end(), [](const auto& link) { return link->serving(); });
  }));
}

std::vector<audit::AuditLine> CommandRig::audited_refusals() {
  audit_->stop("");
  auto reader = audit::AuditReader::open(dir_.path() / "audit");
  std::vector<audit::AuditLine> lines;
  audit::LineJoiner joiner;
  const auto take = [&](const audit::AuditLine& line) {
    if (line.record.action == audit::Action::kRefused) lines.push_back(line);
  };
  for (auto records = reader.value().next(); records.ok() && !records.value().empty(); records = reader.value().next())
    for (const audit::AuditRecord& record : records.value()) joiner.add(record, take);
  joiner.finish(take);
  return lines;
}

void CommandRig::start_engines() {
  for (std::uint16_t shard = 0; shard < options_.shards; ++shard) start_engine(shard);
}

void CommandRig::start_engine(std::uint16_t shard) {
  engine::ShardEngineOptions options;
  options.shard = ShardId{shard};
  options.data_dir = dir_.path() / std::to_string(shard);
  options.capacity = {.orders = 1u << 12, .keys = 1u << 14};
  RunningEngine& running = engines_[shard];
  running.engine = std::make_unique<engine::ShardEngine>(log, telemetry_.spans(), options);
  running.thread = std::thread([&started = *running.engine] { EXPECT_TRUE(started.run().ok()); });
}

void CommandRig::stop_engine(std::uint16_t shard) {
  engines_.at(shard).engine->stop();
  engines_.at(shard).thread.join();
  engines_.erase(shard);
}

void CommandRig::stop_engines() {
  for (auto& [shard, running] : engines_) running.engine->stop();
  for (auto& [shard, running] : engines_) running.thread.join();
  engines_.clear();
}

v1::CommandOptions CommandRig::fresh_options(v1::WaitLevel level) {
  v1::CommandOptions options;
  options.set_command_id(to_string(runtime::new_command_id()));
  options.set_wait_level(level);
  return options;
}

v1::SubmitOrderRequest CommandRig::order(const std::string& client_order_id, v1::WaitLevel level) {
  v1::SubmitOrderRequest request;
  *request.mutable_options() = fresh_options(level);
  auto& order = *request.mutable_order();
  order.set_account("A");
  order.set_symbol("X");
  order.set_client_order_id(client_order_id);
  order.set_side(v1::SIDE_BUY);
  order.set_type(v1::ORDER_TYPE_LIMIT);
  order.set_price(1);
  order.set_quantity(1);
  return request;
}

void CommandRig::register_usual() {
  for (const char* name : {"A", "B"}) {
    v1::RegisterAccountRequest request;
    v1::RegisterAccountResponse response;
    *request.mutable_options() = fresh_options();
    request.set_account(name);
    const auto status = call(*orders, &v1::CommandService::Stub::RegisterAccount, request, response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    ASSERT_EQ(response.results_size(), options_.shards);
  }
  v1::RegisterStrategyRequest strategy;
  v1::RegisterStrategyResponse registered;
  *strategy.mutable_options() = fresh_options();
  strategy.set_strategy("S");
  ASSERT_TRUE(call(*orders, &v1::CommandService::Stub::RegisterStrategy, strategy, registered).ok());
  for (const auto& [symbol, shard] : {std::pair{"X", 0}, std::pair{"Y", options_.shards - 1}}) {
    v1::DefineInstrumentRequest request;
    v1::DefineInstrumentResponse response;
    *request.mutable_options() = fresh_options();
    request.mutable_instrument()->set_symbol(symbol);
    request.mutable_instrument()->set_home_shard(static_cast<std::uint32_t>(shard));
    request.set_pin_shard(true);
    const auto status = call(*orders, &v1::CommandService::Stub::DefineInstrument, request, response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response.instrument().home_shard(), static_cast<std::uint32_t>(shard));
  }
}

v1::EngageRequest CommandRig::kill_of(const std::string& account) const {
  v1::EngageRequest request;
  request.set_kill_id(to_string(runtime::new_uuid()));
  request.set_scope(v1::KILL_SCOPE_ACCOUNT);
  request.set_key(account);
  request.set_reason("test");
  return request;
}

}  // namespace sluice::command
