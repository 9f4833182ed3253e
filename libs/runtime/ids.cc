#include "runtime/ids.h"

#include <unistd.h>

#include <array>
#include <cstddef>

#include "base/invariant.h"
#include "runtime/clock.h"

namespace sluice::runtime {

namespace {
/// Random words fetched 256 bytes at a time, the most getentropy gives: a command id then costs no system call of its
/// own.
class EntropyPool {
 public:
  std::uint64_t next() {
    if (left_ == 0) {
      INVARIANT(getentropy(words_.data(), sizeof(words_)) == 0);
      left_ = words_.size();
    }
    return words_[--left_];
  }

 private:
  std::array<std::uint64_t, 32> words_{};
  std::size_t left_ = 0;
};
}  // namespace

std::uint64_t random_u64() {
  thread_local EntropyPool pool;
  return pool.next();
}

std::uint64_t random_id() {
  std::uint64_t id = 0;
  while (id == 0) id = random_u64();
  return id;
}

Uuid new_command_id() {
  const auto millis = static_cast<std::uint64_t>(wall_now().value() / kNanosPerMilli);
  return make_uuid7(millis, random_u64(), random_u64());
}

Uuid new_uuid() {
  constexpr std::uint64_t kVersionMask = 0xf000;
  constexpr std::uint64_t kVariantMask = std::uint64_t{3} << 62;
  return {(random_u64() & ~kVersionMask) | 0x4000, (random_u64() & ~kVariantMask) | (std::uint64_t{2} << 62)};
}

}  // namespace sluice::runtime
