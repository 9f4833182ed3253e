#include "marketdata/order_flow.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "base/invariant.h"

namespace sluice::marketdata {

namespace {

double mean_rate(const Hawkes& process) { return process.base / (1.0 - process.branching); }
double mean_delay(const Hawkes& process) { return static_cast<double>(process.half_life.value()) / std::numbers::ln2; }
std::uint64_t rotate_left(std::uint64_t x, int by) { return (x << by) | (x >> (64 - by)); }

std::vector<double> running_sum(const std::vector<double>& weights) {
  std::vector<double> sums(weights.size());
  std::partial_sum(weights.begin(), weights.end(), sums.begin());
  return sums;
}

std::size_t pick(const std::vector<double>& sums, double uniform) {
  const auto at = std::upper_bound(sums.begin(), sums.end(), uniform * sums.back());
  return static_cast<std::size_t>(std::min<std::ptrdiff_t>(at - sums.begin(), std::ssize(sums) - 1));
}

}  // namespace

OrderFlow::OrderFlow(const OrderFlowOptions& options) : options_(options) {
  INVARIANT(options.commands_per_second > 0 && options.instruments > 0 && options.accounts > 0);
  INVARIANT(options.adds.branching < 1 && options.executions.branching < 1);
  std::uint64_t mixer = options.seed;  // splitmix64 fills the state of xoshiro256**
  for (std::uint64_t& word : random_) {
    mixer += 0x9E3779B97F4A7C15u;
    std::uint64_t z = mixer;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    word = z ^ (z >> 31);
  }
  const double adds = mean_rate(options.adds);
  const double executions = mean_rate(options.executions);
  const double per_add = 1.0 + (1.0 - options.filled) + options.partial_cancels + options.replaces;
  const double scale = options.commands_per_second / (adds * per_add + executions) / 1e9;
  adds_per_nano_ = options.adds.base * scale;
  executions_per_nano_ = options.executions.base * scale;
  weights_.resize(options.instruments);
  for (std::uint32_t i = 0; i < options.instruments; ++i) weights_[i] = std::pow(i + 1.0, -options.zipf_exponent);
  const double total = std::accumulate(weights_.begin(), weights_.end(), 0.0);
  for (double& weight : weights_) weight /= total;
  cumulative_ = running_sum(weights_);
  std::vector<double> depths(options.depth_max + 1);
  for (std::size_t d = 0; d < depths.size(); ++d)
    depths[d] = std::pow(static_cast<double>(d) + 1.0, -options.depth_exponent);
  depth_cumulative_ = running_sum(depths);
  mids_.assign(options.instruments, options.mid.value());
  requotes_.resize(options.instruments);
  push(0, What::kAdd, true, 0, 0);
  push(0, What::kExecute, true, 0, 0);
}

FlowCommand OrderFlow::next() {
  for (;;) {
    Due due = due_.top();
    due_.pop();
    if (due.what == What::kAdd || due.what == What::kExecute) {
      const bool adds = due.what == What::kAdd;
      if (due.immigrant) due.instrument = static_cast<std::uint32_t>(pick(cumulative_, uniform()));
      arrive(due, adds ? options_.adds : options_.executions, adds ? adds_per_nano_ : executions_per_nano_);
      return adds ? add(due) : execute(due);
    }
    FlowCommand command;
    if (change(due, command)) return command;
  }
}

/// Schedules what an arrival causes: the next immigrant, if it is one, and its own children.
void OrderFlow::arrive(const Due& due, const Hawkes& process, double base_per_nano) {
  if (due.immigrant) push(due.at + static_cast<std::int64_t>(exponential(1.0 / base_per_nano)), due.what, true, 0, 0);
  for (std::uint32_t children = poisson(process.branching); children > 0; --children)
    push(due.at + static_cast<std::int64_t>(exponential(mean_delay(process))), due.what, false, due.instrument, 0);
}

FlowCommand OrderFlow::add(const Due& due) {
  Live order{.instrument = due.instrument,
             .account = below(options_.accounts),
             .strategy = options_.strategies == 0 ? 0 : below(options_.strategies),
             .side = uniform() < 0.5 ? Side::kBuy : Side::kSell,
             .quantity = size(),
             .filled = uniform() < options_.filled};
  FlowCommand command{.at = Nanos{due.at},
                      .kind = FlowCommand::Kind::kAdd,
                      .side = order.side,
                      .instrument = order.instrument,
                      .account = order.account,
                      .strategy = order.strategy,
                      .order = ++orders_,
                      .price = limit_price(due.instrument, order.side, order.filled),
                      .quantity = order.quantity};
  const double lifetime =
      static_cast<double>(options_.lifetime_median.value()) * std::exp(options_.lifetime_sigma * normal());
  const auto ends = due.at + static_cast<std::int64_t>(std::min(lifetime, 1e15));
  const auto before_end = [&] { return due.at + static_cast<std::int64_t>(uniform() * std::min(lifetime, 1e15)); };
  if (uniform() < options_.partial_cancels) push(before_end(), What::kReduce, false, due.instrument, orders_);
  if (uniform() < options_.replaces) push(before_end(), What::kMove, false, due.instrument, orders_);
  push(ends, What::kCancel, false, due.instrument, orders_);
  live_.push_back(order);
  end_requotes(due);
  if (live() > options_.live_max) {
    forget_dead();
    push(due.at, What::kCancelNow, false, live_.front().instrument, first_live_);
  }
  return command;
}

/// Cancels that wait for this add follow it closely: quotes are renewed, not just withdrawn.
void OrderFlow::end_requotes(const Due& add) {
  const double mean = static_cast<double>(options_.requote_delay.value());
  for (const std::uint64_t order : requotes_[add.instrument])
    push(add.at + static_cast<std::int64_t>(exponential(mean)), What::kCancelNow, false, add.instrument, order);
  requotes_[add.instrument].clear();
}

FlowCommand OrderFlow::execute(const Due& due) {
  const Side side = uniform() < 0.5 ? Side::kBuy : Side::kSell;
  // Reaches through the best few prices, as marketable orders do; what does not trade is gone.
  const std::int64_t reach = side == Side::kBuy ? 3 : -3;
  FlowCommand command{.at = Nanos{due.at},
                      .kind = FlowCommand::Kind::kExecute,
                      .side = side,
                      .instrument = due.instrument,
                      .account = below(options_.accounts),
                      .strategy = options_.strategies == 0 ? 0 : below(options_.strategies),
                      .order = ++orders_,
                      .price = Price{mids_[due.instrument] + reach},
                      .quantity = size()};
  Live spent;
  spent.dead = true;
  live_.push_back(spent);  // keeps order numbers dense
  ++dead_;
  move_mid(due.instrument, side);
  return command;
}

/// A cancel, reduction or move that is due; false if there is nothing to send.
bool OrderFlow::change(const Due& due, FlowCommand& command) {
  if (due.order < first_live_ || order_of(due.order).dead) return false;
  Live& order = order_of(due.order);
  if (due.what == What::kCancel && !order.filled && uniform() < options_.requotes) {
    requotes_[order.instrument].push_back(due.order);
    return false;
  }
  command.at = Nanos{due.at};
  command.side = order.side;
  command.instrument = order.instrument;
  command.account = order.account;
  command.strategy = order.strategy;
  command.order = due.order;
  switch (due.what) {
    case What::kReduce:
      if (order.quantity.value() < 2) return false;
      order.quantity = Quantity{1 + below(static_cast<std::uint32_t>(order.quantity.value() - 1))};
      command.kind = FlowCommand::Kind::kReduce;
      command.quantity = order.quantity;
      return true;
    case What::kMove:
      command.kind = FlowCommand::Kind::kMove;
      command.price = limit_price(order.instrument, order.side, false);
      return true;
    default:
      command.kind = FlowCommand::Kind::kCancel;
      order.dead = true;
      ++dead_;
      const bool silent = order.filled;
      forget_dead();
      return !silent;
  }
}

void OrderFlow::forget_dead() {
  while (!live_.empty() && live_.front().dead) {
    live_.pop_front();
    ++first_live_;
    --dead_;
  }
}

Price OrderFlow::limit_price(std::uint32_t instrument, Side side, bool at_best) {
  const auto away = at_best ? 0 : static_cast<std::int64_t>(pick(depth_cumulative_, uniform()));
  const std::int64_t price = side == Side::kBuy ? mids_[instrument] - 1 - away : mids_[instrument] + 1 + away;
  return Price{std::max<std::int64_t>(price, 1)};
}

/// Mostly small orders, a share of round lots, few large ones.
Quantity OrderFlow::size() {
  if (uniform() < options_.round_lots) {
    std::int64_t lots = 1;
    while (lots < 100 && uniform() < 0.35) ++lots;
    return Quantity{100 * lots};
  }
  return Quantity{1 + static_cast<std::int64_t>(exponential(25.0))};
}

/// An execution pushes the mid its way now and then; the further it strayed, the likelier it comes back.
void OrderFlow::move_mid(std::uint32_t instrument, Side aggressor) {
  std::int64_t& mid = mids_[instrument];
  const std::int64_t start = options_.mid.value();
  const std::int64_t span = std::max<std::int64_t>(start / 5, 2);
  const double strayed = static_cast<double>(mid - start) / static_cast<double>(span);  // -1..1
  const double up = 0.5 - 0.5 * strayed;
  if (uniform() > 0.3) return;
  const bool with_trade = uniform() < 0.7;
  const bool rises = with_trade ? aggressor == Side::kBuy : uniform() < up;
  if (rises && mid < start + span) ++mid;
  else if (!rises && mid > start - span && mid > 4) --mid;
}

void OrderFlow::push(std::int64_t at, What what, bool immigrant, std::uint32_t instrument, std::uint64_t order) {
  due_.push({at, ++births_, what, immigrant, instrument, order});
}

double OrderFlow::uniform() {
  const std::uint64_t result = rotate_left(random_[1] * 5, 7) * 9;
  const std::uint64_t t = random_[1] << 17;
  random_[2] ^= random_[0];
  random_[3] ^= random_[1];
  random_[1] ^= random_[2];
  random_[0] ^= random_[3];
  random_[2] ^= t;
  random_[3] = rotate_left(random_[3], 45);
  return (static_cast<double>(result >> 11) + 0.5) * 0x1p-53;
}

double OrderFlow::exponential(double mean) { return -mean * std::log(uniform()); }

double OrderFlow::normal() {
  return std::sqrt(-2.0 * std::log(uniform())) * std::cos(2.0 * std::numbers::pi * uniform());
}

std::uint32_t OrderFlow::poisson(double mean) {
  const double limit = std::exp(-mean);
  std::uint32_t count = 0;
  for (double product = uniform(); product > limit; product *= uniform()) ++count;
  return count;
}

std::uint32_t OrderFlow::below(std::uint32_t bound) {
  return std::min(static_cast<std::uint32_t>(uniform() * bound), bound - 1);
}

}  // namespace sluice::marketdata
