#include "executing_thread_counts.h"

#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SLUICE_SANITIZED 1
#else
#define SLUICE_SANITIZED 0
#endif

namespace sluice::testing {
namespace {

thread_local bool watching = false;
thread_local ExecutingThreadCounts counts;

void note(std::uint64_t& counter) {
  if (watching) ++counter;
}

#if !SLUICE_SANITIZED && defined(__x86_64__) && defined(PR_SET_SYSCALL_USER_DISPATCH)
char gate = SYSCALL_DISPATCH_FILTER_ALLOW;

// The call that was stopped is made here, behind an open gate, which stays open: the signal's own return is a call too.
void on_system_call(int, siginfo_t*, void* context) {
  gate = SYSCALL_DISPATCH_FILTER_ALLOW;
  ++counts.system_calls;
  greg_t* regs = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  const long result =
      ::syscall(regs[REG_RAX], regs[REG_RDI], regs[REG_RSI], regs[REG_RDX], regs[REG_R10], regs[REG_R8], regs[REG_R9]);
  regs[REG_RAX] = result == -1 ? -errno : result;
}

bool open_gate() {
  struct sigaction action {};
  action.sa_sigaction = on_system_call;
  action.sa_flags = SA_SIGINFO;
  return ::sigaction(SIGSYS, &action, nullptr) == 0 &&
         ::prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, 0, 0, &gate) == 0;
}
void close_gate(bool closed) { gate = closed ? SYSCALL_DISPATCH_FILTER_BLOCK : SYSCALL_DISPATCH_FILTER_ALLOW; }
#else
bool open_gate() { return false; }
void close_gate(bool) {}
#endif

}  // namespace

bool counts_system_calls() {
  static const bool works = open_gate();
  return works;
}

void begin_counting() {
  const bool gated = counts_system_calls();
  counts = {};
  watching = true;
  if (gated) close_gate(true);
}

ExecutingThreadCounts end_counting() {
  close_gate(false);
  watching = false;
  return counts;
}

}  // namespace sluice::testing

using sluice::testing::counts;
using sluice::testing::note;

#if SLUICE_SANITIZED
// The sanitizer's allocator calls these; it answers malloc and operator new itself.
extern "C" void __sanitizer_malloc_hook(const volatile void*, std::size_t) { note(counts.allocations); }
extern "C" void __sanitizer_free_hook(const volatile void*) { note(counts.frees); }
#else
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);

// operator new and delete of the standard library end here.
void* malloc(std::size_t bytes) {
  note(counts.allocations);
  return __libc_malloc(bytes);
}
void* calloc(std::size_t count, std::size_t bytes) {
  note(counts.allocations);
  return __libc_calloc(count, bytes);
}
void* realloc(void* block, std::size_t bytes) {
  note(counts.allocations);
  return __libc_realloc(block, bytes);
}
void* memalign(std::size_t alignment, std::size_t bytes) {
  note(counts.allocations);
  return __libc_memalign(alignment, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) { return memalign(alignment, bytes); }
int posix_memalign(void** block, std::size_t alignment, std::size_t bytes) {
  *block = memalign(alignment, bytes);
  return *block == nullptr ? ENOMEM : 0;
}
void free(void* block) {
  note(counts.frees);
  __libc_free(block);
}
int pthread_mutex_lock(pthread_mutex_t* mutex) {
  using Lock = int (*)(pthread_mutex_t*);
  static const auto next = reinterpret_cast<Lock>(::dlsym(RTLD_NEXT, "pthread_mutex_lock"));
  note(counts.locks);
  return next(mutex);
}
int clock_gettime(clockid_t clock, timespec* time) {
  using Read = int (*)(clockid_t, timespec*);
  static const auto next = reinterpret_cast<Read>(::dlsym(RTLD_NEXT, "clock_gettime"));
  note(counts.clock_reads);
  return next(clock, time);
}
}
#endif
