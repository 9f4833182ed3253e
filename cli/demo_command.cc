// sluice demo: the options of cli/demo.
#include "cli/context.h"
#include "cli/demo/demo.h"

namespace sluice::cli {

void add_demo(CLI::App& app, Context& context, Action& action) {
  static DemoOptions options;
  auto* command =
      app.add_subcommand("demo", "start a system, load it, kill, crash and rebuild it, and check every promise");
  command->footer(
      "Everything lives in a temporary folder and is removed at the end. On a terminal a live panel stays at the\n"
      "bottom; elsewhere there are plain lines only. With --output json the lines go to standard error and the\n"
      "checks, as one object, to standard output.\n"
      "Examples: sluice demo\n          sluice demo --lobster samples/aapl\n"
      "          sluice demo --orders 8000 --rate 2000    (on a slow machine)\n"
      "Exit codes: 0 every check held, 1 one did not or Ctrl-C came, 2 wrong usage.");
  command
      ->add_option("--orders", options.orders,
                   "commands of each flow; in the kill's, half of them are of the killed account")
      ->check(CLI::Range(4'000, 1'000'000))
      ->capture_default_str();
  command->add_option("--rate", options.rate, "commands a second")
      ->check(CLI::Range(100, 100'000))
      ->capture_default_str();
  command
      ->add_option(
          "--lobster", options.lobster,
          "folder of a recorded day (LOBSTER message and order book file, expected_engine_replay.json): real flow "
          "instead of the seeded generator")
      ->check(CLI::ExistingDirectory);
  command->add_option("--engine", options.engine, "run this program as the engine, in place of sluice-engine")
      ->check(CLI::ExistingFile);
  command->add_option("--query", options.query, "run this program as the query service, in place of sluice-query")
      ->check(CLI::ExistingFile);
  command->add_flag("--keep", options.keep, "leave the temporary folder, and say where it is");
  command->callback([&] { action = [&] { return run_demo(context, options); }; });
}

}  // namespace sluice::cli
