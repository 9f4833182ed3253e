// Shared by the codecs: generated code, agreement of struct layouts, text. Private to libs/eventlog.
#pragma once

#include <cstring>
#include <optional>

#include "command_generated.h"
#include "domain/events.h"
#include "event_generated.h"

namespace sluice::eventlog::detail {

static_assert(sizeof(fbs::OrderCommand) == sizeof(OrderCommand) && sizeof(fbs::OrderEvent) == sizeof(OrderEvent));
static_assert(sizeof(fbs::Outcome) == sizeof(Outcome) && sizeof(fbs::Uuid) == sizeof(Uuid) &&
              sizeof(fbs::Sha256) == sizeof(Sha256));
static_assert(offsetof(OrderCommand, client_order_id) == 72 && offsetof(OrderCommand, account) == 92 &&
              offsetof(OrderCommand, kind) == 104);
static_assert(offsetof(OrderEvent, client_order_id) == 80 && offsetof(OrderEvent, account) == 104 &&
              offsetof(OrderEvent, kind) == 120);
static_assert(sizeof(fbs::SettlementDay) == sizeof(SettlementDay));
static_assert(offsetof(Outcome, first_index) == 56 && offsetof(Outcome, code) == 60);

using Builder = flatbuffers::FlatBufferBuilder;
template <typename T>
using Offset = flatbuffers::Offset<T>;

inline fbs::Uuid to_fbs(const Uuid& uuid) { return {uuid.hi, uuid.lo}; }
inline Uuid from_fbs(const fbs::Uuid& uuid) { return {uuid.hi(), uuid.lo()}; }
/// nil if absent.
inline Uuid from_fbs(const fbs::Uuid* uuid) { return uuid == nullptr ? Uuid{} : from_fbs(*uuid); }
template <typename To, typename From>
To copy_struct(const From& from) {
  static_assert(sizeof(To) == sizeof(From) && std::is_trivially_copyable_v<To>);
  To to;
  std::memcpy(static_cast<void*>(&to), static_cast<const void*>(&from), sizeof(To));
  return to;
}
/// False if the vector's structs cannot be read in place: the verifier looks only at where its length stands.
template <typename Struct>
bool is_aligned(const flatbuffers::Vector<const Struct*>* vector) {
  if (vector == nullptr || vector->size() == 0) return true;  // nobody reads an empty one, and writers may misplace it
  return reinterpret_cast<std::uintptr_t>(vector->Data()) % alignof(Struct) == 0;
}
/// The vector's structs, read in place; it is_aligned().
template <typename Value, typename Struct>
std::span<const Value> view_structs(const flatbuffers::Vector<const Struct*>* vector) {
  static_assert(sizeof(Value) == sizeof(Struct));
  if (vector == nullptr) return {};
  return {reinterpret_cast<const Value*>(vector->Data()), vector->size()};
}
template <typename Struct, typename Value>
Offset<flatbuffers::Vector<const Struct*>> write_structs(Builder& builder, std::span<const Value> values) {
  static_assert(sizeof(Value) == sizeof(Struct));
  if (values.empty()) return 0;
  return builder.CreateVectorOfStructs(reinterpret_cast<const Struct*>(values.data()), values.size());
}

template <std::size_t N>
bool read_text(const flatbuffers::String* from, FixedText<N>& to) {
  const auto text =
      FixedText<N>::from(from == nullptr ? std::string_view{} : std::string_view(from->c_str(), from->size()));
  if (!text) return false;
  to = *text;
  return true;
}
template <std::size_t N>
Offset<flatbuffers::String> write_text(Builder& builder, const FixedText<N>& text) {
  return builder.CreateString(text.view().data(), text.view().size());
}

Offset<fbs::DefineInstrument> write(Builder& builder, const DefineInstrument& value);
Offset<fbs::EngageKillSwitch> write(Builder& builder, const EngageKillSwitch& value);
Offset<fbs::RequestRelease> write(Builder& builder, const RequestRelease& value);
Offset<flatbuffers::Vector<const fbs::LimitChange*>> write(Builder& builder, const LimitChanges& value);
bool read(const fbs::DefineInstrument& from, DefineInstrument& to);
bool read(const fbs::EngageKillSwitch& from, EngageKillSwitch& to);
bool read(const fbs::RequestRelease& from, RequestRelease& to);
bool read(const flatbuffers::Vector<const fbs::LimitChange*>* from, LimitChanges& to);
Offset<flatbuffers::Vector<const fbs::SettlementDay*>> write(Builder& builder, const std::vector<SettlementDay>& days);
bool read(const flatbuffers::Vector<const fbs::SettlementDay*>* from, std::vector<SettlementDay>& to);

Offset<fbs::KillSwitchEngaged> write(Builder& builder, const KillSwitchEngaged& value);
Offset<fbs::ReleaseRequested> write(Builder& builder, const ReleaseRequested& value);
Offset<fbs::InstrumentDefined> write(Builder& builder, const InstrumentDefined& value);
bool read(const fbs::KillSwitchEngaged& from, KillSwitchEngaged& to);
bool read(const fbs::ReleaseRequested& from, ReleaseRequested& to);
bool read(const fbs::InstrumentDefined& from, InstrumentDefined& to);

/// The class that a control command belongs to.
FrameClass class_of(const ControlCommandBody& body);

inline constexpr unsigned kVerifierDepthMax = 16;

}  // namespace sluice::eventlog::detail
