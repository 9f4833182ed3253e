// Structured commands into the core: the bytes are the choices of the generator of histories, so that every input is a
// history; it runs through the core, a replay, a second execution, the checker of the log and the reference exchange.
// A finding ends the process with the history in the form that tests/property/regressions keeps.
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/fuzz_target.h"
#include "tests/property/generator.h"
#include "tests/property/history_run.h"

using namespace sluice::property;

namespace {

constexpr std::size_t kStepsMax = 120;

class ByteChance : public Chance {
 public:
  explicit ByteChance(std::span<const std::byte> bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }

  std::uint64_t below(std::uint64_t bound) override {
    std::uint64_t number = next();
    if (bound > 256) number = number << 8 | next();
    return number % bound;
  }

 private:
  std::uint64_t next() {
    if (bytes_.empty()) return 0;
    const auto first = std::to_integer<std::uint64_t>(bytes_[0]);
    bytes_ = bytes_.subspan(1);
    return first;
  }
  std::span<const std::byte> bytes_;
};

Mix mix_of(unsigned choice) {
  switch (choice % 4) {
    case 0: return {};
    case 1: return {.limits = 8, .limits_from_the_start = true};
    case 2: return {.wrong = 10, .extreme = 10};
    default: return {.stops = 40, .icebergs = 40};
  }
}

}  // namespace

FUZZ_TARGET(core) {
  if (bytes.empty()) return;
  ByteChance chance(bytes.subspan(1));
  Generator generator(chance, mix_of(std::to_integer<unsigned>(bytes[0])));
  History history{generator.world(), generator.opening()};
  while (!chance.empty() && history.steps.size() < kStepsMax) history.steps.push_back(generator.next());
  RunOptions options;
  options.reexecute = true;
  const auto finding = find_fault(history, options);
  if (!finding) return;
  std::fprintf(stderr, "%s\n%s", to_text(*finding).c_str(), to_text(history).c_str());
  std::abort();
}
