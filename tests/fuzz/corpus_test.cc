// Every fuzz target on the inputs that are kept for it, with whatever compiler and sanitizers the tests are built.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace {

using Bytes = std::span<const std::byte>;

}  // namespace

#define DECLARE(name) void fuzz_##name(Bytes bytes)
DECLARE(cmd_frame);
DECLARE(evt_message);
DECLARE(snapshot);
DECLARE(emergency);
DECLARE(itch);
DECLARE(dbn);
DECLARE(lobster);
DECLARE(inet);
DECLARE(scenario);
DECLARE(core);
DECLARE(audit);

namespace {

struct Target {
  const char* name;
  void (*run)(Bytes);
};
void PrintTo(const Target& target, std::ostream* out) { *out << target.name; }

class Corpus : public testing::TestWithParam<Target> {};

TEST_P(Corpus, EveryKeptInputAndEveryBeginningOfItIsTaken) {
  std::size_t inputs = 0;
  const std::filesystem::path folder = std::string(SLUICE_SOURCE_DIR "/tests/fuzz/corpus/") + GetParam().name;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    ++inputs;
    // A block of its own of exactly that size, so that a read beyond it is seen. Every 7th length will do.
    for (std::size_t size = text.size();; size -= std::min<std::size_t>(size, 7)) {
      const std::vector<char> exact(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
      GetParam().run(std::as_bytes(std::span(exact)));
      if (size == 0 || text.size() > 4096) break;
    }
  }
  EXPECT_GE(inputs, 2u) << "no corpus in " << folder;
}

INSTANTIATE_TEST_SUITE_P(Targets, Corpus,
                         testing::Values(Target{"cmd_frame", fuzz_cmd_frame}, Target{"evt_message", fuzz_evt_message},
                                         Target{"snapshot", fuzz_snapshot}, Target{"emergency", fuzz_emergency},
                                         Target{"itch", fuzz_itch}, Target{"dbn", fuzz_dbn},
                                         Target{"lobster", fuzz_lobster}, Target{"inet", fuzz_inet},
                                         Target{"scenario", fuzz_scenario}, Target{"core", fuzz_core},
                                         Target{"audit", fuzz_audit}),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
