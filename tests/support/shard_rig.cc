#include "support/shard_rig.h"

#include "base/invariant.h"

namespace sluice::test {

namespace {

Genesis genesis_of(ShardId shard, std::uint16_t shard_count) {
  return {.deployment = {7, 7}, .shard = shard, .shard_count = shard_count};
}

}  // namespace

ShardRig::ShardRig(eventlog::MemoryLog& log, ShardId shard, std::uint16_t shard_count)
    : log_(log),
      shard_(shard),
      genesis_(genesis_of(shard, shard_count)),
      engine_(genesis_, {.orders = 1u << 14, .keys = 1u << 16}) {
  const std::vector<std::byte> frame = eventlog::encode_genesis_frame(genesis_);
  eventlog::OwnedMessage cmd;
  cmd.assign({1, now_, FrameClass::kControl, frame});
  const auto body = eventlog::encode_genesis_body(genesis_, cmd.message());
  const auto sealed = eventlog::seal(Epoch{0}, OwnerId{0}, Sha256{}, body, chain_);
  last_sequence_ = log_.inject(stream(), FrameClass::kControl, sealed);
  take_over();
}

Uuid ShardRig::next_id() {
  return make_uuid7(static_cast<std::uint64_t>(now_.value() / kNanosPerMilli), shard_.value(), ++ids_);
}

void ShardRig::write(const Answer& answer) {
  for (const auto& body : eventlog::encode_bodies(answer)) {
    const Sha256 before = chain_;
    last_sequence_ = log_.inject(stream(), answer.frame_class, eventlog::seal(epoch_, owner_, before, body, chain_));
  }
}

void ShardRig::take_over() {
  epoch_ = Epoch{epoch_.value() + 1};
  owner_ = OwnerId{1000 + epoch_.value()};
  Answer started;
  started.kind = AnswerKind::kControl;
  started.frame_class = FrameClass::kControl;
  started.cmd_sequence = engine_.cmd_sequence();
  started.log_time = engine_.log_time();
  started.control_events.push_back({0, kNoCommand, EpochStarted{epoch_, owner_}});
  write(started);
}

void ShardRig::write_void() {
  Answer stale;
  stale.cmd_sequence = CmdSequence{engine_.cmd_sequence().value() + 1};
  Sha256 ignored{};
  const auto body = eventlog::encode_bodies(stale).front();
  last_sequence_ =
      log_.inject(stream(), stale.frame_class, eventlog::seal(Epoch{1}, OwnerId{1}, chain_, body, ignored));
}

const Answer& ShardRig::orders(std::vector<OrderCommand> commands) {
  now_ = now_ + Nanos{kNanosPerMilli};
  for (OrderCommand& command : commands) command.command_id = next_id();
  CommandFrame frame{.sequence = CmdSequence{engine_.cmd_sequence().value() + 1},
                     .broker_time = now_,
                     .frame_class = FrameClass::kOrders,
                     .sha256 = {},
                     .orders = commands,
                     .controls = {}};
  engine_.execute(frame, latch_, answer_);
  write(answer_);
  return answer_;
}

const Answer& ShardRig::control(FrameClass frame_class, ControlCommandBody body, std::string_view principal) {
  now_ = now_ + Nanos{kNanosPerMilli};
  const std::vector<ControlCommand> commands{{next_id(), *Principal::from(principal), std::move(body)}};
  const CommandFrame frame{.sequence = CmdSequence{engine_.cmd_sequence().value() + 1},
                           .broker_time = now_,
                           .frame_class = frame_class,
                           .sha256 = {},
                           .orders = {},
                           .controls = commands};
  engine_.execute(frame, latch_, answer_);
  write(answer_);
  return answer_;
}

AccountId ShardRig::account(std::string_view name) {
  control(FrameClass::kReference, RegisterAccount{*Name::from(name)});
  return std::get<AccountRegistered>(answer_.control_events.at(0).body).id;
}

StrategyId ShardRig::strategy(std::string_view name) {
  control(FrameClass::kReference, RegisterStrategy{*Name::from(name)});
  return std::get<StrategyRegistered>(answer_.control_events.at(0).body).id;
}

InstrumentId ShardRig::instrument(std::string_view symbol, ShardId home) {
  DefineInstrument definition;
  definition.symbol = *Name::from(symbol);
  definition.home = home;
  control(FrameClass::kReference, definition);
  return std::get<InstrumentDefined>(answer_.control_events.at(0).body).id;
}

void ShardRig::latch(KillScope scope, std::string_view key) {
  core::LatchedKill kill;
  kill.kill.kill_id = next_id();
  kill.kill.scope = scope;
  kill.kill.key = *Name::from(key);
  kill.by = *Principal::from("operator");
  INVARIANT(engine_.engage(kill, answer_));
  write(answer_);
}

OrderCommand ShardRig::limit(AccountId account, InstrumentId instrument, Side side, std::int64_t price,
                             std::int64_t quantity, std::string_view client_order_id, TimeInForce tif) {
  OrderCommand command;
  command.kind = OrderCommandKind::kSubmit;
  command.type = OrderType::kLimit;
  command.account = account;
  command.instrument = instrument;
  command.side = side;
  command.price = Price{price};
  command.quantity = Quantity{quantity};
  command.client_order_id = *ClientOrderId::from(client_order_id);
  command.tif = tif;
  return command;
}

OrderCommand ShardRig::market(AccountId account, InstrumentId instrument, Side side, std::int64_t quantity,
                              std::string_view client_order_id) {
  OrderCommand command = limit(account, instrument, side, 0, quantity, client_order_id, TimeInForce::kIoc);
  command.type = OrderType::kMarket;
  return command;
}

OrderCommand ShardRig::cancel(AccountId account, OrderId order) {
  OrderCommand command;
  command.kind = OrderCommandKind::kCancel;
  command.account = account;
  command.order_id = order;
  return command;
}

OrderCommand ShardRig::replace(AccountId account, OrderId order, std::int64_t quantity, std::int64_t price) {
  OrderCommand command = cancel(account, order);
  command.kind = OrderCommandKind::kReplace;
  command.quantity = Quantity{quantity};
  command.price = Price{price};
  command.fields = kFieldQuantity | kFieldPrice;
  return command;
}

}  // namespace sluice::test
