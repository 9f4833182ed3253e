// ShardLink: everything the command service has of one shard: the writers of orders and of control commands, each with
// its own connection, and the follower of the shard's EVT that feeds directory, kill book and the waiting commands.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "command/answer_board.h"
#include "command/directory.h"
#include "command/kill_book.h"
#include "command/lane_writer.h"
#include "command/log_space.h"
#include "eventlog/event_log.h"
#include "telemetry/stage_log.h"

namespace sluice::command {

struct ShardLinkOptions {
  std::uint32_t lanes = 2;
  std::size_t queued_max = 65'536;
};

class ShardLink {
 public:
  /// `genesis` as read from the log; `spans` outlives it.
  ShardLink(eventlog::EventLog& log, const Genesis& genesis, WriterId writer, Directory& directory, KillBook& kills,
            telemetry::Spans& spans, ShardLinkOptions options);
  ~ShardLink();
  void stop();

  OrderWriter& orders() { return orders_; }
  ControlWriter& reference() { return reference_; }
  /// Kills: never behind anything else, never given up.
  ControlWriter& control() { return control_; }
  ControlWriter& releases() { return releases_; }
  const LogSpace& space() const { return space_; }
  const AnswerBoard& board() const { return board_; }
  /// FrameStage of frames of orders; executed also of those that other replicas logged.
  const telemetry::StageLog& stages() const { return trace_.stages; }
  const Genesis& genesis() const { return genesis_; }
  /// True once the follower has read EVT to where it ended at start: names can be translated.
  bool caught_up() const { return caught_up_.load(std::memory_order_acquire); }
  /// True unless the log can be neither written nor followed just now.
  bool serving() const { return caught_up() && !halted(); }
  /// True once the follower has met a log it must not go on with.
  bool halted() const { return is_halted_.load(std::memory_order_acquire); }
  std::string halted_reason() const;
  std::uint64_t void_messages() const { return void_messages_.load(std::memory_order_relaxed); }
  /// EVT messages known and not followed yet.
  std::uint64_t lag_messages() const {
    const std::uint64_t followed = followed_.load(std::memory_order_relaxed);
    return space_.evt_last() > followed ? space_.evt_last() - followed : 0;
  }

 private:
  void follow();
  /// An answer was read at `at`.
  void measure(CmdSequence sequence, Nanos at);

  eventlog::EventLog& log_;
  const Genesis genesis_;
  Directory& directory_;
  KillBook& kills_;
  AnswerBoard board_;
  FrameTrace trace_;
  OrderWriter orders_;
  ControlWriter reference_;
  ControlWriter control_;
  ControlWriter releases_;
  LogSpace space_;
  std::unique_ptr<eventlog::Reader> reader_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> caught_up_{false};
  std::atomic<bool> is_halted_{false};  // set after halted_
  std::atomic<std::uint64_t> void_messages_{0};
  std::atomic<std::uint64_t> followed_{0};  // newest EVT message
  mutable std::mutex mutex_;                // of halted_
  std::string halted_;
  std::thread follower_;
};

}  // namespace sluice::command
