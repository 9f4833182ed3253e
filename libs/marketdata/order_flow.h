// OrderFlow: a seeded, endless stream of order commands with the statistics of NASDAQ order flow. Adds and executions
// are self-exciting (a Hawkes process each, one exponential kernel, made exactly as a branching process); orders live
// for a log-normal time; limit prices lie at a power-law distance around a moving mid; sizes are mostly small with
// round lots; instruments have Zipf weights; each order belongs to an account and a strategy. The same options give the
// same stream on every machine up to the library's log() and exp(). A rate scales the base intensities, not the
// reaction times, as more participants would. No clock, no I/O; one thread an object.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <queue>
#include <vector>

#include "domain/commands.h"

namespace sluice::marketdata {

/// A self-exciting point process: immigrants at `base` a second, each event causes on average `branching` (< 1) others,
/// after exponential delays with the half-life given. Its mean rate is base / (1 - branching).
struct Hawkes {
  double base = 0;
  double branching = 0;
  Nanos half_life;
};

struct OrderFlowOptions {
  std::uint64_t seed = 1;
  double commands_per_second = 1'000;  // mean over a long time
  std::uint32_t instruments = 1;
  double zipf_exponent = 1.0;  // weight of the k-th instrument ~ k^-exponent
  std::uint32_t accounts = 8;
  std::uint32_t strategies = 2;
  // Fits of one hour of AAPL on NASDAQ; the bases only give the ratio, commands_per_second the scale.
  Hawkes adds{5.0, 0.55, Nanos{1'000'000}};
  Hawkes executions{0.59, 0.49, Nanos{320'000}};
  Nanos lifetime_median{400'000'000};
  double lifetime_sigma = 1.6;       // of its logarithm
  double filled = 0.073;             // of all orders: join the best price and are left to be executed, not cancelled
  double partial_cancels = 0.03;     // of all orders: reduced once before they end
  double replaces = 0.15;            // of all orders: moved to another price once
  double requotes = 0.7;             // of all cancels: wait for the instrument's next add, and follow it closely
  Nanos requote_delay{200'000};      // mean, behind that add
  double depth_exponent = 1.9;       // P(distance of d ticks) ~ (1 + d)^-exponent, up to depth_max
  std::uint32_t depth_max = 2'000;   // ticks
  double round_lots = 0.25;          // share of orders of 100, 200, … shares
  Price mid{10'000};                 // start of every instrument's mid, in ticks; it stays within a fifth around it
  std::uint32_t live_max = 200'000;  // beyond, the oldest order is cancelled before its time
};

/// One command of the flow. Orders are named by a number; the receiver makes client order ids of it.
struct FlowCommand {
  enum class Kind : std::uint8_t { kAdd, kCancel, kReduce, kMove, kExecute };
  Nanos at;  // since the start of the flow
  Kind kind = Kind::kAdd;
  Side side = Side::kNone;
  std::uint32_t instrument = 0;  // from 0
  std::uint32_t account = 0;     // from 0
  std::uint32_t strategy = 0;    // from 0
  std::uint64_t order = 0;       // kAdd, kExecute: new; else the target
  Price price;                   // kAdd, kMove: limit; kExecute: limit of an IOC that crosses
  Quantity quantity;             // kAdd, kExecute: size; kReduce: the new total
};

class OrderFlow {
 public:
  /// Options must make sense: positive rate, at least one instrument and account, branching < 1.
  explicit OrderFlow(const OrderFlowOptions& options);

  /// The next command; their times never go back.
  FlowCommand next();
  /// Orders that were added and not yet cancelled by the flow (executions are not followed).
  std::size_t live() const { return live_.size() - dead_; }
  /// Share of an instrument in the adds.
  double weight(std::uint32_t instrument) const { return weights_[instrument]; }

 private:
  enum class What : std::uint8_t { kAdd, kExecute, kCancel, kCancelNow, kReduce, kMove };
  struct Due {
    std::int64_t at;
    std::uint64_t order_of_birth;  // breaks ties, so that the stream is defined
    What what;
    bool immigrant;
    std::uint32_t instrument;
    std::uint64_t order;
    bool operator>(const Due& other) const {
      return at != other.at ? at > other.at : order_of_birth > other.order_of_birth;
    }
  };
  struct Live {
    std::uint32_t instrument = 0;
    std::uint32_t account = 0;
    std::uint32_t strategy = 0;
    Side side = Side::kNone;
    Quantity quantity{};
    bool filled = false;  // left to be executed: ends without a cancel
    bool dead = false;
  };

  double uniform();  // (0, 1)
  double exponential(double mean);
  double normal();
  std::uint32_t poisson(double mean);
  std::uint32_t below(std::uint32_t bound);
  void push(std::int64_t at, What what, bool immigrant, std::uint32_t instrument, std::uint64_t order);
  void arrive(const Due& due, const Hawkes& process, double base_per_nano);
  FlowCommand add(const Due& due);
  FlowCommand execute(const Due& due);
  bool change(const Due& due, FlowCommand& command);
  void end_requotes(const Due& add);
  Price limit_price(std::uint32_t instrument, Side side, bool at_best);
  Quantity size();
  void move_mid(std::uint32_t instrument, Side aggressor);
  Live& order_of(std::uint64_t order) { return live_[static_cast<std::size_t>(order - first_live_)]; }
  void forget_dead();

  const OrderFlowOptions options_;
  std::uint64_t random_[4];
  double adds_per_nano_ = 0;
  double executions_per_nano_ = 0;
  std::vector<double> weights_;
  std::vector<double> cumulative_;
  std::vector<std::int64_t> mids_;
  std::vector<std::vector<std::uint64_t>> requotes_;  // an instrument's orders whose cancel waits for its next add
  std::vector<double> depth_cumulative_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::deque<Live> live_;  // orders first_live_, first_live_ + 1, …
  std::uint64_t first_live_ = 1;
  std::size_t dead_ = 0;
  std::uint64_t orders_ = 0;
  std::uint64_t births_ = 0;
};

}  // namespace sluice::marketdata
