// Digest of what the core does with generated commands: SHA-256 over all EVT bodies, and the state hashes at the end of
// each history. scripts/compilers builds it with every compiler and option; all must print the same line.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "eventlog/codec.h"
#include "tests/property/generator.h"
#include "tests/property/history_run.h"

namespace {

using namespace sluice;
using namespace sluice::property;

constexpr std::size_t kSteps = 1000;

/// Histories of all sorts take turns.
Mix mix_of(std::uint64_t number) {
  switch (number % 4) {
    case 0: return {.stops = 35, .icebergs = 35};
    case 1: return {.limits = 6, .limits_from_the_start = true};
    case 2: return {.kills = 6, .resends = 10, .restores = 5, .wrong = 10};
    default: return {.limits = 6, .extreme = 8};
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t seed = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
  const std::uint64_t commands_wanted = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 120'000;
  Sha256 digest{};
  Hash128 states;
  std::uint64_t commands = 0, messages = 0;
  for (std::uint64_t number = 0; commands < commands_wanted; ++number) {
    const History history = make_history(seed * 1'000'003 + number, mix_of(number), kSteps);
    HistoryRun run(history.world, {.reference = false, .replay = false, .keep_log = true});
    for (const Step& step : history.steps) run.play(step);
    run.finish();
    for (const Answer& answer : run.log()) {
      for (const std::vector<std::byte>& body : eventlog::encode_bodies(answer)) {
        std::vector<std::byte> chained(std::as_bytes(std::span(digest)).begin(),
                                       std::as_bytes(std::span(digest)).end());
        chained.insert(chained.end(), body.begin(), body.end());
        digest = eventlog::sha256(chained);
        ++messages;
      }
    }
    states += run.engine().state_hash();
    states += run.engine().trading_hash();
    commands += run.totals().commands;
  }
  std::printf("%s %s commands=%llu bodies=%llu\n", eventlog::to_hex(digest).c_str(), to_hex(states).c_str(),
              static_cast<unsigned long long>(commands), static_cast<unsigned long long>(messages));
}
