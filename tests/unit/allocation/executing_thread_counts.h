// What the executing thread must not do, counted: calls of the allocator, locks and clock reads, by interposition; and
// system calls, which the kernel reports. Counts on the thread that watches, while it watches.
#pragma once

#include <cstdint>

namespace sluice::testing {

struct ExecutingThreadCounts {
  std::uint64_t allocations = 0;   // malloc, calloc, realloc, aligned_alloc, posix_memalign, memalign, operator new
  std::uint64_t frees = 0;         // free, operator delete
  std::uint64_t locks = 0;         // pthread_mutex_lock
  std::uint64_t clock_reads = 0;   // clock_gettime, which may be no system call
  std::uint64_t system_calls = 0;  // any: mmap, brk, futex, ...; at most 1 is counted
};

/// True if this build counts all of it: sanitizers bring an allocator of their own, and the kernel must know how to
/// report system calls (x86-64, Linux 5.11).
bool counts_system_calls();

/// Counts from now on, on this thread.
void begin_counting();
/// Stops, and says what happened.
ExecutingThreadCounts end_counting();

}  // namespace sluice::testing
