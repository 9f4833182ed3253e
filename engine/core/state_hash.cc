// Hashes of entities: structs without padding are hashed as they are, the others packed field by field in declared
// order.
#include "engine/core/state_hash.h"

#include <variant>

namespace sluice::core {

namespace {

PackedBytes& add(PackedBytes& bytes, const DefineInstrument& definition) {
  return bytes.add(definition.symbol)
      .add(definition.home)
      .add(definition.tick)
      .add(definition.lot)
      .add(definition.unit_value)
      .add(definition.stop_in_market);
}
PackedBytes& add(PackedBytes& bytes, const EngageKillSwitch& kill) {
  return bytes.add(kill.kill_id).add(kill.scope).add(kill.mode).add(kill.key).add(kill.reason);
}
PackedBytes& add(PackedBytes& bytes, const RequestRelease& request) {
  return bytes.add(request.release_id)
      .add(request.scope)
      .add(request.key)
      .add(request.kill_id)
      .add(request.kill_sequence)
      .add(request.reason);
}
PackedBytes& add(PackedBytes& bytes, const ApproveRelease& approval) {
  return bytes.add(approval.release_id).add(approval.reason);
}
PackedBytes& add(PackedBytes& bytes, const RegisterAccount& account) { return bytes.add(account.name); }
PackedBytes& add(PackedBytes& bytes, const RegisterStrategy& strategy) { return bytes.add(strategy.name); }
PackedBytes& add(PackedBytes& bytes, const SetLimits& limits) {
  bytes.add(limits.account);
  for (const LimitChange& change : limits.changes) bytes.add(change.action).add(change.value);
  return bytes.add(limits.symbol);
}
PackedBytes& add(PackedBytes& bytes, const Tick&) { return bytes; }
PackedBytes& add(PackedBytes& bytes, const SetInstrumentState& change) {
  return bytes.add(change.symbol).add(change.state);
}
PackedBytes& add(PackedBytes& bytes, const SetCalendar& calendar) {
  const Hash128 days = hash_of(calendar.days);
  return bytes.add(days.hi).add(days.lo);
}

/// Of a set of limits, behind what they belong to.
Hash128 hash_of_limits(PackedBytes& bytes, const Limits& limits, std::uint64_t domain) {
  bool any = false;
  for (std::size_t i = 0; i < limits.size(); ++i) {
    if (!limits[i]) continue;
    // The kind goes in with each value: a limit of 5 on one thing is not a limit of 5 on another.
    bytes.add(static_cast<std::uint32_t>(i)).add(*limits[i]);
    any = true;
  }
  return any ? bytes.hash(domain) : Hash128{};
}

}  // namespace

Hash128 hash_of(const AccountRegistered& account) {
  return PackedBytes{}.add(account.id).add(account.name).hash(hash_domain::kAccount);
}

Hash128 hash_of(const StrategyRegistered& strategy) {
  return PackedBytes{}.add(strategy.id).add(strategy.name).hash(hash_domain::kStrategy);
}

Hash128 hash_of(const InstrumentDefined& instrument) {
  PackedBytes bytes;
  return add(bytes.add(instrument.id), instrument.definition).hash(hash_domain::kInstrument);
}

Hash128 hash_of_last_price(InstrumentId instrument, Price price) {
  if (price == Price{0}) return {};
  const std::array<std::int64_t, 2> words{instrument.value(), price.value()};
  return hash_value(words, hash_domain::kLastPrice);
}

Hash128 hash_of(AccountId account, const Limits& limits) {
  PackedBytes bytes;
  return hash_of_limits(bytes.add(account), limits, hash_domain::kLimits);
}

Hash128 hash_of(InstrumentId instrument, const Limits& limits) {
  PackedBytes bytes;
  return hash_of_limits(bytes.add(instrument), limits, hash_domain::kDefaultLimits);
}

Hash128 hash_of(InstrumentId instrument, InstrumentState state) {
  if (state == InstrumentState::kOpen) return {};
  return PackedBytes{}.add(instrument).add(state).hash(hash_domain::kInstrumentState);
}

Hash128 hash_of(const std::vector<SettlementDay>& calendar) {
  if (calendar.empty()) return {};
  return hash_bytes(std::as_bytes(std::span(calendar)), hash_domain::kCalendar);
}

Hash128 hash_of(const SettlementDay& day) {
  return day == SettlementDay{} ? Hash128{} : hash_value(day, hash_domain::kDay);
}

Hash128 hash_of(AccountId account, const RateWindow::Entry& rate) {
  if (rate.count == 0) return {};
  const std::array<std::uint64_t, 3> words{account.value(), static_cast<std::uint64_t>(rate.at.value()), rate.count};
  return hash_value(words, hash_domain::kRate);
}

Hash128 hash_of(const Position& position, bool with_profit) {
  if (!position.traded) return {};
  const Holding& holding = position.holding;
  const std::array<std::int64_t, 3> words{position.account.value(), position.instrument.value(), holding.net.value()};
  if (!with_profit) return hash_value(words, hash_domain::kPosition);
  const auto low = [](Int128 value) { return static_cast<std::int64_t>(value); };
  const auto high = [](Int128 value) { return static_cast<std::int64_t>(value >> 64); };
  const std::array<std::int64_t, 10> more{words[0],
                                          words[1],
                                          words[2],
                                          low(holding.cash),
                                          high(holding.cash),
                                          low(holding.cost),
                                          high(holding.cost),
                                          low(position.day_profit),
                                          high(position.day_profit),
                                          static_cast<std::int64_t>(position.day_trades)};
  return hash_value(more, hash_domain::kPosition);
}

Hash128 hash_of_order(const OrderEvent& accepted) { return hash_value(accepted, hash_domain::kOrder); }

Hash128 hash_of_progress(const LiveOrder& order, Quantity remaining) {
  const std::array<std::uint64_t, 4> words{order.accepted.order_id.value(),
                                           static_cast<std::uint64_t>(order.filled.value()),
                                           static_cast<std::uint64_t>(remaining.value()), order.priority};
  if (order.accepted.display == Quantity{0} && !order.waiting) return hash_value(words, hash_domain::kOrderProgress);
  // What only icebergs and stops have; the hash of the others is what it was before there were any.
  const std::array<std::uint64_t, 6> more{words[0],
                                          words[1],
                                          words[2],
                                          words[3],
                                          static_cast<std::uint64_t>(order.hidden.value()),
                                          order.waiting ? 1u : 0u};
  return hash_value(more, hash_domain::kOrderProgress);
}

Hash128 hash_of(const KillImage& kill) {
  PackedBytes bytes;
  bytes.add(kill.scope).add(kill.key).add(static_cast<std::uint8_t>(kill.engaged)).add(kill.since);
  add(bytes, kill.newest.kill).add(kill.newest.by).add(kill.newest.source).add(kill.newest.orders_cancelled);
  // Only where it says more than the newest kill: the hash of the others is what it was before there were modes.
  if (kill.mode != kill.newest.kill.mode) bytes.add(kill.mode);
  return bytes.hash(hash_domain::kKill);
}

Hash128 hash_of(const KillId& kill_id) { return hash_value(kill_id, hash_domain::kKillId); }

Hash128 hash_of(const ReleaseImage& release) {
  PackedBytes bytes;
  return add(bytes, release.requested.request).add(release.requested.by).add(release.at).hash(hash_domain::kRelease);
}

Hash128 hash_of_key(const Outcome& outcome, Nanos at) {
  struct Key {
    Outcome outcome;
    Nanos at;
  };
  return hash_value(Key{outcome, at}, hash_domain::kKey);
}

Hash128 hash_of(const CountersImage& counters) { return hash_value(counters, hash_domain::kCounters); }

Hash128 hash_of_place(Nanos log_time, CmdSequence sequence) {
  return PackedBytes{}.add(log_time).add(sequence).hash(hash_domain::kPlace);
}

// The id is the key under which bodies are compared, so it is no part of the body.
Hash128 body_hash_of(const OrderCommand& command) {
  OrderCommand body = command;
  body.command_id = {};
  return hash_value(body, hash_domain::kOrderBody);
}

Hash128 body_hash_of(const ControlCommand& command) {
  PackedBytes bytes;
  bytes.add(command.principal).add(static_cast<std::uint8_t>(command.body.index()));
  return std::visit([&](const auto& body) { return add(bytes, body); }, command.body).hash(hash_domain::kControlBody);
}

}  // namespace sluice::core
