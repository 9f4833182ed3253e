// Chance, and the ids made of it: the only file that asks the operating system for random bytes. Thread: any.
#pragma once

#include <cstdint>

#include "domain/uuid.h"

namespace sluice::runtime {

/// 64 unpredictable bits.
std::uint64_t random_u64();
/// As random_u64(), but never 0: for owner and writer ids, where 0 means none.
std::uint64_t random_id();

/// A UUID version 7 of the present wall clock: an idempotency key. Ids made within one millisecond have no order.
Uuid new_command_id();
/// A UUID version 4: kill, release and deployment ids.
Uuid new_uuid();

}  // namespace sluice::runtime
