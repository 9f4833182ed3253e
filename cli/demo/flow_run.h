// FlowRun: one load of the demo in the background, and everything its clients were told. Used from one thread; the
// load's own threads report.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "cli/context.h"
#include "cli/demo/live_panel.h"
#include "cli/flow.h"
#include "cli/load/load_run.h"
#include "runtime/doorbell.h"

namespace sluice::cli {

/// What one client was told of one command, and when (steady time).
struct Told {
  CmdSequence sequence;
  std::uint32_t index = 0;
  bool executed = false, killed = false;
  Nanos at;
};

/// Collects the answers of a load. Threads: any.
class FlowWatch final : public load::AnswerSink {
 public:
  void answered(std::span<const load::Answer> answers, Nanos now) override;
  void given_up(const load::Batch& batch, const std::string& why) override;

  std::uint64_t answers() const { return answers_.load(); }
  /// Results so far, in the order in which they came. Anything refused or invalid has none.
  std::vector<Told> told() const;
  /// By command id, for an audit of the log. Once; after the load.
  std::map<std::string, JournalEntry> take_journal();
  runtime::Doorbell& bell() { return bell_; }

 private:
  std::atomic<std::uint64_t> answers_{0};
  runtime::Doorbell bell_;
  mutable std::mutex mutex_;  // of the next two
  std::map<std::string, JournalEntry> journal_;
  std::vector<Told> told_;
};

class FlowRun {
 public:
  /// Starts at once. `stop` is asked while it runs; `panel` shows it, and may be null.
  FlowRun(const Endpoints& endpoints, load::LoadOptions options, std::string name, LivePanel* panel,
          std::function<bool()> stop);
  ~FlowRun();

  /// Waits for so many answers, but not longer than `patience` (a span), nor beyond the end of the load or `stop`.
  /// False if there are fewer.
  bool wait_for_answers(std::uint64_t count, Nanos patience);
  /// Sends no more; what is in flight is still awaited.
  void stop() { stop_.store(true); }
  /// Waits for the end of the load.
  const Result<load::LoadResult>& finish();
  FlowWatch& watch() { return watch_; }

 private:
  const std::function<bool()> caller_stops_;
  FlowWatch watch_;
  std::atomic<bool> stop_{false}, ended_{false};
  Result<load::LoadResult> result_ = Error{};
  std::thread thread_;
};

}  // namespace sluice::cli
