// CMD messages: frames of commands, and the genesis frame.
#include "eventlog/codec.h"
#include "eventlog/codec_detail.h"

namespace sluice::eventlog {

namespace {

using namespace detail;

std::vector<std::byte> finished(const Builder& builder) {
  const auto* begin = reinterpret_cast<const std::byte*>(builder.GetBufferPointer());
  return {begin, begin + builder.GetSize()};
}

struct BodyWriter {
  Builder& builder;
  using Written = std::pair<fbs::ControlBody, Offset<void>>;

  Written operator()(const DefineInstrument& v) const {
    return {fbs::ControlBody::DefineInstrument, write(builder, v).Union()};
  }
  Written operator()(const RegisterAccount& v) const {
    const auto name = write_text(builder, v.name);
    return {fbs::ControlBody::RegisterAccount, fbs::CreateRegisterAccount(builder, name).Union()};
  }
  Written operator()(const RegisterStrategy& v) const {
    const auto name = write_text(builder, v.name);
    return {fbs::ControlBody::RegisterStrategy, fbs::CreateRegisterStrategy(builder, name).Union()};
  }
  Written operator()(const SetLimits& v) const {
    const auto account = write_text(builder, v.account);
    const auto changes = write(builder, v.changes);
    const auto symbol = v.symbol.empty() ? Offset<flatbuffers::String>(0) : write_text(builder, v.symbol);
    return {fbs::ControlBody::SetLimits, fbs::CreateSetLimits(builder, account, changes, symbol).Union()};
  }
  Written operator()(const EngageKillSwitch& v) const {
    return {fbs::ControlBody::EngageKillSwitch, write(builder, v).Union()};
  }
  Written operator()(const RequestRelease& v) const {
    return {fbs::ControlBody::RequestRelease, write(builder, v).Union()};
  }
  Written operator()(const ApproveRelease& v) const {
    const auto reason = write_text(builder, v.reason);
    const fbs::Uuid id = to_fbs(v.release_id);
    return {fbs::ControlBody::ApproveRelease, fbs::CreateApproveRelease(builder, &id, reason).Union()};
  }
  Written operator()(const Tick&) const { return {fbs::ControlBody::Tick, fbs::CreateTick(builder).Union()}; }
  Written operator()(const SetInstrumentState& v) const {
    const auto symbol = write_text(builder, v.symbol);
    return {fbs::ControlBody::SetInstrumentState,
            fbs::CreateSetInstrumentState(builder, symbol, static_cast<std::uint8_t>(v.state)).Union()};
  }
  Written operator()(const SetCalendar& v) const {
    const auto days = write(builder, v.days);
    return {fbs::ControlBody::SetCalendar, fbs::CreateSetCalendar(builder, days).Union()};
  }
};

bool read_body(const fbs::ControlCommand& from, ControlCommandBody& to) {
  switch (from.body_type()) {
    case fbs::ControlBody::DefineInstrument:
      return read(*from.body_as_DefineInstrument(), to.emplace<DefineInstrument>());
    case fbs::ControlBody::RegisterAccount:
      return read_text(from.body_as_RegisterAccount()->name(), to.emplace<RegisterAccount>().name);
    case fbs::ControlBody::RegisterStrategy:
      return read_text(from.body_as_RegisterStrategy()->name(), to.emplace<RegisterStrategy>().name);
    case fbs::ControlBody::SetLimits: {
      auto& limits = to.emplace<SetLimits>();
      return read_text(from.body_as_SetLimits()->account(), limits.account) &&
             read_text(from.body_as_SetLimits()->symbol(), limits.symbol) &&
             read(from.body_as_SetLimits()->changes(), limits.changes);
    }
    case fbs::ControlBody::EngageKillSwitch:
      return read(*from.body_as_EngageKillSwitch(), to.emplace<EngageKillSwitch>());
    case fbs::ControlBody::RequestRelease: return read(*from.body_as_RequestRelease(), to.emplace<RequestRelease>());
    case fbs::ControlBody::ApproveRelease: {
      auto& approve = to.emplace<ApproveRelease>();
      approve.release_id = from_fbs(from.body_as_ApproveRelease()->release_id());
      return read_text(from.body_as_ApproveRelease()->reason(), approve.reason);
    }
    case fbs::ControlBody::Tick: to.emplace<Tick>(); return true;
    case fbs::ControlBody::SetInstrumentState: {
      const auto& body = *from.body_as_SetInstrumentState();
      auto& change = to.emplace<SetInstrumentState>();
      change.state = static_cast<InstrumentState>(body.state());
      return body.state() >= 1 && body.state() <= 3 && read_text(body.symbol(), change.symbol);
    }
    case fbs::ControlBody::SetCalendar: return read(from.body_as_SetCalendar()->days(), to.emplace<SetCalendar>().days);
    case fbs::ControlBody::NONE: return false;
  }
  return false;
}

/// Enum values and reserved bytes as they arrive, before they are read as enums.
bool in_range(const OrderCommand& command) {
  const auto raw = copy_struct<fbs::OrderCommand>(command);
  return raw.kind() >= 1 && raw.kind() <= 4 && raw.type() <= 4 && raw.side() <= 2 && raw.tif() <= 5 && raw.stp() <= 4 &&
         (raw.flags() & ~(kFlagPostOnly | kFlagDisconnect)) == 0 &&
         (raw.fields() & ~(kFieldQuantity | kFieldPrice | kFieldStopPrice)) == 0 && raw.reserved() == 0;
}

FrameFault read_frame(const Genesis& genesis, const LogMessage& message, DecodedFrame& decoded) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(message.payload.data());
  flatbuffers::Verifier verifier(data, message.payload.size(), kVerifierDepthMax, 4 * kCommandsMax);
  if (message.payload.empty() || !fbs::VerifyCommandFrameBuffer(verifier)) return FrameFault::kNotAFrame;
  const fbs::CommandFrame& frame = *fbs::GetCommandFrame(data);
  if (frame.schema() != genesis.schema || frame.genesis() != nullptr || !is_aligned(frame.orders()))
    return FrameFault::kNotAFrame;
  if (from_fbs(frame.deployment()) != genesis.deployment) return FrameFault::kWrongDeployment;
  if (frame.shard() != genesis.shard.value()) return FrameFault::kWrongShard;
  decoded.address = {WriterId{frame.writer()}, frame.lane(), frame.batch()};

  const auto orders = view_structs<OrderCommand>(frame.orders());
  const std::size_t controls = frame.controls() == nullptr ? 0 : frame.controls()->size();
  if ((orders.empty() ? controls : orders.size()) > kCommandsMax || (orders.empty() && controls == 0))
    return FrameFault::kOutOfRange;
  if (!orders.empty() && (controls != 0 || message.frame_class != FrameClass::kOrders)) return FrameFault::kWrongClass;
  for (const OrderCommand& order : orders) {
    if (!in_range(order)) return FrameFault::kOutOfRange;
  }
  decoded.controls.resize(controls);
  for (flatbuffers::uoffset_t i = 0; i < controls; ++i) {
    const fbs::ControlCommand& from = *frame.controls()->Get(i);
    ControlCommand& to = decoded.controls[i];
    to.command_id = from_fbs(from.command_id());
    if (from.body() == nullptr || !read_text(from.principal(), to.principal) || !read_body(from, to.body))
      return FrameFault::kOutOfRange;
    if (class_of(to.body) != message.frame_class) return FrameFault::kWrongClass;
  }
  decoded.frame.orders = orders;
  decoded.frame.controls = decoded.controls;
  return FrameFault::kNone;
}

}  // namespace

std::vector<std::byte> encode_frame(const Genesis& genesis, const FrameAddress& address,
                                    std::span<const OrderCommand> orders, std::span<const ControlCommand> controls) {
  INVARIANT(orders.empty() != controls.empty());
  INVARIANT(orders.size() <= kCommandsMax && controls.size() <= kCommandsMax);
  Builder builder(256 + orders.size() * sizeof(OrderCommand) + controls.size() * 256);
  std::vector<Offset<fbs::ControlCommand>> tables;
  for (const ControlCommand& control : controls) {
    const auto [type, body] = std::visit(BodyWriter{builder}, control.body);
    const auto principal = write_text(builder, control.principal);
    const fbs::Uuid id = to_fbs(control.command_id);
    tables.push_back(fbs::CreateControlCommand(builder, &id, principal, type, body));
  }
  const auto order_vector = write_structs<fbs::OrderCommand>(builder, orders);
  const auto control_vector =
      tables.empty() ? Offset<flatbuffers::Vector<Offset<fbs::ControlCommand>>>(0) : builder.CreateVector(tables);
  const fbs::Uuid deployment = to_fbs(genesis.deployment);
  fbs::FinishCommandFrameBuffer(
      builder,
      fbs::CreateCommandFrame(builder, genesis.schema, &deployment, genesis.shard.value(), address.writer.value(),
                              address.lane, address.batch, order_vector, control_vector));
  return finished(builder);
}

std::vector<std::byte> encode_genesis_frame(const Genesis& genesis) {
  Builder builder;
  const auto table = fbs::CreateGenesis(builder, genesis.shard_count, genesis.key_window.value());
  const fbs::Uuid deployment = to_fbs(genesis.deployment);
  fbs::FinishCommandFrameBuffer(builder, fbs::CreateCommandFrame(builder, genesis.schema, &deployment,
                                                                 genesis.shard.value(), 0, 0, 0, 0, 0, table));
  return finished(builder);
}

Result<Genesis> decode_genesis_frame(std::span<const std::byte> payload) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(payload.data());
  flatbuffers::Verifier verifier(data, payload.size(), kVerifierDepthMax, 16);
  if (payload.empty() || !fbs::VerifyCommandFrameBuffer(verifier))
    return Error{ErrorCode::kCorrupt, "message 1 of CMD is not a frame"};
  const fbs::CommandFrame& frame = *fbs::GetCommandFrame(data);
  if (frame.genesis() == nullptr) return Error{ErrorCode::kCorrupt, "message 1 of CMD is not a genesis frame"};
  const Genesis genesis{from_fbs(frame.deployment()), ShardId{frame.shard()}, frame.genesis()->shard_count(),
                        frame.schema(), Nanos{frame.genesis()->key_window()}};
  if (genesis.schema != kSchema) {
    return Error{ErrorCode::kConflict, "the log has schema " + std::to_string(genesis.schema) +
                                           ", this program knows " + std::to_string(kSchema)};
  }
  if (genesis.key_window <= Nanos{0} || genesis.key_window > kKeyWindowMax ||
      genesis.shard.value() >= genesis.shard_count) {
    return Error{ErrorCode::kCorrupt, "the genesis frame contradicts itself"};
  }
  return genesis;
}

void decode_frame(const Genesis& genesis, const LogMessage& message, DecodedFrame& decoded) {
  decoded.controls.clear();
  decoded.address = {};
  decoded.frame = CommandFrame{.sequence = CmdSequence{message.sequence},
                               .broker_time = message.broker_time,
                               .frame_class = message.frame_class,
                               .sha256 = sha256(message.payload),
                               .orders = {},
                               .controls = {}};
  decoded.fault = read_frame(genesis, message, decoded);
  if (decoded.fault != FrameFault::kNone) decoded.controls.clear();
}

}  // namespace sluice::eventlog
