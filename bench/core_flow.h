// CoreFlow: the flow of bench book as commands of clients, for a whole engine: accounts with every limit set, one
// instrument a book, fresh command ids. Cancels name the client's id, replaces the engine's; nothing is refused.
//
// Keeps a bare book beside the engine, because a replace names a total and so needs what has been filled: the two must
// end with the same orders at the same places. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "bench/book_run.h"
#include "engine/core/engine.h"

namespace sluice::bench {

class CoreFlow {
 public:
  static constexpr std::uint32_t kAccounts = 100;
  /// Largest number of commands in a frame.
  static constexpr std::size_t kFrame = 512;

  /// `flow` outlives it. Log time begins at a fixed moment.
  CoreFlow(const FlowOptions& options, const BookFlow& flow);

  /// A new engine with the instruments and accounts, and a key window of one second.
  static Genesis genesis();
  std::unique_ptr<core::Engine> engine(core::Capacity capacity, core::KillLatch& latch, Answer& answer);
  /// Enters the resting orders, in frames of kFrame.
  void open(core::Engine& engine, core::KillLatch& latch, Answer& answer);

  /// Writes the next `count` commands into `orders`, with ids made at log time `at`; fewer when the flow ends.
  void next(std::size_t count, Nanos at, std::vector<OrderCommand>& orders);
  bool ended() const { return next_ == flow_.commands.size(); }
  Nanos start() const { return kStart; }

  /// Order by order, from the best, of the bare book and of the engine's; equal if the core works.
  std::uint64_t hash() const { return books_.hash(); }
  static std::uint64_t hash_of(const core::Engine& engine, std::uint16_t books);

 private:
  static constexpr Nanos kStart{1'700'000'000 * kNanosPerSecond};
  /// Counts what each order has traded.
  struct Fills {
    std::vector<std::int64_t> filled;  // by id
    void accepted(std::int64_t) {}
    void cancelled(std::int64_t, Quantity) {}
    void rejected(std::int64_t, core::BookReject) {}
    void traded(const core::BookTrade& trade) {
      filled[static_cast<std::size_t>(trade.maker)] += trade.quantity.value();
      filled[static_cast<std::size_t>(trade.taker)] += trade.quantity.value();
    }
  };

  OrderCommand command_of(const BookCommand& from, Nanos at);

  const FlowOptions options_;
  const BookFlow& flow_;
  FastBooks books_;
  Fills fills_;
  std::size_t next_ = 0;
  std::uint64_t commands_ = 0;
};

}  // namespace sluice::bench
