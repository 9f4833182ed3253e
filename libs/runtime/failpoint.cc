#include "runtime/failpoint.h"

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>

namespace sluice::runtime {

namespace detail {
std::atomic<bool> failpoint_armed{false};
}  // namespace detail

namespace {

struct Armed {
  std::mutex mutex;
  std::string name;
  std::uint64_t left = 0;
};
Armed& armed() {
  static Armed instance;
  return instance;
}

/// A misspelt failpoint would let a crash test pass without a crash: refuse to run at all.
[[maybe_unused]] const bool armed_from_environment = [] {
  const char* const spec = std::getenv("SLUICE_FAILPOINT");
  if (spec != nullptr && !arm_failpoint(spec)) {
    std::fprintf(stderr, "SLUICE_FAILPOINT is name:count, not '%s'\n", spec);
    std::_Exit(2);
  }
  return spec != nullptr;
}();

}  // namespace

bool arm_failpoint(std::string_view spec) {
  Armed& state = armed();
  const std::lock_guard lock(state.mutex);
  detail::failpoint_armed.store(false);
  if (spec.empty()) return true;
  const std::size_t colon = spec.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view digits = spec.substr(colon + 1);
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (error != std::errc{} || end != digits.data() + digits.size() || count == 0) return false;
  state.name = spec.substr(0, colon);
  state.left = count;
  detail::failpoint_armed.store(true);
  return true;
}

void detail::hit_failpoint(std::string_view name) {
  Armed& state = armed();
  const std::lock_guard lock(state.mutex);
  if (state.name != name || state.left == 0) return;
  if (--state.left == 0) std::_Exit(kFailpointExitCode);
}

}  // namespace sluice::runtime
