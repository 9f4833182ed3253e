// HugePageAllocator: memory for big tables that are read at random. On 4 KiB pages every access to such a table costs a
// walk of the page table besides the miss itself, and every first touch a page fault; on 2 MiB pages neither. Asks the
// kernel (THP "madvise" or "always"); where it declines, the memory is ordinary. Any thread.
#pragma once

#include <cstddef>
#include <new>

namespace sluice {

inline constexpr std::size_t kHugePageBytes = std::size_t{2} << 20;

/// Asks that whole huge pages within [begin, begin + bytes) are backed as such. A hint: nothing to report.
void advise_huge_pages(void* begin, std::size_t bytes);

/// For std::vector. Small blocks come from the ordinary heap.
template <typename T>
struct HugePageAllocator {
  using value_type = T;
  HugePageAllocator() = default;
  template <typename U>
  constexpr HugePageAllocator(const HugePageAllocator<U>&) {}  // NOLINT(google-explicit-constructor): as the standard's

  T* allocate(std::size_t count) {
    const std::size_t bytes = count * sizeof(T);
    if (bytes < kHugePageBytes) return static_cast<T*>(::operator new(bytes));
    void* block = ::operator new (bytes, std::align_val_t{kHugePageBytes});
    advise_huge_pages(block, bytes);
    return static_cast<T*>(block);
  }
  void deallocate(T* block, std::size_t count) {
    if (count * sizeof(T) < kHugePageBytes) ::operator delete(block);
    else ::operator delete (block, std::align_val_t{kHugePageBytes});
  }
  template <typename U>
  bool operator==(const HugePageAllocator<U>&) const {
    return true;
  }
};

}  // namespace sluice
