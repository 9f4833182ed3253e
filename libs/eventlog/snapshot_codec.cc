#include "eventlog/snapshot_codec.h"

#include <cstring>

#include "eventlog/codec.h"
#include "eventlog/codec_detail.h"
#include "snapshot_generated.h"

namespace sluice::eventlog {

namespace {

using namespace detail;

constexpr char kMagic[8] = {'S', 'L', 'U', 'I', 'C', 'E', 'S', '1'};
constexpr std::size_t kPrefixBytes =
    sizeof kMagic + 8 + sizeof(Sha256);  // magic, body length, SHA-256 of the body: 48 bytes

template <typename Table>
using Vector = Offset<flatbuffers::Vector<Offset<Table>>>;

std::vector<std::byte> wrap(const std::uint8_t* body, std::size_t bytes) {
  std::vector<std::byte> file(kPrefixBytes + bytes);
  const Sha256 sum = sha256(std::as_bytes(std::span(body, bytes)));
  const std::uint64_t length = bytes;
  std::memcpy(file.data(), kMagic, sizeof kMagic);
  std::memcpy(file.data() + 8, &length, sizeof length);
  std::memcpy(file.data() + 16, sum.data(), sum.size());
  std::memcpy(file.data() + kPrefixBytes, body, bytes);
  return file;
}

std::uint64_t low(Int128 value) { return static_cast<std::uint64_t>(value); }
std::int64_t high(Int128 value) { return static_cast<std::int64_t>(value >> 64); }
Int128 wide(std::uint64_t lo, std::int64_t hi) {
  return static_cast<Int128>((static_cast<Uint128>(static_cast<std::uint64_t>(hi)) << 64) | lo);
}

struct ImageWriter {
  Builder& builder;
  const StateImage& image;

  Vector<fbs::AccountRegistered> accounts() const {
    std::vector<Offset<fbs::AccountRegistered>> tables;
    for (const auto& v : image.accounts) {
      const auto name = write_text(builder, v.name);
      tables.push_back(fbs::CreateAccountRegistered(builder, v.id.value(), name));
    }
    return builder.CreateVector(tables);
  }
  Vector<fbs::StrategyRegistered> strategies() const {
    std::vector<Offset<fbs::StrategyRegistered>> tables;
    for (const auto& v : image.strategies) {
      const auto name = write_text(builder, v.name);
      tables.push_back(fbs::CreateStrategyRegistered(builder, v.id.value(), name));
    }
    return builder.CreateVector(tables);
  }
  Vector<fbs::SnapshotInstrument> instruments() const {
    std::vector<Offset<fbs::SnapshotInstrument>> tables;
    for (const auto& v : image.instruments) {
      const auto defined = write(builder, v.defined);
      tables.push_back(
          fbs::CreateSnapshotInstrument(builder, defined, v.last_price.value(), static_cast<std::uint8_t>(v.state)));
    }
    return builder.CreateVector(tables);
  }
  Vector<fbs::SnapshotLimit> limits() const {
    std::vector<Offset<fbs::SnapshotLimit>> tables;
    for (const auto& v : image.limits) {
      for (std::size_t kind = 0; kind < kLimitKinds; ++kind) {
        if (v.values[kind]) {
          tables.push_back(
              fbs::CreateSnapshotLimit(builder, v.account.value(), static_cast<std::uint8_t>(kind), *v.values[kind]));
        }
      }
    }
    return builder.CreateVector(tables);
  }
  Vector<fbs::SnapshotDefaultLimit> default_limits() const {
    std::vector<Offset<fbs::SnapshotDefaultLimit>> tables;
    for (const auto& v : image.default_limits) {
      for (std::size_t kind = 0; kind < kLimitKinds; ++kind) {
        if (!v.values[kind]) continue;
        tables.push_back(fbs::CreateSnapshotDefaultLimit(builder, v.instrument.value(), static_cast<std::uint8_t>(kind),
                                                         *v.values[kind]));
      }
    }
    return tables.empty() ? 0 : builder.CreateVector(tables);
  }
  Vector<fbs::SnapshotKill> kills() const {
    std::vector<Offset<fbs::SnapshotKill>> tables;
    for (const auto& v : image.kills) {
      const auto key = write_text(builder, v.key);
      const auto newest = write(builder, v.newest);
      tables.push_back(fbs::CreateSnapshotKill(builder, static_cast<std::uint8_t>(v.scope), key, v.engaged, newest,
                                               v.since.value(), static_cast<std::uint8_t>(v.mode)));
    }
    return builder.CreateVector(tables);
  }
  Vector<fbs::SnapshotRelease> releases() const {
    std::vector<Offset<fbs::SnapshotRelease>> tables;
    for (const auto& v : image.releases) {
      const auto requested = write(builder, v.requested);
      tables.push_back(fbs::CreateSnapshotRelease(builder, requested, v.at.value()));
    }
    return builder.CreateVector(tables);
  }
  Offset<flatbuffers::Vector<const fbs::SnapshotOrder*>> orders() const {
    std::vector<fbs::SnapshotOrder> structs;
    structs.reserve(image.orders.size());
    for (const auto& v : image.orders) {
      structs.emplace_back(copy_struct<fbs::OrderEvent>(v.accepted), v.filled.value(), v.remaining.value(), v.priority,
                           static_cast<std::uint8_t>(v.waiting_stop ? 1 : 0), std::uint8_t{0}, std::uint16_t{0}, 0u);
    }
    return builder.CreateVectorOfStructs(structs);
  }
  /// Left out if there are none.
  Offset<flatbuffers::Vector<const fbs::SnapshotIceberg*>> icebergs() const {
    std::vector<fbs::SnapshotIceberg> structs;
    for (const auto& v : image.orders) {
      if (v.hidden != Quantity{0}) structs.emplace_back(v.accepted.order_id.value(), v.hidden.value());
    }
    return structs.empty() ? 0 : builder.CreateVectorOfStructs(structs);
  }
  /// Left out if there are none.
  Offset<flatbuffers::Vector<const fbs::SnapshotRate*>> rates() const {
    std::vector<fbs::SnapshotRate> structs;
    for (const auto& v : image.rates) structs.emplace_back(v.at.value(), v.count, v.account.value(), 0u);
    return structs.empty() ? 0 : builder.CreateVectorOfStructs(structs);
  }
  Offset<flatbuffers::Vector<const fbs::SnapshotPosition*>> positions() const {
    std::vector<fbs::SnapshotPosition> structs;
    for (const auto& v : image.positions)
      structs.emplace_back(v.account.value(), v.instrument.value(), v.holding.net.value());
    return builder.CreateVectorOfStructs(structs);
  }
  Offset<flatbuffers::Vector<const fbs::SnapshotProfit*>> profits() const {
    std::vector<fbs::SnapshotProfit> structs;
    for (const auto& v : image.positions) {
      structs.emplace_back(low(v.holding.cash), high(v.holding.cash), low(v.holding.cost), high(v.holding.cost),
                           low(v.day_profit), high(v.day_profit), v.day_trades);
    }
    return builder.CreateVectorOfStructs(structs);
  }
  Offset<flatbuffers::Vector<const fbs::SnapshotKey*>> keys() const {
    std::vector<fbs::SnapshotKey> structs;
    structs.reserve(image.keys.size());
    for (const auto& v : image.keys) structs.emplace_back(copy_struct<fbs::Outcome>(v.outcome), v.at.value());
    return builder.CreateVectorOfStructs(structs);
  }
};

struct ImageReader {
  const fbs::Snapshot& from;
  StateImage& image;

  bool read_reference() const {
    for (const auto* v : *from.accounts()) {
      if (!read_text(v->name(), image.accounts.emplace_back(AccountRegistered{AccountId{v->id()}, {}}).name))
        return false;
    }
    for (const auto* v : *from.strategies()) {
      if (!read_text(v->name(), image.strategies.emplace_back(StrategyRegistered{StrategyId{v->id()}, {}}).name))
        return false;
    }
    for (const auto* v : *from.instruments()) {
      auto& to = image.instruments.emplace_back();
      to.last_price = Price{v->last_price()};
      to.state = static_cast<InstrumentState>(v->state());
      if (v->state() < 1 || v->state() > 3) return false;
      if (v->defined() == nullptr || !read(*v->defined(), to.defined)) return false;
    }
    for (const auto* v : *from.limits()) {
      if (v->kind() >= kLimitKinds) return false;
      if (image.limits.empty() || image.limits.back().account != AccountId{v->account()}) {
        image.limits.push_back({AccountId{v->account()}, {}});
      }
      image.limits.back().values[v->kind()] = v->value();
    }
    return read_defaults() && read_calendar();
  }
  bool read_defaults() const {
    if (from.default_limits() == nullptr) return true;
    for (const auto* v : *from.default_limits()) {
      if (v->kind() >= kLimitKinds) return false;
      if (image.default_limits.empty() || image.default_limits.back().instrument != InstrumentId{v->instrument()}) {
        image.default_limits.push_back({InstrumentId{v->instrument()}, {}});
      }
      image.default_limits.back().values[v->kind()] = v->value();
    }
    return true;
  }
  bool read_calendar() const {
    if (from.day() != nullptr) image.day = copy_struct<SettlementDay>(*from.day());
    return from.calendar() == nullptr || read(from.calendar(), image.calendar);
  }
  bool read_kills() const {
    for (const auto* v : *from.kills()) {
      auto& to = image.kills.emplace_back();
      if (v->scope() < 1 || v->scope() > 4 || v->mode() < 1 || v->mode() > 4 || v->newest() == nullptr) return false;
      to.mode = static_cast<KillMode>(v->mode());
      to.scope = static_cast<KillScope>(v->scope());
      to.engaged = v->engaged();
      to.since = Nanos{v->since()};
      if (!read_text(v->key(), to.key) || !read(*v->newest(), to.newest)) return false;
    }
    for (const auto* v : *from.kill_ids()) image.kill_ids.push_back(from_fbs(*v));
    for (const auto* v : *from.releases()) {
      auto& to = image.releases.emplace_back();
      to.at = Nanos{v->at()};
      if (v->requested() == nullptr || !read(*v->requested(), to.requested)) return false;
    }
    return true;
  }
  /// Both lists are by order id. One that names no order leaves the image without it: its state hash will not fit.
  void read_icebergs(const flatbuffers::Vector<const fbs::SnapshotIceberg*>& icebergs) const {
    auto order = image.orders.begin();
    for (const auto* v : icebergs) {
      while (order != image.orders.end() && order->accepted.order_id.value() < v->order_id()) ++order;
      if (order == image.orders.end()) return;
      if (order->accepted.order_id.value() == v->order_id()) order->hidden = Quantity{v->hidden()};
    }
  }
  void read_structs() const {
    for (const auto* v : *from.positions()) {
      auto& to = image.positions.emplace_back();
      to.account = AccountId{v->account()};
      to.instrument = InstrumentId{v->instrument()};
      to.holding.net = Quantity{v->net()};
    }
    for (flatbuffers::uoffset_t i = 0; from.profits() != nullptr && i < from.profits()->size(); ++i) {
      const auto& v = *from.profits()->Get(i);
      auto& to = image.positions[i];
      to.holding.cash = wide(v.cash_lo(), v.cash_hi());
      to.holding.cost = wide(v.cost_lo(), v.cost_hi());
      to.day_profit = wide(v.day_profit_lo(), v.day_profit_hi());
      to.day_trades = v.day_trades();
    }
    for (const auto* v : *from.orders()) {
      image.orders.push_back({copy_struct<OrderEvent>(v->accepted()), Quantity{v->filled()}, Quantity{v->remaining()},
                              v->priority(), v->waiting_stop() != 0, Quantity{}});
    }
    if (from.icebergs() != nullptr) read_icebergs(*from.icebergs());
    if (from.rates() != nullptr) {
      for (const auto* v : *from.rates()) image.rates.push_back({AccountId{v->account()}, Nanos{v->at()}, v->count()});
    }
    for (const auto* v : *from.keys()) image.keys.push_back({copy_struct<Outcome>(v->outcome()), Nanos{v->at()}});
    const auto& c = *from.counters();
    image.counters = {c.orders(), c.trades(), c.priorities(), c.commands(), c.rejected(), c.repeated(), c.events()};
  }
};

bool complete(const fbs::Snapshot& s) {
  return s.deployment() && s.genesis() && s.chain() && s.state_hash() && s.counters() && s.accounts() &&
         s.strategies() && s.instruments() && s.limits() && s.positions() && s.orders() && s.kills() && s.kill_ids() &&
         s.releases() && s.keys() && (s.profits() == nullptr || s.profits()->size() == s.positions()->size()) &&
         is_aligned(s.positions()) && is_aligned(s.orders()) && is_aligned(s.kill_ids()) && is_aligned(s.keys()) &&
         is_aligned(s.icebergs()) && is_aligned(s.rates()) && is_aligned(s.profits()) && is_aligned(s.calendar());
}

}  // namespace

std::vector<std::byte> encode_snapshot(const Snapshot& snapshot) {
  const StateImage& image = snapshot.image;
  Builder builder(1024 + image.orders.size() * sizeof(fbs::SnapshotOrder) +
                  image.keys.size() * sizeof(fbs::SnapshotKey));
  const ImageWriter writer{builder, image};
  const auto accounts = writer.accounts();
  const auto strategies = writer.strategies();
  const auto instruments = writer.instruments();
  const auto limits = writer.limits();
  const auto kills = writer.kills();
  const auto releases = writer.releases();
  const auto orders = writer.orders();
  const auto icebergs = writer.icebergs();
  const auto rates = writer.rates();
  const auto positions = writer.positions();
  const auto keys = writer.keys();
  const auto profits = writer.profits();
  const auto default_limits = writer.default_limits();
  const auto calendar = image.calendar.empty() ? 0 : write(builder, image.calendar);
  const auto day = copy_struct<fbs::SettlementDay>(image.day);
  const auto kill_ids =
      builder.CreateVectorOfStructs(reinterpret_cast<const fbs::Uuid*>(image.kill_ids.data()), image.kill_ids.size());
  const CountersImage& c = image.counters;
  const auto counters = fbs::CreateSnapshotCounters(builder, c.orders, c.trades, c.priorities, c.commands, c.rejected,
                                                    c.repeated, c.events);
  const auto genesis = fbs::CreateGenesis(builder, image.genesis.shard_count, image.genesis.key_window.value());
  const fbs::Uuid deployment = to_fbs(image.genesis.deployment);
  const auto chain = copy_struct<fbs::Sha256>(snapshot.checkpoint.chain);
  const fbs::Hash128 hash(snapshot.state_hash.hi, snapshot.state_hash.lo);
  fbs::FinishSnapshotBuffer(
      builder, fbs::CreateSnapshot(builder, kSchema, snapshot.logic, &deployment, image.genesis.shard.value(), genesis,
                                   snapshot.checkpoint.cmd_sequence.value(), snapshot.checkpoint.evt_sequence.value(),
                                   &chain, snapshot.checkpoint.epoch.value(), snapshot.checkpoint.owner.value(), &hash,
                                   image.log_time.value(), counters, accounts, strategies, instruments, limits,
                                   positions, orders, kills, kill_ids, releases, keys, icebergs, rates, profits,
                                   default_limits, calendar, &day));
  return wrap(builder.GetBufferPointer(), builder.GetSize());
}

Result<Snapshot> decode_snapshot(std::span<const std::byte> bytes) {
  if (bytes.size() <= kPrefixBytes || std::memcmp(bytes.data(), kMagic, sizeof kMagic) != 0) {
    return Error{ErrorCode::kCorrupt, "not a snapshot of this version"};
  }
  std::uint64_t length = 0;
  Sha256 sum{};
  std::memcpy(&length, bytes.data() + 8, sizeof length);
  std::memcpy(sum.data(), bytes.data() + 16, sum.size());
  // Copied to aligned storage: the caller's bytes may come from anywhere.
  const auto body_bytes = bytes.subspan(kPrefixBytes);
  if (length != body_bytes.size() || sha256(body_bytes) != sum)
    return Error{ErrorCode::kCorrupt, "the snapshot is torn or damaged"};
  OwnedMessage aligned;
  aligned.assign({0, Nanos{}, FrameClass::kControl, body_bytes});
  const auto* data = reinterpret_cast<const std::uint8_t*>(aligned.payload().data());
  flatbuffers::Verifier verifier(data, body_bytes.size(), kVerifierDepthMax, 100'000'000);
  if (!fbs::VerifySnapshotBuffer(verifier)) return Error{ErrorCode::kCorrupt, "the snapshot fails its verifier"};
  const fbs::Snapshot& from = *fbs::GetSnapshot(data);
  if (from.schema() != kSchema || !complete(from))
    return Error{ErrorCode::kCorrupt, "the snapshot is incomplete or of another schema"};
  Snapshot snapshot;
  snapshot.logic = from.logic();
  snapshot.state_hash = {from.state_hash()->hi(), from.state_hash()->lo()};
  snapshot.checkpoint = {CmdSequence{from.cmd_sequence()}, EvtSequence{from.evt_sequence()},
                         copy_struct<Sha256>(*from.chain()), Epoch{from.epoch()}, OwnerId{from.owner()}};
  StateImage& image = snapshot.image;
  image.genesis = {from_fbs(*from.deployment()), ShardId{from.shard()}, from.genesis()->shard_count(), from.schema(),
                   Nanos{from.genesis()->key_window()}};
  image.log_time = Nanos{from.log_time()};
  image.cmd_sequence = snapshot.checkpoint.cmd_sequence;
  const ImageReader reader{from, image};
  if (!reader.read_reference() || !reader.read_kills())
    return Error{ErrorCode::kCorrupt, "a value of the snapshot is out of range"};
  reader.read_structs();
  return snapshot;
}

// The emergency file is a sequence of CMD frames with one kill each, behind a length and a SHA-256: the same codec as
// the log.
std::vector<std::byte> encode_emergency(std::span<const EmergencyKill> kills) {
  std::vector<std::byte> file;
  for (const EmergencyKill& kill : kills) {
    const ControlCommand command{kill.kill.kill_id, kill.by, kill.kill};
    const auto frame = encode_frame(Genesis{}, FrameAddress{}, {}, std::span(&command, 1));
    const auto record = wrap(reinterpret_cast<const std::uint8_t*>(frame.data()), frame.size());
    file.insert(file.end(), record.begin(), record.end());
  }
  return file;
}

Result<std::vector<EmergencyKill>> decode_emergency(std::span<const std::byte> bytes) {
  // The file is replaced as a whole by rename, so a torn record is damage, not an interrupted write: a kill may be
  // missing.
  const Error torn{ErrorCode::kCorrupt, "the emergency file ends within a record"};
  std::vector<EmergencyKill> kills;
  while (!bytes.empty()) {
    std::uint64_t length = 0;
    Sha256 sum{};
    if (bytes.size() < kPrefixBytes) return torn;
    std::memcpy(&length, bytes.data() + 8, sizeof length);
    std::memcpy(sum.data(), bytes.data() + 16, sum.size());
    if (std::memcmp(bytes.data(), kMagic, sizeof kMagic) != 0)
      return Error{ErrorCode::kCorrupt, "the emergency file is damaged"};
    if (length > bytes.size() - kPrefixBytes) return torn;
    OwnedMessage frame;
    frame.assign({1, Nanos{}, FrameClass::kControl, bytes.subspan(kPrefixBytes, length)});
    DecodedFrame decoded;
    decode_frame(Genesis{}, frame.message(), decoded);
    if (sha256(frame.payload()) != sum || decoded.fault != FrameFault::kNone || decoded.controls.size() != 1) {
      return Error{ErrorCode::kCorrupt, "a record of the emergency file is damaged"};
    }
    const auto* kill = std::get_if<EngageKillSwitch>(&decoded.controls.front().body);
    if (kill == nullptr) return Error{ErrorCode::kCorrupt, "a record of the emergency file is no kill"};
    kills.push_back({*kill, decoded.controls.front().principal});
    bytes = bytes.subspan(kPrefixBytes + length);
  }
  return kills;
}

}  // namespace sluice::eventlog
