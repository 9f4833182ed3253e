// What tests of real processes need: a directory of their own, children that die with the test, waiting for a
// condition. One thread.
#pragma once

#include <filesystem>

#include "runtime/child_process.h"

namespace sluice::test {

/// A directory of its own, removed at the end; in `parent`, or where the system has its temporary files.
class TempDir {
 public:
  explicit TempDir(const std::filesystem::path& parent = std::filesystem::temp_directory_path());
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

using runtime::free_port;
using Process = runtime::ChildProcess;

/// Waits until `condition` holds, at most `seconds`; polls each millisecond. Returns whether it held.
template <typename Condition>
bool eventually(Condition&& condition, int seconds = 20);
/// One poll interval of eventually(): the only place where tests let time pass.
void poll_interval();
long steady_millis();

template <typename Condition>
bool eventually(Condition&& condition, int seconds) {
  const long end = steady_millis() + seconds * 1000L;
  while (!condition()) {
    if (steady_millis() > end) return false;
    poll_interval();
  }
  return true;
}

}  // namespace sluice::test
