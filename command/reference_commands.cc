// CommandService: what goes to every shard: reference data, limits, instrument states, the calendar.
#include "command/command_service.h"
#include "command/result_mapping.h"
#include "protomap/enums.h"
#include "protomap/event_proto.h"
#include "runtime/clock.h"
#include "runtime/status_mapping.h"

namespace sluice::command {

namespace {

constexpr const char* kNameRule = "must be 1..32 letters, digits or . _ : / -";

/// FNV-1a: a symbol's home must be the same in every replica and for ever.
std::uint32_t stable_hash(std::string_view text) {
  std::uint32_t hash = 2166136261u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

}  // namespace

template <typename Response>
grpc::ServerUnaryReactor* CommandService::everywhere(grpc::CallbackServerContext* context, const Request& request,
                                                     const v1::CommandOptions& options, const ControlCommandBody& body,
                                                     Response* response) {
  if (const auto closed = refuse_if_closed(); !closed.ok()) return refuse(context, request, closed);
  ControlCommand command;
  command.body = body;
  Nanos valid_until;
  grpc::Status status = read_options(options, command.command_id, valid_until);
  if (status.ok()) status = refusals_.callers().of(*context, command.principal);
  for (std::size_t i = 0; status.ok() && i < shards_.size(); ++i) {
    const ShardId shard{static_cast<std::uint16_t>(i)};
    status = refuse_if_not_ready(shard);
    if (status.ok()) status = refuse_if_nearly_full(shard);
  }
  if (!status.ok()) return refuse(context, request, status);
  auto* reactor = context->DefaultReactor();
  stats_.in_flight.fetch_add(1, std::memory_order_relaxed);
  const auto batch = std::make_shared<CommandBatch>(shards_.size(), deadline_of(*context),
                                                    [this, reactor, response](CommandBatch& done) {
                                                      grpc::Status ended = grpc::Status::OK;
                                                      for (const Slot& slot : done.slots()) {
                                                        if (slot.error) ended = status_of(slot);
                                                        else write_result(slot, directory_, *response->add_results());
                                                        write_token(slot, *response->mutable_token());
                                                        stats_.count(slot);
                                                      }
                                                      stats_.in_flight.fetch_sub(1, std::memory_order_relaxed);
                                                      reactor->Finish(ended);
                                                    });
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    const Waiter waiter{batch, i};
    waiter->shard = ShardId{static_cast<std::uint16_t>(i)};
    waiter->command_id = command.command_id;
    if (const auto queued = shards_[i]->reference().submit(0, command, waiter); !queued.ok())
      batch->fail(i, queued.error());
  }
  return reactor;
}

grpc::ServerUnaryReactor* CommandService::DefineInstrument(grpc::CallbackServerContext* context,
                                                           const v1::DefineInstrumentRequest* request,
                                                           v1::DefineInstrumentResponse* response) {
  stats_.received.fetch_add(1, std::memory_order_relaxed);
  const Request what{"DefineInstrument", request->options().command_id(), request->instrument().symbol()};
  if (const auto closed = refuse_if_closed(); !closed.ok())
    return refuse(context, what, closed);  // its home is not known
  const v1::Instrument& from = request->instrument();
  if (!is_valid_name(from.symbol()))
    return refuse(context, what, runtime::invalid_argument({{"instrument.symbol", kNameRule}}));
  if (from.stop_in_market() < 0 || from.stop_in_market() > v1::STOP_IN_MARKET_REJECT) {
    return refuse(context, what,
                  runtime::invalid_argument({{"instrument.stop_in_market", "must be TRIGGER or REJECT"}}));
  }
  if (request->pin_shard() && from.home_shard() >= shards_.size()) {
    return refuse(context, what,
                  runtime::invalid_argument(
                      {{"instrument.home_shard", "there are " + std::to_string(shards_.size()) + " shards, from 0"}}));
  }
  sluice::DefineInstrument definition;
  definition.symbol = *Name::from(from.symbol());
  const auto known = directory_.home_of(definition.symbol);
  const std::uint32_t home = request->pin_shard() ? from.home_shard()
                             : known              ? known->value()
                                     : stable_hash(from.symbol()) % static_cast<std::uint32_t>(shards_.size());
  definition.home = ShardId{static_cast<std::uint16_t>(home)};
  // proto3 cannot tell 0 from absent: 0 means the default 1.
  definition.tick = Price{from.tick_size() == 0 ? 1 : from.tick_size()};
  definition.lot = Quantity{from.lot_size() == 0 ? 1 : from.lot_size()};
  definition.unit_value = Money{from.unit_value_micros() == 0 ? 1 : from.unit_value_micros()};
  definition.stop_in_market =
      from.stop_in_market() == v1::STOP_IN_MARKET_REJECT ? StopInMarket::kReject : StopInMarket::kTrigger;
  protomap::fill(definition, *response->mutable_instrument());
  return everywhere(context, what, request->options(), definition, response);
}

grpc::ServerUnaryReactor* CommandService::RegisterAccount(grpc::CallbackServerContext* context,
                                                          const v1::RegisterAccountRequest* request,
                                                          v1::RegisterAccountResponse* response) {
  stats_.received.fetch_add(1, std::memory_order_relaxed);
  const Request what{"RegisterAccount", request->options().command_id(), request->account()};
  if (!is_valid_name(request->account()))
    return refuse(context, what, runtime::invalid_argument({{"account", kNameRule}}));
  return everywhere(context, what, request->options(), sluice::RegisterAccount{*Name::from(request->account())},
                    response);
}

grpc::ServerUnaryReactor* CommandService::RegisterStrategy(grpc::CallbackServerContext* context,
                                                           const v1::RegisterStrategyRequest* request,
                                                           v1::RegisterStrategyResponse* response) {
  stats_.received.fetch_add(1, std::memory_order_relaxed);
  const Request what{"RegisterStrategy", request->options().command_id(), request->strategy()};
  if (!is_valid_name(request->strategy()))
    return refuse(context, what, runtime::invalid_argument({{"strategy", kNameRule}}));
  return everywhere(context, what, request->options(), sluice::RegisterStrategy{*Name::from(request->strategy())},
                    response);
}

grpc::ServerUnaryReactor* CommandService::SetLimits(grpc::CallbackServerContext* context,
                                                    const v1::SetLimitsRequest* request,
                                                    v1::SetLimitsResponse* response) {
  stats_.received.fetch_add(1, std::memory_order_relaxed);
  const Request what{"SetLimits", request->options().command_id(),
                     request->account().empty() ? request->symbol() : request->account()};
  const int targets =
      (request->account().empty() ? 0 : 1) + (request->symbol().empty() ? 0 : 1) + (request->of_all() ? 1 : 0);
  if (targets != 1)
    return refuse(context, what,
                  runtime::invalid_argument({{"account", "exactly one of account, symbol and of_all must be given"}}));
  if (!request->account().empty() && !is_valid_name(request->account()))
    return refuse(context, what, runtime::invalid_argument({{"account", kNameRule}}));
  if (!request->symbol().empty() && !is_valid_name(request->symbol()))
    return refuse(context, what, runtime::invalid_argument({{"symbol", kNameRule}}));
  if (request->limits().empty())
    return refuse(context, what, runtime::invalid_argument({{"limits", "at least one must be given"}}));
  sluice::SetLimits limits{*Name::from(request->account()), {}, *Name::from(request->symbol())};
  for (const auto& [name, change] : request->limits()) {
    const auto kind = protomap::limit_kind(name);
    if (!kind)
      return refuse(
          context, what,
          runtime::invalid_argument({{"limits." + name, "is no limit; see SetLimitsRequest for their names"}}));
    limits.changes[static_cast<std::size_t>(*kind)] = {change.lift() ? LimitAction::kLift : LimitAction::kSet,
                                                       change.lift() ? 0 : change.value()};
  }
  return everywhere(context, what, request->options(), limits, response);
}

grpc::ServerUnaryReactor* CommandService::SetInstrumentState(grpc::CallbackServerContext* context,
                                                             const v1::SetInstrumentStateRequest* request,
                                                             v1::SetInstrumentStateResponse* response) {
  stats_.received.fetch_add(1, std::memory_order_relaxed);
  const Request what{"SetInstrumentState", request->options().command_id(), request->symbol()};
  if (!is_valid_name(request->symbol()))
    return refuse(context, what, runtime::invalid_argument({{"symbol", kNameRule}}));
  const auto state = protomap::from_proto(request->state());
  if (!state) return refuse(context, what, runtime::invalid_argument({{"state", "must be OPEN, HALTED or CLOSED"}}));
  return everywhere(context, what, request->options(),
                    sluice::SetInstrumentState{*Name::from(request->symbol()), *state}, response);
}

grpc::ServerUnaryReactor* CommandService::SetCalendar(grpc::CallbackServerContext* context,
                                                      const v1::SetCalendarRequest* request,
                                                      v1::SetCalendarResponse* response) {
  stats_.received.fetch_add(1, std::memory_order_relaxed);
  const Request what{"SetCalendar", request->options().command_id(), {}};
  if (static_cast<std::size_t>(request->days_size()) > kCalendarDaysMax) {
    return refuse(context, what,
                  runtime::invalid_argument({{"days", "must be at most " + std::to_string(kCalendarDaysMax)}}));
  }
  sluice::SetCalendar calendar;
  for (const v1::SettlementDay& day : request->days())
    calendar.days.push_back({.ends_at = Nanos{day.ends_at_unix_nanos()}, .date = day.date()});
  return everywhere(context, what, request->options(), calendar, response);
}

}  // namespace sluice::command
