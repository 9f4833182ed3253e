// Capacity: the fixed sizes of one shard's engine.
#pragma once

#include <cstdint>

namespace sluice::core {

/// Fixed sizes; memory is taken at construction. Running out of orders is a rejection (kCapacity); of keys, a hold
/// (can_take).
struct Capacity {
  std::uint32_t orders = 1u << 20;
  std::uint32_t keys = 1u << 20;
};

}  // namespace sluice::core
