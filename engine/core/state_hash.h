// Hashes of the entities of State. The state hash is their sum modulo 2^128, so that it does not depend on order and
// apply can keep it by subtracting an entity before a change and adding it after. Part of the log format: a change here
// is a new logic version.
#pragma once

#include <array>
#include <cstring>
#include <vector>

#include "domain/state_image.h"
#include "engine/core/order_store.h"
#include "engine/core/positions.h"
#include "engine/core/rate_window.h"

namespace sluice::core {

/// Keeps the kinds of entities apart. Values are in the log (through the state hash): never renumber, only append.
namespace hash_domain {
inline constexpr std::uint64_t kAccount = 1, kStrategy = 2, kInstrument = 3, kLastPrice = 4, kLimits = 5, kPosition = 6,
                               kOrder = 7, kOrderProgress = 8, kKill = 9, kKillId = 10, kRelease = 11, kKey = 12,
                               kCounters = 13, kPlace = 14, kPrincipal = 15, kOrderBody = 16, kControlBody = 17,
                               kRate = 18, kDefaultLimits = 19, kInstrumentState = 20, kCalendar = 21, kDay = 22,
                               kAutomaticKill = 23;
}  // namespace hash_domain

/// Packs values without padding into one byte string, for hashing of structs that have padding.
class PackedBytes {
 public:
  template <typename T>
  PackedBytes& add(const T& value) {
    static_assert(std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T>);
    INVARIANT(size_ + sizeof(T) <= bytes_.size());
    std::memcpy(bytes_.data() + size_, &value, sizeof(T));
    size_ += sizeof(T);
    return *this;
  }
  Hash128 hash(std::uint64_t domain) const { return hash_bytes(std::span(bytes_).first(size_), domain); }

 private:
  std::array<std::byte, 512> bytes_{};  // the largest, a release request with both people, needs about half
  std::size_t size_ = 0;
};

using Limits = std::array<std::optional<std::int64_t>, kLimitKinds>;

Hash128 hash_of(const AccountRegistered& account);
Hash128 hash_of(const StrategyRegistered& strategy);
Hash128 hash_of(const InstrumentDefined& instrument);
/// Zero if there was no trade yet, so that "none" needs no entity.
Hash128 hash_of_last_price(InstrumentId instrument, Price price);
/// Zero if no limit is set.
Hash128 hash_of(AccountId account, const Limits& limits);
/// Zero if it counts no order.
Hash128 hash_of(AccountId account, const RateWindow::Entry& rate);
/// Zero if the pair never traded. `with_profit`: also cash, cost and the day so far, which are part of the state from
/// the first settlement day on; logs from before there were days have none.
Hash128 hash_of(const Position& position, bool with_profit);
/// Defaults of an instrument, or (id 0) of all. Zero if none is set.
Hash128 hash_of(InstrumentId instrument, const Limits& limits);
/// Zero while it is open.
Hash128 hash_of(InstrumentId instrument, InstrumentState state);
/// Zero if there are none.
Hash128 hash_of(const std::vector<SettlementDay>& calendar);
/// Zero if none has begun.
Hash128 hash_of(const SettlementDay& day);
/// The order itself; changes with a replace.
Hash128 hash_of_order(const OrderEvent& accepted);
/// How far it got and its place in time; changes with every trade, hence apart from the 128 bytes above.
Hash128 hash_of_progress(const LiveOrder& order, Quantity remaining);
Hash128 hash_of(const KillImage& kill);
Hash128 hash_of(const KillId& kill_id);
Hash128 hash_of(const ReleaseImage& release);
Hash128 hash_of_key(const Outcome& outcome, Nanos at);
Hash128 hash_of(const CountersImage& counters);
/// Log time and CMD sequence: where in the log this state is.
Hash128 hash_of_place(Nanos log_time, CmdSequence sequence);

/// Body hashes of commands: everything but the command id.
Hash128 body_hash_of(const OrderCommand& command);
Hash128 body_hash_of(const ControlCommand& command);

}  // namespace sluice::core
