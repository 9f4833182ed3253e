// ReservedArray: anonymous mappings, which cost address space until they are touched.
#include "base/reserved_array.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/huge_pages.h"
#include "base/invariant.h"

namespace sluice::detail {

namespace {
constexpr std::size_t kPageBytes = 4096;

std::size_t round_up(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

// Small tables, as tests have them, are not worth a huge page.
std::size_t alignment_for(std::size_t bytes) { return bytes < kHugePageBytes ? kPageBytes : kHugePageBytes; }
}  // namespace

// One alignment more than asked for, so that an aligned start lies within; what is beyond goes back.
std::byte* reserve_bytes(std::size_t bytes) {
  const std::size_t alignment = alignment_for(bytes);
  const std::size_t size = round_up(bytes, kPageBytes);
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  void* mapped = ::mmap(nullptr, size + alignment, PROT_READ | PROT_WRITE, flags, -1, 0);
  INVARIANT(mapped != MAP_FAILED);
  auto* begin = static_cast<std::byte*>(mapped);
  const std::size_t skipped = (alignment - reinterpret_cast<std::uintptr_t>(begin) % alignment) % alignment;
  if (skipped > 0) ::munmap(begin, skipped);
  ::munmap(begin + skipped + size, alignment - skipped);
  if (alignment == kHugePageBytes) advise_huge_pages(begin + skipped, size);
  return begin + skipped;
}

void release_bytes(std::byte* begin, std::size_t bytes) { ::munmap(begin, round_up(bytes, kPageBytes)); }

void populate_bytes(std::byte* begin, std::size_t bytes) {
  const std::size_t before = reinterpret_cast<std::uintptr_t>(begin) % kPageBytes;
  // An older kernel knows no such advice: then the first touch of each page faults, which is slower and as right.
  (void)::madvise(begin - before, round_up(bytes + before, kPageBytes), MADV_POPULATE_WRITE);
}

}  // namespace sluice::detail
