#include "cli/demo/demo.h"

#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>

#include "cli/demo/demo_run.h"
#include "runtime/clock.h"
#include "runtime/logging.h"
#include "runtime/shutdown.h"

namespace sluice::cli {

namespace {

/// A temporary folder, removed at the end unless it is kept.
class DemoFolder {
 public:
  explicit DemoFolder(bool keep) : keep_(keep) {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-demo-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~DemoFolder() {
    std::error_code ignored;
    if (!keep_ && !path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  DemoFolder(const DemoFolder&) = delete;
  DemoFolder& operator=(const DemoFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  const bool keep_;
  std::filesystem::path path_;
};

/// The recorded day and what an independent engine made of it. Errors: kInvalidArgument naming the file.
Result<RecordedDay> load_day(const std::filesystem::path& folder) {
  if (folder.empty()) return RecordedDay{};
  auto sample = marketdata::load_lobster(folder.string());
  if (!sample.ok()) return Error{ErrorCode::kInvalidArgument, sample.error().message};
  const std::filesystem::path expected = folder / "expected_engine_replay.json";
  std::ifstream file(expected);
  auto parsed = nlohmann::ordered_json::parse(file, nullptr, false);
  if (parsed.is_discarded() || sample.value().messages.empty())
    return Error{ErrorCode::kInvalidArgument,
                 expected.string() + " must hold the result of an independent replay; see docs/OPERATIONS.md"};
  return RecordedDay{std::move(sample).value(), std::move(parsed)};
}

void print_summary(const Context& context, const Narrative& narrative, Screen& screen, bool interrupted,
                   double seconds) {
  char text[128];
  std::snprintf(text, sizeof(text), "demo: %s%d/%d checks held in %.0f s", interrupted ? "interrupted; " : "",
                narrative.held(), narrative.checks(), seconds);
  screen.say(text, narrative.all_held() && !interrupted ? Tone::kGood : Tone::kBad);
  if (!context.json()) return;
  const nlohmann::ordered_json all{
      {"checks", narrative.record()}, {"held", narrative.held()}, {"of", narrative.checks()}, {"seconds", seconds}};
  std::printf("%s\n", all.dump().c_str());
}

}  // namespace

int run_demo(const Context& context, const DemoOptions& options) {
  // Only what a person must know goes between the lines and the panel.
  if (const Status quiet = runtime::set_up_logging("sluice", "warn"); !quiet.ok()) return fail(quiet.error());
  runtime::Shutdown shutdown;  // before any other thread
  auto day = load_day(options.lobster);
  if (!day.ok()) return fail(day.error());
  const DemoFolder folder(options.keep);
  if (folder.path().empty())
    return fail(
        Error{ErrorCode::kUnavailable, "no temporary folder could be made; set TMPDIR to one that is writable"});
  // JSON goes where programs read; what a person reads goes beside it.
  const int terminal = context.json() ? STDERR_FILENO : STDOUT_FILENO;
  Screen screen(
      context.json() ? std::cerr : std::cout, [&] { return terminal_size(terminal); }, colour_wanted());
  Narrative narrative(screen);
  const Nanos begun = runtime::steady_now();
  {
    DemoRun run(options, std::move(day).value(), folder.path(), screen, narrative,
                [&] { return shutdown.requested(); });
    run.run();
  }
  if (options.keep) narrative.tell("data and logs are in " + folder.path().string());
  screen.end();
  print_summary(context, narrative, screen, shutdown.requested(),
                static_cast<double>((runtime::steady_now() - begun).value()) / 1e9);
  return narrative.all_held() && !shutdown.requested() ? kExitOk : kExitFailed;
}

}  // namespace sluice::cli
