// State: everything decisions depend on, and the one place that changes it.
//
// Owned by the executing thread; no locks, no I/O, no clock; no allocation in steady state (registering, a new
// account-instrument pair, a kill, and more keys than ever before may allocate). Live and replayed
// state change by the same calls in each frame: advance, apply of each event, apply of each outcome, answered.
//
// Invariants: (1) apply is the only mutation  (2) state_hash() == the sum over all entities, checked by check()
//             (3) ids are dense from 1  (4) no live order is in a scope engaged in a cancelling mode
// Everything except the mutators is for readers on the same thread: decisions, snapshots, tests, the scenario runner.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "domain/state_image.h"
#include "engine/core/capacity.h"
#include "engine/core/idempotency.h"
#include "engine/core/kill_switch.h"
#include "engine/core/order_book.h"
#include "engine/core/order_store.h"
#include "engine/core/order_timers.h"
#include "engine/core/positions.h"
#include "engine/core/rate_window.h"
#include "engine/core/state_hash.h"

namespace sluice::core {

/// The pools of a State, by index; what they are called outside.
inline constexpr std::array<const char*, 4> kPoolNames{"orders", "keys", "levels", "branches"};
using PoolUsages = std::array<PoolUsage, kPoolNames.size()>;

struct Account {
  AccountRegistered registered;
  Limits limits{};
  OrderList orders;
  Int128 open_notional = 0;                // sum of price x left of the live orders; market orders count nothing
  Blocked blocked = Blocked::kNothing;     // as KillSwitch says of its scope; here so that an order looks no name up
  std::unique_ptr<RateWindow> rate{};      // while a limit of its rate is in force; begins empty
  std::vector<std::uint32_t> positions{};  // slots of the PositionTable
  std::uint64_t day_trades = 0;            // of this settlement day; a trade with itself counts once
};
struct Strategy {
  StrategyRegistered registered;
  OrderList orders;
  Blocked blocked = Blocked::kNothing;
};
struct Instrument {
  InstrumentDefined defined;
  Price last_price;  // of the newest trade; 0 = none yet
  OrderBook book;    // what is shown
  /// Waiting stops by stop price, oldest first: the next to trigger is the best. A buy stop triggers from below, so it
  /// stands on the sell side, and a sell stop on the buy side.
  OrderBook stops;
  OrderList orders;
  Blocked blocked = Blocked::kNothing;
  InstrumentState state = InstrumentState::kOpen;
  Limits limits{};                         // defaults; see SetLimits
  std::vector<std::uint32_t> positions{};  // slots of the PositionTable, by account
};

class State {
 public:
  State(const Genesis& genesis, Capacity capacity);
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  /// Errors: kCorrupt (names what contradicts), kTooLarge.
  static Result<std::unique_ptr<State>> restore(const StateImage& image, Capacity capacity);
  StateImage image() const;

  // The mutation path.
  /// Moves log time (never back): keys that have grown old are known no more. `logic` decided what is in the frame.
  void advance(Nanos log_time, std::uint32_t logic = kLogicVersion);
  void apply(const OrderEvent& event);
  void apply(const ControlEvent& event);
  void apply(const Outcome& outcome);
  /// Begins to load what deciding this command, or applying this event or outcome, will look at, some steps before.
  /// Changes nothing.
  void prefetch_index(const OrderEvent& event) const { orders_.prefetch_index(event); }
  void prefetch_orders(const OrderEvent& event) const { orders_.prefetch_orders(event); }
  void prefetch(const OrderCommand& command) const {
    keys_.prefetch(key_owner_of(command.account), command.command_id);
    orders_.prefetch_index(command);
  }
  void prefetch(const Outcome& outcome) const { keys_.prefetch(outcome.key_owner, outcome.command_id); }
  /// The CMD message `sequence` has its complete answer.
  void answered(CmdSequence sequence);

  const Genesis& genesis() const { return genesis_; }
  Nanos log_time() const { return log_time_; }
  CmdSequence cmd_sequence() const { return cmd_sequence_; }
  const CountersImage& counters() const { return counters_; }
  const KeyTable& keys() const { return keys_; }
  const KillSwitch& kills() const { return kills_; }
  const OrderStore& orders() const { return orders_; }
  const PositionTable& positions() const { return positions_; }
  const std::vector<Account>& accounts() const { return accounts_; }
  const std::vector<Strategy>& strategies() const { return strategies_; }
  const std::vector<Instrument>& instruments() const { return instruments_; }

  /// nullptr if the id is none or unknown.
  const Account* account(AccountId id) const { return at(accounts_, id.value()); }
  const Strategy* strategy(StrategyId id) const { return at(strategies_, id.value()); }
  const Instrument* instrument(InstrumentId id) const { return at(instruments_, id.value()); }
  /// Id 0 if no such name is registered.
  AccountId account_named(const Name& name) const { return AccountId{named(account_ids_, name)}; }
  StrategyId strategy_named(const Name& name) const { return StrategyId{named(strategy_ids_, name)}; }
  InstrumentId instrument_named(const Name& name) const { return InstrumentId{named(instrument_ids_, name)}; }

  /// Net position; 0 if the pair never traded.
  Quantity position(AccountId account, InstrumentId instrument) const;
  /// nullptr if the pair never had an order.
  const Position* find_position(AccountId account, InstrumentId instrument) const;
  /// The limit in force: the account's, else the instrument's default, else that of all.
  std::optional<std::int64_t> limit(const Account& account, const Instrument& instrument, LimitKind kind) const;
  /// The same of an account as a whole.
  std::optional<std::int64_t> limit(const Account& account, LimitKind kind) const;
  /// True if a daily limit is set anywhere.
  bool watches_days() const { return watches_days_; }
  /// True once a settlement day has begun; then there always is one.
  bool has_day() const { return day_ != SettlementDay{}; }
  const SettlementDay& day() const { return day_; }
  const std::vector<SettlementDay>& calendar() const { return calendar_; }
  const OrderTimers& timers() const { return timers_; }
  /// The live orders in a kill scope, in ascending id; empty if `key` names nothing registered.
  const OrderList& orders_in(KillScope scope, const Name& key) const;
  /// What overlapping scopes do to an order of these.
  Blocked blocked(AccountId account, StrategyId strategy, InstrumentId instrument) const;
  /// True if the scope of some strategy is engaged in the mode reduce only.
  bool any_strategy_reduces() const { return any_strategy_reduces_; }

  OrderId next_order_id() const { return make_order_id(genesis_.shard, counters_.orders + 1); }
  TradeId next_trade_id() const { return make_trade_id(genesis_.shard, counters_.trades + 1); }
  AccountId next_account_id() const { return AccountId{static_cast<std::uint32_t>(accounts_.size() + 1)}; }
  StrategyId next_strategy_id() const { return StrategyId{static_cast<std::uint32_t>(strategies_.size() + 1)}; }
  InstrumentId next_instrument_id() const { return InstrumentId{static_cast<std::uint32_t>(instruments_.size() + 1)}; }

  /// How full each pool is; for metrics.
  PoolUsages usages() const {
    const LevelPool& levels = orders_.pool().levels();
    return {orders_.pool().usage(), keys_.usage(), levels.level_usage(), levels.branch_usage()};
  }
  /// Puts memory behind what pools will need next. For any one other thread, now and then.
  void grow_ahead() { orders_.pool().levels().grow_ahead(); }

  /// Of all entities; of trading state alone (PROPERTIES 6, 12).
  Hash128 state_hash() const;
  Hash128 trading_hash() const { return trading_sum_; }
  /// Walks everything and stops the process if an invariant does not hold. For tests and simulation: O(state).
  void check() const;

 private:
  using NameIds = std::map<Name, std::uint32_t>;

  template <typename T>
  static const T* at(const std::vector<T>& entries, std::uint32_t id) {
    return id == 0 || id > entries.size() ? nullptr : &entries[id - 1];
  }
  static std::uint32_t named(const NameIds& ids, const Name& name) {
    const auto found = ids.find(name);
    return found == ids.end() ? 0 : found->second;
  }
  Account& account_at(AccountId id);
  Instrument& instrument_at(InstrumentId id);

  void apply_accepted(const OrderEvent& event);
  void apply_traded(const OrderEvent& event);
  void apply_cancelled(const OrderEvent& event);
  void apply_replaced(const OrderEvent& event);
  void apply_decremented(const OrderEvent& event);
  void apply_triggered(const OrderEvent& event);
  void change_waiting(OrderIndex index, const OrderEvent& event);
  void change_resting(OrderIndex index, const OrderEvent& event);
  OrderIndex live(OrderId id) const;
  /// Which part of an iceberg goes first: a maker's tranche; what a taker still hides of its whole; or, with
  /// self-trade prevention, the hidden part (R-ICE, R-STP-DC).
  enum class Taken { kShown, kWhole, kHiddenFirst };
  void fill(OrderIndex index, Quantity quantity, Quantity remaining, Taken from);
  void take(OrderIndex index, Quantity quantity, Taken from);
  void join_book(OrderIndex index, Quantity left);
  void add_live(const LiveOrder& order, Quantity quantity);
  void add_to_rate(Account& account, Nanos at, std::uint64_t orders);
  void set_rate_window(Account& account);
  void add_trade(std::uint32_t slot, Price price, std::int64_t bought, bool counts);
  std::uint32_t position_slot(AccountId account, InstrumentId instrument);
  void set_timer(OrderIndex index);
  void change_limits(Limits& limits, const LimitChanges& changes);
  void find_watched();
  void add_hash(LiveOrder& order);
  void link(OrderIndex index);
  void end(OrderIndex index);

  void apply_body(const InstrumentDefined& defined);
  void apply_body(const AccountRegistered& registered);
  void apply_body(const StrategyRegistered& registered);
  void apply_body(const LimitsSet& set);
  void apply_body(const KillSwitchEngaged& engaged);
  void apply_body(const ReleaseRequested& requested);
  void apply_body(const KillSwitchReleased& released);
  void apply_body(const FrameRejected& rejected);
  void apply_body(const EpochStarted& started);
  void apply_body(const InstrumentStateChanged& changed);
  void apply_body(const CalendarSet& set);
  void apply_body(const SettlementDayStarted& started);
  void set_blocked(KillScope scope, const Name& key);

  Status load(const StateImage& image);
  Status load_reference(const StateImage& image);
  Status load_limits(const StateImage& image);
  Status load_days(const StateImage& image);
  Status load_trading(const StateImage& image);
  Status load_order(const OrderImage& image);
  Status load_kills_and_keys(const StateImage& image);

  /// Erases that many keys, or fewer if there are not so many that nobody knows any more.
  void erase_old_keys(std::uint32_t count);

  Hash128 walk_trading() const;
  Hash128 walk_keys() const;
  void check_scopes() const;
  void check_orders() const;

  Genesis genesis_;
  Nanos log_time_;
  CmdSequence cmd_sequence_{1};  // genesis is message 1
  CountersImage counters_;
  OrderStore orders_;
  KeyTable keys_;
  PositionTable positions_;
  KillSwitch kills_;
  Blocked blocked_globally_ = Blocked::kNothing;
  bool any_strategy_reduces_ = false;
  bool watches_days_ = false;
  Limits limits_{};                      // defaults of all
  std::vector<SettlementDay> calendar_;  // days to come
  SettlementDay day_;
  OrderTimers timers_;
  OrderList all_orders_;
  std::vector<Account> accounts_;
  std::vector<Strategy> strategies_;
  std::vector<Instrument> instruments_;
  NameIds account_ids_;
  NameIds strategy_ids_;
  NameIds instrument_ids_;
  Hash128 trading_sum_;
  Hash128 keys_sum_;
};

}  // namespace sluice::core
