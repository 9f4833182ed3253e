// A child process with its output in a file. It is in a process group of its own, so that a terminal's Ctrl-C reaches
// only the parent, and gets SIGTERM when its parent dies. One thread.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace sluice::runtime {

class ChildProcess {
 public:
  /// Starts `argv` with its output appended to `log`, and `environment` added. A program that cannot be run exits with
  /// 127.
  ChildProcess(std::vector<std::string> argv, const std::filesystem::path& log,
               const std::map<std::string, std::string>& environment = {});
  /// Kills it if it still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  void kill(int signal);
  /// Waits for its end; returns the exit code, or 128 + signal.
  int wait();
  /// True while it runs.
  bool running();
  /// After its end: as wait().
  int exit_code() const { return exit_code_; }
  pid_t pid() const { return pid_; }

 private:
  void reaped(int status);

  pid_t pid_ = -1;
  int exit_code_ = -1;
};

/// A TCP port of the loopback that was free a moment ago.
int free_port();

}  // namespace sluice::runtime
