// sluice scenario run: the rules of matching, risk and kill as executable cases, against the bare core or a whole live
// system.
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "cli/context.h"
#include "cli/scenario/core_target.h"
#include "cli/scenario/live_target.h"
#include "cli/scenario/runner.h"

namespace sluice::cli {

namespace {

struct RunFlags {
  std::string file, via = "core", mode = "plain";
};

/// A directory of its own for one run, removed at the end.
class ScratchDir {
 public:
  ScratchDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-scenario-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~ScratchDir() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  ScratchDir(const ScratchDir&) = delete;
  ScratchDir& operator=(const ScratchDir&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

int run(const RunFlags& flags) {
  std::ifstream file(flags.file, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return fail(Error{ErrorCode::kInvalidArgument, "cannot read " + flags.file});
  const auto scenarios = scenario::parse_scenarios(text.str());
  if (!scenarios.ok()) return fail(Error{ErrorCode::kInvalidArgument, flags.file + ": " + scenarios.error().message});
  const scenario::Mode mode = *scenario::parse_mode(flags.mode);
  if (flags.via == "core") {
    scenario::CoreTarget target;
    return scenario::run_scenarios(scenarios.value(), target, mode, flags.via, std::cout).exit_code();
  }
  const ScratchDir scratch;
  DeploymentOptions options;
  options.data_dir = scratch.path();
  options.orders_max = 1u << 14;
  options.keys_expected = 1u << 14;
  scenario::LiveTarget target(options);
  if (const Status started = target.start(); !started.ok()) return fail(started.error());
  return scenario::run_scenarios(scenarios.value(), target, mode, flags.via, std::cout).exit_code();
}

}  // namespace

void add_scenario(CLI::App& app, Context&, Action& action) {
  static RunFlags flags;
  auto* command = app.add_subcommand("scenario", "run scenario files")->require_subcommand(1);
  auto* run_command = command->add_subcommand("run", "run every scenario of a file; names each that does not pass");
  run_command->footer(
      "Example: sluice scenario run scenarios.jsonl --via live --mode restart\n"
      "Exit codes: 0 all passed, 1 some failed or are unsupported, 2 the file cannot be read.\n"
      "A scenario: "
      "{\"id\":TEXT,\"config\":{tick,lot,stp,stop_in_market},\"steps\":[{\"op\":OP,...,\"expect\":[EVENT,...]}]}\n"
      "  new      id acct side qty [px stop type tif expire sym strat post display stp t]; tif gtc ioc fok gtd day\n"
      "  cancel   id [acct]              replace  id [acct qty px stop]\n"
      "  kill     scope [key mode]; mode block_and_cancel block_only reduce_only flatten\n"
      "  release  scope [key]            risk     acct or sym, limits {name: value or null}\n"
      "  state    state [sym]; open halted closed          wait  t (ms from the start)\n"
      "Also after a step: book, queue, pos, stops. docs/matching.md has an example of every rule.");
  run_command->add_option("file", flags.file, "scenarios, one a line (JSON)")->required();
  run_command->add_option("--via", flags.via, "core: the deterministic core alone; live: a whole system of its own")
      ->check(CLI::IsMember({"core", "live"}))
      ->capture_default_str();
  run_command->add_option("--mode", flags.mode, "what happens after every step")
      ->check(CLI::IsMember({"plain", "rebuild", "snapshot", "restart"}))
      ->capture_default_str();
  run_command->callback([&] { action = [&] { return run(flags); }; });
}

}  // namespace sluice::cli
