// Generator: histories that make queues, crosses, self-trades, stop chains, kills and refusals frequent: few prices,
// few accounts, small sizes (PROPERTIES, "Generators that find more"). It knows nothing of the engine.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/property/history.h"

namespace sluice::property {

/// Where choices come from: a seed, or the bytes of a fuzzer.
class Chance {
 public:
  virtual ~Chance() = default;
  /// A number in [0, bound), bound > 0.
  virtual std::uint64_t below(std::uint64_t bound) = 0;
};

/// The same numbers on every machine (SplitMix64).
class SeededChance : public Chance {
 public:
  explicit SeededChance(std::uint64_t seed) : state_(seed) {}
  std::uint64_t below(std::uint64_t bound) override;

 private:
  std::uint64_t state_;
};

/// How often what happens, in percent. What is left over are cancels (20) and replaces (the rest, about 20).
struct Mix {
  int news = 50;
  int cancels = 20;
  int kills = 3;   // and as many releases
  int limits = 2;  // changed on the way
  int waits = 2;
  int states = 1;           // an instrument is halted, closed, opened; or the day gets another end
  int kill_modes = 40;      // of a hundred kills: another mode than block and cancel
  int daily_limits = 20;    // of a hundred limits
  int default_limits = 25;  // of a hundred limits
  int resends = 3;
  int restores = 1;
  // Of a hundred new orders:
  int markets = 8, iocs = 15, foks = 8, posts = 8, stops = 14, icebergs = 15, self_trade_policies = 35;
  int ends_by_time = 12;
  int by_number = 4;  // of a hundred cancels and replaces: name the order by its number
  int wrong = 4;      // with something that is refused
  int extreme = 0;    // with a number from the edges of its type
  int joins = 30;     // of a hundred order commands: in the frame of the one before
  bool limits_from_the_start = false;
  bool rate_limits = true;
  bool settled = false;      // every symbol trades once before anything else
  bool plain_units = false;  // tick and lot 1, stops in the market trigger, room for every order
  std::uint32_t instruments_max = 2;
};

class Generator {
 public:
  Generator(Chance& chance, const Mix& mix);

  const reference::World& world() const { return world_; }
  /// What stands before the first next(): limits from the start, first trades.
  std::vector<Step> opening();
  Step next();

 private:
  std::int64_t pick(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(chance_.below(static_cast<std::uint64_t>(high - low + 1)));
  }
  std::uint32_t id_up_to(std::uint32_t last) { return static_cast<std::uint32_t>(pick(1, last)); }
  bool percent(int of_hundred) { return of_hundred > 0 && pick(1, 100) <= of_hundred; }
  std::int64_t price() { return world_.tick * (lowest_ + pick(0, levels_ - 1)); }
  std::int64_t quantity(std::int64_t most) { return world_.lot * pick(1, most); }
  std::int64_t edge();
  ClientOrderId fresh_name();

  Step order_step(const OrderCommand& command);
  OrderCommand new_order();
  void choose_kind(OrderCommand& order);
  void spoil(OrderCommand& order);
  OrderCommand change(OrderCommandKind kind);
  Step kill_or_release(bool releases);
  Step state_or_calendar();
  Step limit(LimitKind kind, std::uint32_t account, int lifts_percent);
  LimitKind limit_kind();

  Chance& chance_;
  Mix mix_;
  reference::World world_;
  std::int64_t lowest_ = 95, levels_ = 9;
  std::vector<OrderCommand> recent_;  // submitted lately: what cancels and replaces aim at
  std::uint64_t named_ = 0;
  std::vector<Step> open_kills_;
};

/// A whole history of `steps` steps behind the opening.
History make_history(std::uint64_t seed, const Mix& mix, std::size_t steps);

}  // namespace sluice::property
