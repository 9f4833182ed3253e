// EVT messages: the fixed header, bodies of answers, control messages and the genesis body.
#include <algorithm>
#include <cstring>

#include "eventlog/codec.h"
#include "eventlog/codec_detail.h"

namespace sluice::eventlog {

namespace {

using namespace detail;

constexpr char kMagic[8] = {'S', 'L', 'U', 'I', 'C', 'E', 'E', '1'};
static_assert(sizeof kMagic + 2 * sizeof(std::uint64_t) + 2 * sizeof(Sha256) + 8 == kEventHeaderBytes);

struct EventWriter {
  Builder& builder;
  using Written = std::pair<fbs::ControlEventBody, Offset<void>>;

  Written operator()(const InstrumentDefined& v) const {
    return {fbs::ControlEventBody::InstrumentDefined, write(builder, v).Union()};
  }
  Written operator()(const AccountRegistered& v) const {
    const auto name = write_text(builder, v.name);
    return {fbs::ControlEventBody::AccountRegistered,
            fbs::CreateAccountRegistered(builder, v.id.value(), name).Union()};
  }
  Written operator()(const StrategyRegistered& v) const {
    const auto name = write_text(builder, v.name);
    return {fbs::ControlEventBody::StrategyRegistered,
            fbs::CreateStrategyRegistered(builder, v.id.value(), name).Union()};
  }
  Written operator()(const LimitsSet& v) const {
    const auto changes = write(builder, v.changes);
    return {fbs::ControlEventBody::LimitsSet,
            fbs::CreateLimitsSet(builder, v.account.value(), changes, v.instrument.value()).Union()};
  }
  Written operator()(const KillSwitchEngaged& v) const {
    return {fbs::ControlEventBody::KillSwitchEngaged, write(builder, v).Union()};
  }
  Written operator()(const ReleaseRequested& v) const {
    return {fbs::ControlEventBody::ReleaseRequested, write(builder, v).Union()};
  }
  Written operator()(const KillSwitchReleased& v) const {
    const auto key = write_text(builder, v.key);
    const auto requested = write_text(builder, v.requested_by);
    const auto approved = write_text(builder, v.approved_by);
    const fbs::Uuid release = to_fbs(v.release_id);
    const fbs::Uuid kill = to_fbs(v.kill_id);
    return {fbs::ControlEventBody::KillSwitchReleased,
            fbs::CreateKillSwitchReleased(builder, &release, static_cast<std::uint8_t>(v.scope), key, &kill, requested,
                                          approved)
                .Union()};
  }
  Written operator()(const FrameRejected& v) const {
    return {fbs::ControlEventBody::FrameRejected,
            fbs::CreateFrameRejected(builder, static_cast<std::uint8_t>(v.fault)).Union()};
  }
  Written operator()(const EpochStarted& v) const {
    return {fbs::ControlEventBody::EpochStarted,
            fbs::CreateEpochStarted(builder, v.epoch.value(), v.owner.value()).Union()};
  }
  Written operator()(const InstrumentStateChanged& v) const {
    return {fbs::ControlEventBody::InstrumentStateChanged,
            fbs::CreateInstrumentStateChanged(builder, v.id.value(), static_cast<std::uint8_t>(v.state)).Union()};
  }
  Written operator()(const CalendarSet& v) const {
    const auto days = write(builder, v.days);
    return {fbs::ControlEventBody::CalendarSet, fbs::CreateCalendarSet(builder, days).Union()};
  }
  Written operator()(const SettlementDayStarted& v) const {
    const auto day = copy_struct<fbs::SettlementDay>(v.day);
    return {fbs::ControlEventBody::SettlementDayStarted, fbs::CreateSettlementDayStarted(builder, &day).Union()};
  }
};

bool read_event(const fbs::ControlEvent& from, ControlEventBody& to) {
  switch (from.body_type()) {
    case fbs::ControlEventBody::InstrumentDefined:
      return read(*from.body_as_InstrumentDefined(), to.emplace<InstrumentDefined>());
    case fbs::ControlEventBody::AccountRegistered: {
      auto& event = to.emplace<AccountRegistered>();
      event.id = AccountId{from.body_as_AccountRegistered()->id()};
      return read_text(from.body_as_AccountRegistered()->name(), event.name);
    }
    case fbs::ControlEventBody::StrategyRegistered: {
      auto& event = to.emplace<StrategyRegistered>();
      event.id = StrategyId{from.body_as_StrategyRegistered()->id()};
      return read_text(from.body_as_StrategyRegistered()->name(), event.name);
    }
    case fbs::ControlEventBody::LimitsSet: {
      auto& event = to.emplace<LimitsSet>();
      event.account = AccountId{from.body_as_LimitsSet()->account()};
      event.instrument = InstrumentId{from.body_as_LimitsSet()->instrument()};
      return read(from.body_as_LimitsSet()->changes(), event.changes);
    }
    case fbs::ControlEventBody::KillSwitchEngaged:
      return read(*from.body_as_KillSwitchEngaged(), to.emplace<KillSwitchEngaged>());
    case fbs::ControlEventBody::ReleaseRequested:
      return read(*from.body_as_ReleaseRequested(), to.emplace<ReleaseRequested>());
    case fbs::ControlEventBody::KillSwitchReleased: {
      const auto& body = *from.body_as_KillSwitchReleased();
      auto& event = to.emplace<KillSwitchReleased>();
      if (body.scope() < 1 || body.scope() > 4) return false;
      event.release_id = from_fbs(body.release_id());
      event.kill_id = from_fbs(body.kill_id());
      event.scope = static_cast<KillScope>(body.scope());
      return read_text(body.key(), event.key) && read_text(body.requested_by(), event.requested_by) &&
             read_text(body.approved_by(), event.approved_by);
    }
    case fbs::ControlEventBody::FrameRejected: {
      const std::uint8_t fault = from.body_as_FrameRejected()->fault();
      to.emplace<FrameRejected>().fault = static_cast<FrameFault>(fault);
      return fault >= 1 && fault <= 5;
    }
    case fbs::ControlEventBody::EpochStarted: {
      const auto& body = *from.body_as_EpochStarted();
      to.emplace<EpochStarted>(EpochStarted{Epoch{body.epoch()}, OwnerId{body.owner()}});
      return true;
    }
    case fbs::ControlEventBody::InstrumentStateChanged: {
      const auto& body = *from.body_as_InstrumentStateChanged();
      to.emplace<InstrumentStateChanged>(
          InstrumentStateChanged{InstrumentId{body.id()}, static_cast<InstrumentState>(body.state())});
      return body.state() >= 1 && body.state() <= 3;
    }
    case fbs::ControlEventBody::CalendarSet:
      return read(from.body_as_CalendarSet()->days(), to.emplace<CalendarSet>().days);
    case fbs::ControlEventBody::SettlementDayStarted: {
      const fbs::SettlementDay* day = from.body_as_SettlementDayStarted()->day();
      if (day == nullptr || day->reserved() != 0) return false;
      to.emplace<SettlementDayStarted>(SettlementDayStarted{copy_struct<SettlementDay>(*day)});
      return true;
    }
    case fbs::ControlEventBody::NONE: return false;
  }
  return false;
}

bool in_range(const OrderEvent& event) {
  const auto raw = copy_struct<fbs::OrderEvent>(event);
  return raw.kind() >= 1 && raw.kind() <= 6 && raw.side() <= 2 && raw.type() <= 4 && raw.tif() <= 5 && raw.stp() <= 4 &&
         raw.reason() <= 9 && (raw.flags() & ~(kFlagPostOnly | kFlagFlatten)) == 0 && raw.reserved() == 0;
}

bool in_range(const Outcome& outcome) {
  const auto raw = copy_struct<fbs::Outcome>(outcome);
  return raw.code() >= 1 && raw.code() <= 2 &&
         raw.reason() <= static_cast<std::uint8_t>(RejectReason::kReleaseExpired) &&
         (raw.flags() & ~kFlagRepeat) == 0 && raw.reserved() == 0;
}

/// What one part carries: [begin, end) of each vector.
struct Slice {
  std::size_t outcome_begin = 0, outcome_end = 0, order_begin = 0, order_end = 0, control_begin = 0, control_end = 0;
};

/// Roughly what a control event takes besides the days of a calendar; texts are bounded, so that this is an upper
/// bound.
constexpr std::size_t kControlEventBytes = 768;
std::size_t bytes_of(const ControlEvent& event) {
  const auto* calendar = std::get_if<CalendarSet>(&event.body);
  return kControlEventBytes + (calendar == nullptr ? 0 : calendar->days.size() * sizeof(SettlementDay));
}
constexpr std::size_t kBodyBytes = 512;

void slice(const Answer& answer, std::vector<Slice>& slices) {
  slices.assign(1, Slice{});
  std::size_t room = kPartBytesMax - kBodyBytes;
  const auto take = [&](std::size_t bytes) -> Slice& {
    if (bytes > room) {
      const Slice& last = slices.back();
      slices.push_back(
          {last.outcome_end, last.outcome_end, last.order_end, last.order_end, last.control_end, last.control_end});
      room = kPartBytesMax - kBodyBytes;
    }
    room -= bytes;
    return slices.back();
  };
  for (std::size_t i = 0; i < answer.outcomes.size(); ++i) take(sizeof(Outcome)).outcome_end = i + 1;
  for (std::size_t i = 0; i < answer.order_events.size(); ++i) take(sizeof(OrderEvent)).order_end = i + 1;
  for (std::size_t i = 0; i < answer.control_events.size(); ++i)
    take(bytes_of(answer.control_events[i])).control_end = i + 1;
}

/// At least what its body takes.
std::size_t bytes_of(const Slice& slice) {
  return kBodyBytes + (slice.outcome_end - slice.outcome_begin) * sizeof(Outcome) +
         (slice.order_end - slice.order_begin) * sizeof(OrderEvent) +
         (slice.control_end - slice.control_begin) * kControlEventBytes;
}

/// Into `builder`, which is empty; `tables` is scratch space.
std::span<const std::byte> encode_part(const Answer& answer, const Slice& slice, std::uint32_t part,
                                       std::uint32_t last_part, Builder& builder,
                                       std::vector<Offset<fbs::ControlEvent>>& tables) {
  tables.clear();
  for (std::size_t i = slice.control_begin; i < slice.control_end; ++i) {
    const ControlEvent& event = answer.control_events[i];
    const auto [type, body] = std::visit(EventWriter{builder}, event.body);
    tables.push_back(fbs::CreateControlEvent(builder, event.before, event.command_index, type, body));
  }
  const auto outcomes = write_structs<fbs::Outcome>(
      builder,
      std::span<const Outcome>(answer.outcomes).subspan(slice.outcome_begin, slice.outcome_end - slice.outcome_begin));
  const auto orders = write_structs<fbs::OrderEvent>(
      builder,
      std::span<const OrderEvent>(answer.order_events).subspan(slice.order_begin, slice.order_end - slice.order_begin));
  const auto controls =
      tables.empty() ? Offset<flatbuffers::Vector<Offset<fbs::ControlEvent>>>(0) : builder.CreateVector(tables);
  const auto sha = copy_struct<fbs::Sha256>(answer.cmd_sha256);
  const fbs::Hash128 hash(answer.state_hash.hi, answer.state_hash.lo);
  const bool with_hash = answer.has_state_hash && part == last_part;
  fbs::FinishEventBodyBuffer(
      builder, fbs::CreateEventBody(builder, kSchema, kLogicVersion, static_cast<std::uint8_t>(answer.kind),
                                    answer.cmd_sequence.value(), &sha, part, last_part, answer.log_time.value(),
                                    outcomes, orders, controls, with_hash ? &hash : nullptr));
  return {reinterpret_cast<const std::byte*>(builder.GetBufferPointer()), builder.GetSize()};
}

}  // namespace

/// A builder for each part: most answers have one.
struct BodyEncoder::Memory {
  std::vector<Slice> slices;
  std::vector<std::unique_ptr<Builder>> builders;
  std::vector<Offset<fbs::ControlEvent>> tables;
  std::vector<std::span<const std::byte>> bodies;
};

BodyEncoder::BodyEncoder() : memory_(std::make_unique<Memory>()) {}

BodyEncoder::~BodyEncoder() = default;

std::span<const std::span<const std::byte>> BodyEncoder::encode(const Answer& answer) {
  auto& [slices, builders, tables, bodies] = *memory_;
  slice(answer, slices);
  bodies.clear();
  while (builders.size() < slices.size())
    builders.push_back(std::make_unique<Builder>(bytes_of(slices[builders.size()])));
  const auto parts = static_cast<std::uint32_t>(slices.size());
  for (std::uint32_t i = 0; i < parts; ++i) {
    builders[i]->Clear();
    bodies.push_back(encode_part(answer, slices[i], i + 1, parts, *builders[i], tables));
    INVARIANT(bodies.back().size() + kEventHeaderBytes <= kMessageBytesMax);
  }
  return bodies;
}

std::vector<std::vector<std::byte>> encode_bodies(const Answer& answer) {
  BodyEncoder encoder;
  std::vector<std::vector<std::byte>> bodies;
  for (const std::span<const std::byte> body : encoder.encode(answer)) bodies.emplace_back(body.begin(), body.end());
  return bodies;
}

std::vector<std::byte> encode_genesis_body(const Genesis& genesis, const LogMessage& cmd_genesis) {
  INVARIANT(cmd_genesis.sequence == 1);
  Builder builder;
  const auto table = fbs::CreateGenesis(builder, genesis.shard_count, genesis.key_window.value());
  const auto sha = copy_struct<fbs::Sha256>(sha256(cmd_genesis.payload));
  const fbs::Uuid deployment = to_fbs(genesis.deployment);
  fbs::FinishEventBodyBuffer(builder, fbs::CreateEventBody(builder, genesis.schema, kLogicVersion,
                                                           static_cast<std::uint8_t>(AnswerKind::kGenesis), 1, &sha, 1,
                                                           1, cmd_genesis.broker_time.value(), 0, 0, 0, nullptr,
                                                           &deployment, genesis.shard.value(), table));
  const auto* begin = reinterpret_cast<const std::byte*>(builder.GetBufferPointer());
  return {begin, begin + builder.GetSize()};
}

std::vector<std::byte> seal(Epoch epoch, OwnerId owner, const Sha256& prev_chain, std::span<const std::byte> body,
                            Sha256& chain) {
  chain = chain_of(prev_chain, epoch, owner, body);
  std::vector<std::byte> message(kEventHeaderBytes + body.size());
  std::byte* at = message.data();
  const auto put = [&at](const void* from, std::size_t bytes) {
    std::memcpy(at, from, bytes);
    at += bytes;
  };
  const std::uint64_t epoch_value = epoch.value();
  const std::uint64_t owner_value = owner.value();
  const std::uint64_t body_bytes = body.size();
  put(kMagic, sizeof kMagic);
  put(&epoch_value, sizeof epoch_value);
  put(&owner_value, sizeof owner_value);
  put(&body_bytes, sizeof body_bytes);
  put(prev_chain.data(), prev_chain.size());
  put(chain.data(), chain.size());
  put(body.data(), body.size());
  return message;
}

Result<SealedView> open_sealed(std::span<const std::byte> payload) {
  if (payload.size() <= kEventHeaderBytes || std::memcmp(payload.data(), kMagic, sizeof kMagic) != 0) {
    return Error{ErrorCode::kCorrupt, "not an EVT message: no header"};
  }
  std::uint64_t words[3];
  std::memcpy(words, payload.data() + sizeof kMagic, sizeof words);
  SealedView view;
  view.header.epoch = Epoch{words[0]};
  view.header.owner = OwnerId{words[1]};
  std::memcpy(view.header.prev_chain.data(), payload.data() + 32, 32);
  std::memcpy(view.header.chain.data(), payload.data() + 64, 32);
  view.body = payload.subspan(kEventHeaderBytes);
  if (words[2] != view.body.size()) return Error{ErrorCode::kCorrupt, "not an EVT message: wrong length"};
  return view;
}

Result<BodyInfo> decode_body(std::span<const std::byte> body, Answer& answer) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(body.data());
  flatbuffers::Verifier verifier(data, body.size(), kVerifierDepthMax, 16 * kCommandsMax);
  if (body.empty() || !fbs::VerifyEventBodyBuffer(verifier))
    return Error{ErrorCode::kCorrupt, "verifier: the body is damaged"};
  const fbs::EventBody& from = *fbs::GetEventBody(data);
  const Error range{ErrorCode::kCorrupt, "verifier: a value of the body is out of range"};
  if (from.kind() < 1 || from.kind() > 3 || from.cmd_sha256() == nullptr || from.part() < 1 ||
      from.part() > from.last_part() || !is_aligned(from.outcomes()) || !is_aligned(from.order_events()))
    return range;
  BodyInfo info{from.schema(), from.logic(),     static_cast<AnswerKind>(from.kind()),
                from.part(),   from.last_part(), std::nullopt};
  answer.kind = info.kind;
  answer.logic = info.logic;
  answer.cmd_sequence = CmdSequence{from.cmd_sequence()};
  answer.cmd_sha256 = copy_struct<Sha256>(*from.cmd_sha256());
  answer.log_time = Nanos{from.log_time()};
  answer.has_state_hash = from.state_hash() != nullptr;
  if (answer.has_state_hash) answer.state_hash = {from.state_hash()->hi(), from.state_hash()->lo()};
  if (info.kind == AnswerKind::kGenesis) {
    if (from.genesis() == nullptr || from.genesis_deployment() == nullptr) return range;
    info.genesis = Genesis{from_fbs(*from.genesis_deployment()), ShardId{from.genesis_shard()},
                           from.genesis()->shard_count(), from.schema(), Nanos{from.genesis()->key_window()}};
  }
  const auto outcomes = view_structs<Outcome>(from.outcomes());
  if (!std::all_of(outcomes.begin(), outcomes.end(), [](const Outcome& outcome) { return in_range(outcome); }))
    return range;
  answer.outcomes.insert(answer.outcomes.end(), outcomes.begin(), outcomes.end());
  const auto orders = view_structs<OrderEvent>(from.order_events());
  if (!std::all_of(orders.begin(), orders.end(), [](const OrderEvent& event) { return in_range(event); })) return range;
  answer.order_events.insert(answer.order_events.end(), orders.begin(), orders.end());
  if (from.control_events() == nullptr) return info;
  for (const fbs::ControlEvent* event : *from.control_events()) {
    ControlEvent& to = answer.control_events.emplace_back();
    to.before = event->before();
    to.command_index = event->command_index();
    if (event->body() == nullptr || !read_event(*event, to.body)) return range;
  }
  return info;
}

}  // namespace sluice::eventlog
