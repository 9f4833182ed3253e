// As many histories of the kill world as asked for. Usage: kill_interleavings [--histories N] [--seed S] [--steps K]
#include <CLI/CLI.hpp>
#include <cinttypes>
#include <cstdio>

#include "runtime/clock.h"
#include "support/process.h"
#include "tests/simulation/kill_world.h"

int main(int argc, char** argv) {
  using sluice::test::KillWorld;
  std::uint64_t histories = 1'000'000, seed = 1;
  int steps = 60;
  CLI::App app("Random interleavings of kill, release, frames, crash, takeover and recovery");
  app.add_option("--histories", histories, "how many");
  app.add_option("--seed", seed, "of the first; each history depends on its own alone");
  app.add_option("--steps", steps, "of a history")->check(CLI::Range(1, 100'000));
  CLI11_PARSE(app, argc, argv);
  // A disk in memory: what is asked is what a crash leaves, not what a disk does.
  const sluice::test::TempDir folder("/dev/shm");
  const sluice::runtime::SystemClock clock;
  auto black_box = sluice::audit::BlackBox::open({.folder = folder.path() / "audit"}, clock);
  if (!black_box.ok()) {
    std::fprintf(stderr, "error: %s\n", black_box.error().message.c_str());
    return 1;
  }
  for (std::uint64_t i = 0; i < histories; ++i) {
    KillWorld world(seed + i, folder.path(), *black_box.value());
    if (const auto wrong = world.run(steps)) {
      std::printf("%s\nseed %" PRIu64 ": %s\n", world.story().c_str(), seed + i, wrong->c_str());
      return 1;
    }
    if ((i + 1) % 10'000 == 0) std::fprintf(stderr, "interleavings: %" PRIu64 " of %" PRIu64 "\n", i + 1, histories);
  }
  const KillWorld::Counts& seen = KillWorld::counts();
  std::printf("interleavings: %" PRIu64 " histories, %" PRIu64 " steps, %" PRIu64 " orders, %" PRIu64
              " trades, %" PRIu64 " kills logged, %" PRIu64 " latched, %" PRIu64 " releases, %" PRIu64
              " crashes, %" PRIu64 " takeovers, %" PRIu64 " depositions: every promise held\n",
              seen.histories, seen.steps, seen.orders, seen.trades, seen.kills, seen.latches, seen.releases,
              seen.crashes, seen.takeovers, seen.depositions);
}
