#include "runtime/thread_name.h"

#include <pthread.h>

#include <string>

#include "base/invariant.h"

namespace sluice::runtime {

void name_this_thread(std::string_view name) {
  // A longer name would be refused as a whole.
  const std::string kept(name.substr(0, kThreadNameBytesMax));
  INVARIANT(pthread_setname_np(pthread_self(), kept.c_str()) == 0);
}

}  // namespace sluice::runtime
