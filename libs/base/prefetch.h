// prefetch_line: begins to load the cache line at an address, so that whoever needs it soon does not wait for it.
// Changes nothing; any address will do.
#pragma once

namespace sluice {

// GCC takes a function that only prefetches for one without effect and drops its calls; the empty statement is one.
inline void prefetch_line(const void* address) {
  __builtin_prefetch(address);
  asm volatile("");
}

}  // namespace sluice
