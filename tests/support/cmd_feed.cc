#include "support/cmd_feed.h"

#include "base/invariant.h"
#include "eventlog/codec.h"
#include "eventlog/provision.h"
#include "runtime/ids.h"

namespace sluice::test {

namespace {
constexpr WriterId kWriter{77};
}

CmdFeed::CmdFeed(eventlog::EventLog& log) : log_(log), appender_(log.open_appender("feed")) {
  Genesis wanted;
  wanted.deployment = {7, 7};
  const auto genesis = eventlog::ensure_genesis(log_, wanted);
  INVARIANT(genesis.ok());
  genesis_ = genesis.value();
  batch_ = log_.info({eventlog::StreamKind::kCommand, genesis_.shard}).value().last_sequence;
}

std::uint64_t CmdFeed::append(FrameClass frame_class, std::span<const std::byte> bytes) {
  const auto appended =
      eventlog::append_and_wait(*appender_, {.stream = {eventlog::StreamKind::kCommand, genesis_.shard},
                                             .frame_class = frame_class,
                                             .payload = bytes,
                                             .msg_id = {},
                                             .expected_last = {}});
  INVARIANT(appended.ok());
  return appended.value().sequence;
}

std::uint64_t CmdFeed::orders(std::vector<OrderCommand> commands) {
  for (OrderCommand& command : commands) {
    if (command.command_id.is_nil()) command.command_id = runtime::new_command_id();
  }
  return append(FrameClass::kOrders, eventlog::encode_frame(genesis_, {kWriter, 0, ++batch_}, commands, {}));
}

std::uint64_t CmdFeed::control(FrameClass frame_class, const ControlCommandBody& body, std::string_view principal) {
  ControlCommand command{runtime::new_command_id(), *Principal::from(principal), body};
  if (const auto* kill = std::get_if<EngageKillSwitch>(&body)) command.command_id = kill->kill_id;
  return append(frame_class, eventlog::encode_frame(genesis_, {kWriter, 1, ++batch_}, {}, std::span(&command, 1)));
}

std::uint64_t CmdFeed::garbage() {
  const std::vector<std::byte> bytes(64, std::byte{0x5a});
  return append(FrameClass::kOrders, bytes);
}

void CmdFeed::reference_data() {
  control(FrameClass::kReference, RegisterAccount{*Name::from("A")});
  control(FrameClass::kReference, RegisterAccount{*Name::from("B")});
  DefineInstrument instrument;
  instrument.symbol = *Name::from("X");
  control(FrameClass::kReference, instrument);
}

OrderCommand CmdFeed::order(AccountId account, std::string_view client_order_id, Side side, std::int64_t price,
                            std::int64_t quantity) {
  OrderCommand command;
  command.kind = OrderCommandKind::kSubmit;
  command.type = OrderType::kLimit;
  command.tif = TimeInForce::kGtc;
  command.account = account;
  command.instrument = InstrumentId{1};
  command.side = side;
  command.price = Price{price};
  command.quantity = Quantity{quantity};
  command.client_order_id = *ClientOrderId::from(client_order_id);
  return command;
}

EngageKillSwitch CmdFeed::kill(KillScope scope, std::string_view key) {
  EngageKillSwitch kill;
  kill.kill_id = runtime::new_uuid();
  kill.scope = scope;
  kill.key = *Name::from(key);
  return kill;
}

}  // namespace sluice::test
