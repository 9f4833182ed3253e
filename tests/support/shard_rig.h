// ShardRig: one shard with the real engine core, whose answers go into the EVT stream of a MemoryLog as an owner would
// write them. One thread. Log time moves a millisecond a frame.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/commands.h"
#include "engine/core/engine.h"
#include "eventlog/codec.h"
#include "eventlog/memory_log.h"

namespace sluice::test {

class ShardRig {
 public:
  /// Writes genesis and the first EpochStarted.
  ShardRig(eventlog::MemoryLog& log, ShardId shard = ShardId{0}, std::uint16_t shard_count = 1);

  /// Executes the commands as one frame and writes its answer. Command ids are filled in.
  const Answer& orders(std::vector<OrderCommand> commands);
  const Answer& control(FrameClass frame_class, ControlCommandBody body, std::string_view principal = "operator");

  AccountId account(std::string_view name);
  StrategyId strategy(std::string_view name);
  InstrumentId instrument(std::string_view symbol, ShardId home);
  InstrumentId instrument(std::string_view symbol) { return instrument(symbol, shard_); }
  /// A kill by the direct path while the shard is idle: a control message.
  void latch(KillScope scope, std::string_view key);
  /// A new owner, who begins a new epoch.
  void take_over();
  /// A message of an owner who has lost the shard: void.
  void write_void();

  static OrderCommand limit(AccountId account, InstrumentId instrument, Side side, std::int64_t price,
                            std::int64_t quantity, std::string_view client_order_id,
                            TimeInForce tif = TimeInForce::kGtc);
  static OrderCommand market(AccountId account, InstrumentId instrument, Side side, std::int64_t quantity,
                             std::string_view client_order_id);
  static OrderCommand cancel(AccountId account, OrderId order);
  static OrderCommand replace(AccountId account, OrderId order, std::int64_t quantity, std::int64_t price);

  const Answer& answer() const { return answer_; }
  core::Engine& engine() { return engine_; }
  eventlog::StreamId stream() const { return {eventlog::StreamKind::kEvent, shard_}; }
  /// Newest message of EVT / newest command message answered.
  std::uint64_t last_sequence() const { return last_sequence_; }
  CmdSequence cmd_sequence() const { return engine_.cmd_sequence(); }
  Nanos now() const { return now_; }

 private:
  void write(const Answer& answer);
  Uuid next_id();

  eventlog::MemoryLog& log_;
  ShardId shard_;
  Genesis genesis_;
  core::Engine engine_;
  core::KillLatch latch_;
  Answer answer_;
  Nanos now_{1'700'000'000 * kNanosPerSecond};
  std::uint64_t ids_ = 0;
  std::uint64_t last_sequence_ = 0;
  Epoch epoch_;
  OwnerId owner_;
  Sha256 chain_{};
};

}  // namespace sluice::test
