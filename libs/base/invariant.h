// Invariants: conditions that only a fault of ours can break. They are checked in every build, production included,
// because an order platform that goes on after "this cannot happen" is worse than one that stops and recovers from its
// log. Never use them on what a client sent: that gets a precise error instead.
#pragma once

namespace sluice {

/// Prints the condition and place to standard error and aborts. Thread: any. Does not return.
[[noreturn]] void invariant_failed(const char* condition, const char* file, int line);

}  // namespace sluice

#define INVARIANT(condition)                                   \
  (__builtin_expect(static_cast<bool>(condition), 1) ? void(0) \
                                                     : ::sluice::invariant_failed(#condition, __FILE__, __LINE__))
