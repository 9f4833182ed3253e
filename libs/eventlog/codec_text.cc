// The tables that both commands and events carry: definitions, kills, releases, limits.
#include <algorithm>

#include "eventlog/codec.h"
#include "eventlog/codec_detail.h"

namespace sluice::eventlog {

std::string msg_id_of(const FrameAddress& address) {
  return std::to_string(address.writer.value()) + '-' + std::to_string(address.lane) + '-' +
         std::to_string(address.batch);
}

namespace detail {

Offset<fbs::DefineInstrument> write(Builder& builder, const DefineInstrument& value) {
  const auto symbol = write_text(builder, value.symbol);
  return fbs::CreateDefineInstrument(builder, symbol, value.home.value(), value.tick.value(), value.lot.value(),
                                     value.unit_value.value(), static_cast<std::uint8_t>(value.stop_in_market));
}

bool read(const fbs::DefineInstrument& from, DefineInstrument& to) {
  if (from.stop_in_market() < 1 || from.stop_in_market() > 2) return false;
  to.home = ShardId{from.home()};
  to.tick = Price{from.tick()};
  to.lot = Quantity{from.lot()};
  to.unit_value = Money{from.unit_value()};
  to.stop_in_market = static_cast<StopInMarket>(from.stop_in_market());
  return read_text(from.symbol(), to.symbol);
}

Offset<fbs::EngageKillSwitch> write(Builder& builder, const EngageKillSwitch& value) {
  const auto key = write_text(builder, value.key);
  const auto reason = write_text(builder, value.reason);
  const fbs::Uuid id = to_fbs(value.kill_id);
  return fbs::CreateEngageKillSwitch(builder, &id, static_cast<std::uint8_t>(value.scope),
                                     static_cast<std::uint8_t>(value.mode), key, reason);
}

bool read(const fbs::EngageKillSwitch& from, EngageKillSwitch& to) {
  if (from.scope() < 1 || from.scope() > 4 || from.mode() < 1 || from.mode() > 4) return false;
  to.kill_id = from_fbs(from.kill_id());
  to.scope = static_cast<KillScope>(from.scope());
  to.mode = static_cast<KillMode>(from.mode());
  return read_text(from.key(), to.key) && read_text(from.reason(), to.reason);
}

Offset<fbs::RequestRelease> write(Builder& builder, const RequestRelease& value) {
  const auto key = write_text(builder, value.key);
  const auto reason = write_text(builder, value.reason);
  const fbs::Uuid release = to_fbs(value.release_id);
  const fbs::Uuid kill = to_fbs(value.kill_id);
  return fbs::CreateRequestRelease(builder, &release, static_cast<std::uint8_t>(value.scope), key, &kill,
                                   value.kill_sequence.value(), reason);
}

bool read(const fbs::RequestRelease& from, RequestRelease& to) {
  if (from.scope() < 1 || from.scope() > 4) return false;
  to.release_id = from_fbs(from.release_id());
  to.scope = static_cast<KillScope>(from.scope());
  to.kill_id = from_fbs(from.kill_id());
  to.kill_sequence = EvtSequence{from.kill_sequence()};
  return read_text(from.key(), to.key) && read_text(from.reason(), to.reason);
}

Offset<flatbuffers::Vector<const fbs::LimitChange*>> write(Builder& builder, const LimitChanges& value) {
  std::array<fbs::LimitChange, kLimitKinds> changes;
  for (std::size_t i = 0; i < kLimitKinds; ++i) {
    changes[i] = fbs::LimitChange(value[i].value, static_cast<std::uint8_t>(value[i].action), 0, 0, 0);
  }
  return builder.CreateVectorOfStructs(changes.data(), changes.size());
}

bool read(const flatbuffers::Vector<const fbs::LimitChange*>* from, LimitChanges& to) {
  if (from == nullptr || from->size() != kLimitKinds || !is_aligned(from)) return false;
  for (flatbuffers::uoffset_t i = 0; i < kLimitKinds; ++i) {
    if (from->Get(i)->action() > 2) return false;
    to[i] = {static_cast<LimitAction>(from->Get(i)->action()), from->Get(i)->value()};
  }
  return true;
}

Offset<flatbuffers::Vector<const fbs::SettlementDay*>> write(Builder& builder, const std::vector<SettlementDay>& days) {
  return builder.CreateVectorOfStructs(reinterpret_cast<const fbs::SettlementDay*>(days.data()), days.size());
}

bool read(const flatbuffers::Vector<const fbs::SettlementDay*>* from, std::vector<SettlementDay>& to) {
  if (!is_aligned(from)) return false;
  const auto days = view_structs<SettlementDay>(from);
  if (days.size() > kCalendarDaysMax) return false;
  to.assign(days.begin(), days.end());
  return std::all_of(to.begin(), to.end(), [](const SettlementDay& day) { return day.reserved == 0; });
}

Offset<fbs::KillSwitchEngaged> write(Builder& builder, const KillSwitchEngaged& value) {
  const auto kill = write(builder, value.kill);
  const auto by = write_text(builder, value.by);
  return fbs::CreateKillSwitchEngaged(builder, kill, by, static_cast<std::uint8_t>(value.source),
                                      value.orders_cancelled);
}

bool read(const fbs::KillSwitchEngaged& from, KillSwitchEngaged& to) {
  if (from.kill() == nullptr || from.source() < 1 || from.source() > 3) return false;
  to.source = static_cast<KillSource>(from.source());
  to.orders_cancelled = from.orders_cancelled();
  return read(*from.kill(), to.kill) && read_text(from.by(), to.by);
}

Offset<fbs::ReleaseRequested> write(Builder& builder, const ReleaseRequested& value) {
  const auto request = write(builder, value.request);
  const auto by = write_text(builder, value.by);
  return fbs::CreateReleaseRequested(builder, request, by);
}

bool read(const fbs::ReleaseRequested& from, ReleaseRequested& to) {
  return from.request() != nullptr && read(*from.request(), to.request) && read_text(from.by(), to.by);
}

Offset<fbs::InstrumentDefined> write(Builder& builder, const InstrumentDefined& value) {
  const auto definition = write(builder, value.definition);
  return fbs::CreateInstrumentDefined(builder, value.id.value(), definition);
}

bool read(const fbs::InstrumentDefined& from, InstrumentDefined& to) {
  to.id = InstrumentId{from.id()};
  return from.definition() != nullptr && read(*from.definition(), to.definition);
}

FrameClass class_of(const ControlCommandBody& body) {
  const bool control = std::holds_alternative<EngageKillSwitch>(body) || std::holds_alternative<RequestRelease>(body) ||
                       std::holds_alternative<ApproveRelease>(body) || std::holds_alternative<Tick>(body);
  return control ? FrameClass::kControl : FrameClass::kReference;
}

}  // namespace detail
}  // namespace sluice::eventlog
