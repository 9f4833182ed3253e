#include "runtime/this_thread.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>

#include "base/invariant.h"

namespace sluice::runtime {

void name_this_thread(std::string_view name) {
  // A longer name would be refused as a whole.
  const std::string kept(name.substr(0, kThreadNameBytesMax));
  INVARIANT(pthread_setname_np(pthread_self(), kept.c_str()) == 0);
}

void step_behind_order_path(int steps) {
  const auto thread = static_cast<id_t>(gettid());
  // Where the system refuses it the thread does its work all the same.
  (void)setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + steps);
}

}  // namespace sluice::runtime
