// Capacity: the fixed sizes of one shard's engine.
#pragma once

#include <cstdint>

namespace sluice::core {

/// Sizes; memory is taken at construction. Running out of orders is a rejection (kCapacity); the table of keys grows.
struct Capacity {
  std::uint32_t orders = 1u << 20;
  std::uint32_t keys = 1u << 20;
};

}  // namespace sluice::core
