// Holds: reasons for which the executing thread takes no command just now. A hold is not a kill: nothing is cancelled,
// nothing is recorded, and it ends when its cause is gone (DESIGN P3). Threads: any; one atomic word.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>
#include <vector>

#include "domain/engine_states.h"

namespace sluice::engine {

class Holds {
 public:
  void set(Hold hold, bool on) {
    const auto bit = static_cast<std::uint32_t>(hold);
    if (on) bits_.fetch_or(bit, std::memory_order_acq_rel);
    else bits_.fetch_and(~bit, std::memory_order_acq_rel);
  }
  std::uint32_t bits() const { return bits_.load(std::memory_order_acquire); }
  bool any() const { return bits_.load(std::memory_order_acquire) != 0; }
  bool has(Hold hold) const { return (bits_.load(std::memory_order_acquire) & static_cast<std::uint32_t>(hold)) != 0; }
  /// Names of those that are on.
  std::vector<std::string_view> names() const {
    std::vector<std::string_view> names;
    for (std::uint32_t left = bits_.load(std::memory_order_acquire); left != 0; left &= left - 1) {
      names.push_back(name_of(static_cast<Hold>(left & (~left + 1))));
    }
    return names;
  }

 private:
  std::atomic<std::uint32_t> bits_{static_cast<std::uint32_t>(Hold::kStarting)};
};

}  // namespace sluice::engine
