// CmdFeed: writes CMD frames into a log as a command service would. One thread.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "domain/commands.h"
#include "eventlog/event_log.h"

namespace sluice::test {

class CmdFeed {
 public:
  /// Writes the genesis of shard 0 into both streams if they are empty.
  explicit CmdFeed(eventlog::EventLog& log);

  const Genesis& genesis() const { return genesis_; }
  /// One frame; returns its CMD sequence. Fresh command ids are filled in where there is none.
  std::uint64_t orders(std::vector<OrderCommand> commands);
  std::uint64_t control(FrameClass frame_class, const ControlCommandBody& body,
                        std::string_view principal = "operator");
  /// Bytes that are no frame.
  std::uint64_t garbage();
  /// Account A (id 1), account B (id 2), instrument X (id 1).
  void reference_data();

  static OrderCommand order(AccountId account, std::string_view client_order_id, Side side = Side::kBuy,
                            std::int64_t price = 1, std::int64_t quantity = 1);
  static EngageKillSwitch kill(KillScope scope, std::string_view key);

 private:
  std::uint64_t append(FrameClass frame_class, std::span<const std::byte> bytes);

  eventlog::EventLog& log_;
  std::unique_ptr<eventlog::Appender> appender_;
  Genesis genesis_;
  std::uint64_t batch_ = 0;
};

}  // namespace sluice::test
