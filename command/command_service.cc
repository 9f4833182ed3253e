#include "command/command_service.h"

#include "command/command_stream.h"
#include "command/result_mapping.h"
#include "protomap/enums.h"
#include "protomap/event_proto.h"
#include "runtime/clock.h"
#include "runtime/ids.h"
#include "runtime/status_mapping.h"
#include "runtime/ticks.h"

namespace sluice::command {

namespace {

constexpr Nanos kRetryAfter{50 * kNanosPerMilli};
constexpr Nanos kRetryAfterWhenFull{kNanosPerSecond};

}  // namespace

void CommandServiceStats::count(const Slot& slot) {
  const auto add = [](Count& counter) { counter.fetch_add(1, std::memory_order_relaxed); };
  if (slot.error) add(failed[static_cast<std::size_t>(slot.error->code)]);
  else if (!slot.outcome) add(logged);
  else if ((slot.outcome->flags & kFlagRepeat) != 0) add(repeated);
  else add(slot.outcome->code == OutcomeCode::kExecuted ? executed : rejected);
}

CommandService::CommandService(const ShardLinks& shards, Directory& directory, const Refusals& refusals,
                               OrderMeasures& measures, Nanos wait_default)
    : shards_(shards),
      directory_(directory),
      refusals_(refusals),
      measures_(measures),
      translator_(directory),
      wait_default_(wait_default),
      disconnects_(shards, directory) {}

Nanos CommandService::deadline_of(const grpc::CallbackServerContext& context) const {
  const Nanos now = runtime::steady_now();
  const std::int64_t left = runtime::time_left(context.deadline()).value();
  // A client without a deadline has one far in the future. A little earlier than the client's, so that it hears a
  // reason.
  if (left > wait_default_.value()) return now + wait_default_;
  return now + Nanos{left - left / 10};
}

grpc::Status CommandService::refuse_if_closed() {
  if (open_.load(std::memory_order_acquire)) return grpc::Status::OK;
  stats_.not_ready.fetch_add(1, std::memory_order_relaxed);
  return runtime::to_grpc_status(
      {ErrorCode::kUnavailable, "the log has not been read since this service started; nothing was logged"});
}

grpc::Status CommandService::refuse_if_not_ready(ShardId shard) {
  const ShardLink& link = *shards_[shard.value()];
  if (link.serving()) return grpc::Status::OK;
  const std::string halted = link.halted_reason();
  stats_.not_ready.fetch_add(1, std::memory_order_relaxed);
  const std::string which = "shard " + std::to_string(shard.value());
  return runtime::to_grpc_status({ErrorCode::kUnavailable, halted.empty() ? which + ": still reading reference data"
                                                                          : which + " is halted: " + halted});
}

grpc::Status CommandService::refuse_if_nearly_full(ShardId shard) {
  const auto admitted = shards_[shard.value()]->space().admits_orders();
  if (admitted.ok()) return grpc::Status::OK;
  stats_.nearly_full.fetch_add(1, std::memory_order_relaxed);
  return runtime::resource_exhausted(admitted.error().message, kRetryAfterWhenFull);
}

grpc::Status CommandService::admit(const Routed& routed, const v1::CommandOptions& options, Nanos received,
                                   const Waiter& waiter) {
  if (const auto ready = refuse_if_not_ready(routed.shard); !ready.ok()) return ready;
  const OrderCommandKind kind = routed.command.kind;
  if (kind == OrderCommandKind::kSubmit || kind == OrderCommandKind::kReplace) {
    if (const auto room = refuse_if_nearly_full(routed.shard); !room.ok()) return room;
  }
  waiter->shard = routed.shard;
  waiter->command_id = routed.command.command_id;
  waiter->level = options.wait_level() == v1::WAIT_LEVEL_LOGGED ? WaitLevel::kLogged : WaitLevel::kExecuted;
  waiter->want_events = options.include_events();
  waiter->want_receipt = options.receipt();
  if (options.receipt()) waiter->receipt.received = received;
  return overload_of(shards_[routed.shard.value()]->orders().admits(waiter));
}

grpc::Status CommandService::enqueue(ShardId shard, std::span<OrderWriter::Queued> commands) {
  return overload_of(shards_[shard.value()]->orders().submit_all(commands));
}

grpc::Status CommandService::overload_of(const ::sluice::Status& queued) {
  if (queued.ok()) return grpc::Status::OK;
  stats_.overloaded.fetch_add(1, std::memory_order_relaxed);
  return queued.error().code == ErrorCode::kLogFull ? runtime::resource_exhausted(queued.error().message, kRetryAfter)
                                                    : runtime::to_grpc_status(queued.error());
}

grpc::Status CommandService::enqueue_one(const Routed& routed, const v1::CommandOptions& options, Nanos received,
                                         const Waiter& waiter) {
  if (const auto admitted = admit(routed, options, received, waiter); !admitted.ok()) return admitted;
  OrderWriter::Queued queued{routed.lane_key, routed.command, waiter};
  return enqueue(routed.shard, {&queued, 1});
}

grpc::ServerUnaryReactor* CommandService::refuse(grpc::CallbackServerContext* context, const Request& request,
                                                 const grpc::Status& status) {
  if (is_client_fault(status)) stats_.invalid.fetch_add(1, std::memory_order_relaxed);
  return refusals_.finish(context, request, status);
}

template <typename Translate, typename Response>
grpc::ServerUnaryReactor* CommandService::one(grpc::CallbackServerContext* context, const Request& request,
                                              const v1::CommandOptions& options, const Translate& translate,
                                              Response* response) {
  const std::uint64_t arrived = runtime::ticks();
  const Nanos received = options.receipt() ? runtime::wall_now() : Nanos{0};
  stats_.received.fetch_add(1, std::memory_order_relaxed);
  if (const auto closed = refuse_if_closed(); !closed.ok()) return refuse(context, request, closed);
  Routed routed;
  if (const grpc::Status translated = translate(routed); !translated.ok()) return refuse(context, request, translated);
  auto* reactor = context->DefaultReactor();
  const OrderMeasures::Placement placement = measures_.begin(1, arrived);
  stats_.in_flight.fetch_add(1, std::memory_order_relaxed);
  const auto batch = std::make_shared<CommandBatch>(1, deadline_of(*context),
                                                    [this, reactor, response, placement](CommandBatch& done) {
                                                      const Slot& slot = done.slots().front();
                                                      measures_.end(placement, done.slots());
                                                      if (!slot.error)
                                                        write_result(slot, directory_, *response->mutable_result());
                                                      write_token(slot, *response->mutable_token());
                                                      stats_.count(slot);
                                                      stats_.in_flight.fetch_sub(1, std::memory_order_relaxed);
                                                      reactor->Finish(status_of(slot));
                                                    });
  if (const auto status = enqueue_one(routed, options, received, {batch, 0}); !status.ok()) {
    measures_.end(placement, {});
    stats_.in_flight.fetch_sub(1, std::memory_order_relaxed);
    refusals_.tell(request, refusals_.caller_of(*context), status);
    reactor->Finish(status);
  } else {
    measures_.queued(placement);
  }
  return reactor;
}

grpc::ServerUnaryReactor* CommandService::SubmitOrder(grpc::CallbackServerContext* context,
                                                      const v1::SubmitOrderRequest* request,
                                                      v1::SubmitOrderResponse* response) {
  const auto translate = [&](Routed& routed) {
    return translator_.submit(request->options(), request->order(), routed);
  };
  return one(context, {"SubmitOrder", request->options().command_id(), request->order().account()}, request->options(),
             translate, response);
}

grpc::ServerUnaryReactor* CommandService::CancelOrder(grpc::CallbackServerContext* context,
                                                      const v1::CancelOrderRequest* request,
                                                      v1::CancelOrderResponse* response) {
  const auto translate = [&](Routed& routed) {
    return translator_.cancel(request->options(), request->cancel(), routed);
  };
  return one(context, {"CancelOrder", request->options().command_id(), request->cancel().account()}, request->options(),
             translate, response);
}

grpc::ServerUnaryReactor* CommandService::ReplaceOrder(grpc::CallbackServerContext* context,
                                                       const v1::ReplaceOrderRequest* request,
                                                       v1::ReplaceOrderResponse* response) {
  const auto translate = [&](Routed& routed) {
    return translator_.replace(request->options(), request->replace(), routed);
  };
  return one(context, {"ReplaceOrder", request->options().command_id(), request->replace().account()},
             request->options(), translate, response);
}

grpc::ServerUnaryReactor* CommandService::CancelAll(grpc::CallbackServerContext* context,
                                                    const v1::CancelAllRequest* request,
                                                    v1::CancelAllResponse* response) {
  const Nanos received = runtime::wall_now();
  const Request what{"CancelAll", request->options().command_id(), request->cancel_all().account()};
  stats_.received.fetch_add(1, std::memory_order_relaxed);
  if (const auto closed = refuse_if_closed(); !closed.ok()) return refuse(context, what, closed);
  std::vector<Routed> routes;
  const std::size_t shards = request->cancel_all().symbol().empty() ? shards_.size() : 1;
  for (std::size_t i = 0; i < shards; ++i) {
    Routed routed;
    if (const auto status = translator_.cancel_all(request->options(), request->cancel_all(),
                                                   ShardId{static_cast<std::uint16_t>(i)}, routed);
        !status.ok())
      return refuse(context, what, status);
    routes.push_back(routed);
  }
  auto* reactor = context->DefaultReactor();
  stats_.in_flight.fetch_add(1, std::memory_order_relaxed);
  const auto batch =
      std::make_shared<CommandBatch>(shards, deadline_of(*context), [this, reactor, response](CommandBatch& done) {
        grpc::Status status = grpc::Status::OK;
        for (const Slot& slot : done.slots()) {
          if (slot.error) status = status_of(slot);
          else write_result(slot, directory_, *response->add_results());
          write_token(slot, *response->mutable_token());
          stats_.count(slot);
        }
        stats_.in_flight.fetch_sub(1, std::memory_order_relaxed);
        reactor->Finish(status);
      });
  for (std::size_t i = 0; i < shards; ++i) {
    if (const auto status = enqueue_one(routes[i], request->options(), received, {batch, i}); !status.ok()) {
      refusals_.tell(what, refusals_.caller_of(*context), status);
      const bool overload = status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED;
      batch->fail(i, Error{overload ? ErrorCode::kLogFull : ErrorCode::kUnavailable, status.error_message()});
    }
  }
  return reactor;
}

grpc::Status CommandService::translate(const v1::Command& command, Routed& routed) const {
  switch (command.body_case()) {
    case v1::Command::kSubmit: return translator_.submit(command.options(), command.submit(), routed);
    case v1::Command::kCancel: return translator_.cancel(command.options(), command.cancel(), routed);
    case v1::Command::kReplace: return translator_.replace(command.options(), command.replace(), routed);
    case v1::Command::kCancelAll:
      if (command.cancel_all().symbol().empty())
        return runtime::invalid_argument({{"cancel_all.symbol", "must be given over a stream"}});
      return translator_.cancel_all(command.options(), command.cancel_all(), ShardId{}, routed);
    case v1::Command::BODY_NOT_SET: break;
  }
  return runtime::invalid_argument({{"commands.body", "must be submit, cancel, replace or cancel_all"}});
}

namespace {

Request request_of(const v1::Command& command) {
  const std::string& id = command.options().command_id();
  switch (command.body_case()) {
    case v1::Command::kSubmit: return {"SubmitOrder", id, command.submit().account()};
    case v1::Command::kCancel: return {"CancelOrder", id, command.cancel().account()};
    case v1::Command::kReplace: return {"ReplaceOrder", id, command.replace().account()};
    case v1::Command::kCancelAll: return {"CancelAll", id, command.cancel_all().account()};
    case v1::Command::BODY_NOT_SET: break;
  }
  return {"StreamCommands", id, {}};
}

}  // namespace

void CommandService::execute(const v1::StreamCommandsRequest& request, const Principal& by, Nanos deadline,
                             const std::function<void(v1::StreamCommandsResponse&&)>& done) {
  const Nanos received = runtime::wall_now();
  const std::size_t count = static_cast<std::size_t>(request.commands_size());
  const OrderMeasures::Placement placement = measures_.begin(count, runtime::ticks());
  stats_.received.fetch_add(count, std::memory_order_relaxed);
  stats_.in_flight.fetch_add(count, std::memory_order_relaxed);
  // Refusals are kept as statuses, so that each command says what it would have said as a single call.
  const auto refusals = std::make_shared<std::vector<grpc::Status>>(count);
  const auto batch = std::make_shared<CommandBatch>(
      count + 1, deadline, [this, refusals, done, id = request.request_id(), count, placement](CommandBatch& b) {
        measures_.end(placement, std::span(b.slots()).first(count));
        v1::StreamCommandsResponse response;
        response.set_request_id(id);
        for (std::size_t i = 0; i < count; ++i) {
          auto& result = *response.add_results();
          const Slot& slot = b.slots()[i];
          const grpc::Status status = (*refusals)[i].ok() ? status_of(slot) : (*refusals)[i];
          if ((*refusals)[i].ok()) stats_.count(slot);
          if (status.ok()) {
            write_result(slot, directory_, *result.mutable_result());
            write_token(slot, *response.mutable_token());
          } else {
            result.set_error_code(status.error_code());
            result.set_error_message(status.error_message());
          }
        }
        stats_.in_flight.fetch_sub(count, std::memory_order_relaxed);
        done(std::move(response));
      });
  // All of a message go to the writers at once: then they need not be split over more frames than there are lanes.
  std::vector<std::vector<OrderWriter::Queued>> queues(shards_.size());
  const auto refuse_one = [&](std::size_t i, const grpc::Status& status) {
    (*refusals)[i] = status;
    refusals_.tell(request_of(request.commands(static_cast<int>(i))), by, status);
    batch->complete(i);
  };
  for (std::size_t i = 0; i < count; ++i) {
    const v1::Command& command = request.commands(static_cast<int>(i));
    Routed routed;
    grpc::Status status = refuse_if_closed();
    if (status.ok()) status = translate(command, routed);
    if (is_client_fault(status)) stats_.invalid.fetch_add(1, std::memory_order_relaxed);
    if (status.ok()) status = admit(routed, command.options(), received, {batch, i});
    if (status.ok()) queues[routed.shard.value()].push_back({routed.lane_key, routed.command, {batch, i}});
    else refuse_one(i, status);
  }
  for (std::size_t shard = 0; shard < queues.size(); ++shard) {
    if (queues[shard].empty()) continue;
    const auto status = enqueue(ShardId{static_cast<std::uint16_t>(shard)}, queues[shard]);
    if (status.ok()) continue;
    for (const auto& queued : queues[shard]) refuse_one(queued.waiter.slot, status);
  }
  measures_.queued(placement);
  batch->complete(count);  // the extra slot keeps the batch open while it is filled
}

grpc::ServerBidiReactor<v1::StreamCommandsRequest, v1::StreamCommandsResponse>* CommandService::StreamCommands(
    grpc::CallbackServerContext* context) {
  return new CommandStream(*this, *context);
}

grpc::ServerUnaryReactor* CommandService::GetStageTimes(grpc::CallbackServerContext* context,
                                                        const v1::CommandServiceGetStageTimesRequest* request,
                                                        v1::CommandServiceGetStageTimesResponse* response) {
  if (const auto closed = refuse_if_closed(); !closed.ok()) return finish(context, closed);
  if (request->shard() >= shards_.size() || request->sequences_size() > telemetry::StageLog::kAskedMax) {
    return finish(
        context, runtime::invalid_argument(
                     {{"shard, sequences", "must be below " + std::to_string(shards_.size()) + ", and at most 1024"}}));
  }
  const telemetry::StageLog& stages = shards_[request->shard()]->stages();
  for (const std::uint64_t sequence : request->sequences()) {
    const Nanos executed = stages.at(kStageExecuted, sequence);
    const Nanos framed = stages.at(kStageFramed, sequence);
    if (executed == Nanos{0} && framed == Nanos{0}) continue;
    auto& times = *response->add_times();
    times.set_sequence(sequence);
    times.set_framed_unix_nanos(framed.value());
    times.set_acknowledged_unix_nanos(stages.at(kStageAcknowledged, sequence).value());
    times.set_executed_unix_nanos(executed.value());
  }
  return finish(context, grpc::Status::OK);
}

}  // namespace sluice::command
