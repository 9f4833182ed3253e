// A child process for tests: real services on free ports, killed with the test. One thread.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace sluice::test {

/// A directory of its own, removed at the end.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A TCP port of the loopback that was free a moment ago.
int free_port();

class Process {
 public:
  /// Starts `argv` with its output appended to `log`, and `environment` added. The child dies with this process.
  Process(std::vector<std::string> argv, std::filesystem::path log, std::map<std::string, std::string> environment = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void kill(int signal);
  /// Waits for its end; returns the exit code, or 128 + signal.
  int wait();
  /// True while it runs.
  bool running();
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int exit_code_ = -1;
};

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
