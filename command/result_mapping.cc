#include "command/result_mapping.h"

#include "protomap/enums.h"
#include "protomap/event_proto.h"
#include "runtime/clock.h"
#include "runtime/status_mapping.h"

namespace sluice::command {

namespace {

/// The directory as the event mapping wants to see it.
class ShardNames final : public protomap::Names {
 public:
  ShardNames(const Directory& directory, ShardId shard) : directory_(directory), shard_(shard) {}
  std::string_view account(AccountId id) const override { return directory_.account_name(shard_, id); }
  std::string_view strategy(StrategyId id) const override { return directory_.strategy_name(shard_, id); }
  std::string_view symbol(InstrumentId id) const override { return directory_.symbol(shard_, id); }

 private:
  const Directory& directory_;
  const ShardId shard_;
};

void write_receipt(const Slot& slot, v1::StageTimes& times) {
  times.set_sequence(slot.sequence.value());
  times.set_received_unix_nanos(slot.receipt.received.value());
  times.set_framed_unix_nanos(slot.receipt.framed.value());
  times.set_acknowledged_unix_nanos(slot.receipt.acknowledged.value());
  times.set_executed_unix_nanos(slot.receipt.executed.value());
  times.set_answered_unix_nanos(runtime::wall_now().value());
}

}  // namespace

void write_result(const Slot& slot, const Directory& directory, v1::CommandResult& result) {
  result.set_command_id(to_string(slot.command_id));
  result.set_shard(slot.shard.value());
  result.set_sequence(slot.sequence.value());
  result.set_index(slot.index);
  if (slot.want_receipt) write_receipt(slot, *result.mutable_receipt());
  result.set_level(slot.outcome ? v1::WAIT_LEVEL_EXECUTED : v1::WAIT_LEVEL_LOGGED);
  if (!slot.outcome) return;
  result.set_outcome(protomap::to_proto(slot.outcome->code));
  result.set_reason(protomap::to_proto(slot.outcome->reason));
  result.set_repeated((slot.outcome->flags & kFlagRepeat) != 0);
  result.set_order_id(slot.outcome->order_id.value());
  result.set_event_sequence(slot.evt_sequence.value());
  if (slot.own == nullptr || slot.own->order_events.empty()) return;
  const ShardNames names(directory, slot.shard);
  protomap::append_events_of(*slot.own, slot.index, {slot.shard, slot.evt_sequence}, names, *result.mutable_events());
}

void write_token(const Slot& slot, v1::Token& token) {
  if (slot.error) return;
  auto& sequence = (*token.mutable_shards())[slot.shard.value()];
  sequence = std::max<std::uint64_t>(sequence, slot.sequence.value());
}

grpc::Status status_of(const Slot& slot) {
  return slot.error ? runtime::to_grpc_status(*slot.error) : grpc::Status::OK;
}

grpc::ServerUnaryReactor* finish(grpc::CallbackServerContext* context, const grpc::Status& status) {
  auto* reactor = context->DefaultReactor();
  reactor->Finish(status);
  return reactor;
}

bool is_client_fault(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::INVALID_ARGUMENT ||
         status.error_code() == grpc::StatusCode::NOT_FOUND;
}

}  // namespace sluice::command
