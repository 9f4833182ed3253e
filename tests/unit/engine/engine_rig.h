// EngineRig: a ShardEngine on a log in memory, with the faults of that log at hand. The engine runs on a thread of its
// own.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <thread>

#include "engine/shard_engine.h"
#include "eventlog/memory_log.h"
#include "support/cmd_feed.h"
#include "support/few_spans.h"
#include "support/process.h"

namespace sluice::test {

class EngineRig {
 public:
  EngineRig();
  ~EngineRig() { (void)stop().ok(); }

  /// Starts an engine on the data of the one before.
  void start();
  /// Ends it and returns how it ended.
  Status stop();
  /// Waits until the engine has ended by itself; returns why.
  Status ended();
  engine::ShardEngine& engine() { return *engine_; }
  engine::EngineStatus& status() { return engine_->status(); }
  std::uint64_t executed() { return status().executed.load().cmd_sequence; }
  /// Waits until everything in CMD is executed and acknowledged in EVT.
  void settle();
  /// Waits until the reason to hold is on, or off.
  void expect_hold(Hold hold, bool on = true);

  /// Seen from EVT: first outcomes by command id; kills in their order; number of messages.
  std::map<Uuid, Outcome> outcomes();
  std::vector<KillSwitchEngaged> kills();
  std::uint64_t messages(eventlog::StreamKind kind) { return log.info({kind, ShardId{0}}).value().last_sequence; }
  std::filesystem::path data_dir() const { return dir_.path() / "engine"; }
  engine::ShardEngineOptions& options() { return options_; }
  telemetry::Spans& spans() { return spans_; }

  eventlog::MemoryLog log;
  CmdFeed feed{log};

 private:
  void for_each_answer(const std::function<void(const Answer&)>& take);

  TempDir dir_;
  engine::ShardEngineOptions options_;
  telemetry::Spans spans_{test::kFewSpans};
  std::unique_ptr<engine::ShardEngine> engine_;
  std::thread running_;
  Status ended_ = ok_status();
};

/// What the broker's clock is ahead of ours.
void set_broker_ahead(Nanos span);

}  // namespace sluice::test
