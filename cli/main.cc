// sluice: everything an operator or a developer does by hand.
#include "cli/context.h"
#include "cli/validators.h"

using namespace sluice;

int main(int argc, char** argv) {
  CLI::App app{"Sluice: an event-sourced order platform with a kill switch that holds."};
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(
      "First steps:\n  sluice up --data-dir /tmp/s &\n  sluice --data-dir /tmp/s instrument define AAPL --tick 1 --lot "
      "1\n"
      "  sluice --data-dir /tmp/s account register ACME\n  sluice --data-dir /tmp/s order submit --account ACME "
      "--symbol AAPL --side buy --price 100 --qty 5\n"
      "Exit codes: 0 done, 1 failed or rejected, 2 wrong usage, 4 the system cannot be reached.");
  cli::Context context;
  app.add_option("--data-dir", context.data_dir, "folder of 'sluice up'; holds endpoints.json")
      ->envname("SLUICE_DATA_DIR")
      ->capture_default_str();
  app.add_option("--output", context.output, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  app.add_option("--principal", context.principal, "who you are; default $SLUICE_PRINCIPAL, else your login name");
  app.add_option("--timeout-ms", context.timeout_ms, "how long one call may take")
      ->check(sluice::cli::positive())
      ->capture_default_str();
  cli::Action action;
  cli::add_up(app, context, action);
  cli::add_admin(app, context, action);
  cli::add_reference(app, context, action);
  cli::add_order(app, context, action);
  cli::add_kill(app, context, action);
  cli::add_views(app, context, action);
  cli::add_log(app, context, action);
  cli::add_audit(app, context, action);
  cli::add_replay(app, context, action);
  cli::add_scenario(app, context, action);
  cli::add_load(app, context, action);
  cli::add_trace(app, context, action);
  cli::add_top(app, context, action);
  cli::add_demo(app, context, action);
  cli::add_perf(app, context, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? cli::kExitOk : cli::kExitUsage;
  }
  return action();
}
