// DemoRun: the story of the demo, a step a method. A step returns false if the steps behind it make no sense any more;
// then only stop() follows. The checks know nothing of how the programs they look at were built. One thread; loads and
// the panel run on threads of their own.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/demo/demo.h"
#include "cli/demo/flow_run.h"
#include "cli/demo/live_panel.h"
#include "cli/demo/narrative.h"
#include "cli/deployment.h"
#include "cli/kill/certificate.h"
#include "cli/log_audit.h"
#include "marketdata/lobster.h"

namespace sluice::cli {

/// A recorded day, and the result that a right matching engine has after it. Without messages: there is none.
struct RecordedDay {
  marketdata::LobsterSample sample;
  nlohmann::ordered_json expected;
};

class DemoRun {
 public:
  /// `day`: empty for the seeded generator. `interrupted` is asked often. All references must outlive the run.
  DemoRun(const DemoOptions& options, RecordedDay day, const std::filesystem::path& data_dir, Screen& screen,
          Narrative& narrative, std::function<bool()> interrupted);
  ~DemoRun();

  /// Every step that still makes sense.
  void run();

 private:
  // demo_run.cc
  bool start();
  void stop();
  void step(const std::string& title);
  load::LoadOptions flow_options(std::uint64_t seed, std::vector<std::string> accounts, std::uint64_t commands) const;
  std::unique_ptr<FlowRun> begin(const load::LoadOptions& options, const std::string& name, bool shown = true);
  /// Ends a flow, checks that every command of it has a result, and keeps its journal.
  bool end(FlowRun& flow, const std::string& name);

  // demo_flow.cc
  bool show_flow();
  bool play_recorded_day();
  // demo_kill.cc
  bool kill_an_account();
  void check_commands_to_come(const std::vector<Told>& told);
  bool prove_promise(const std::string& name);
  // demo_crash.cc
  bool crash_the_engine();
  std::optional<Nanos> first_after(FlowRun& flow, Nanos moment);
  bool recovers(FlowRun& flow, Nanos killed_at);
  void check_log_and_state();
  void check_kill_holds();
  std::string last_words(const std::string& process) const;
  // demo_rebuild.cc
  bool rebuild_the_views();
  std::optional<v1::GetStatusResponse> views(bool with_hash) const;
  std::optional<v1::GetStatusResponse> hashed_at(std::uint64_t event_sequence);
  bool watch_rebuild(std::uint64_t event_sequence);

  const DemoOptions& options_;
  const RecordedDay day_;
  Screen& screen_;
  Narrative& narrative_;
  const std::function<bool()> interrupted_;
  Context context_;
  Deployment deployment_;
  std::unique_ptr<eventlog::EventLog> log_;
  std::unique_ptr<LivePanel> panel_;
  std::map<std::string, JournalEntry> journal_;  // of all flows
  std::optional<KillId> kill_;
  KillEvidence proof_;
};

}  // namespace sluice::cli
