// LocalKills: the kill switch for who has nothing but this machine: a file that an operator drops into the engine's
// folder, and a signal to its process (SIGUSR1, global). Both take the path of every direct kill. Looks every 50 ms, on
// a thread of its own.
//
// The file is `kill`, empty for everything, or with lines of `scope = account`, `key = ACME`, `mode = block-only`,
// `reason = …`, `by = …`. What cannot be read as that stops everything: who drops a file means to stop. Taken, it is
// renamed to `kill.taken-<kill id>`.
#pragma once

#include <atomic>
#include <filesystem>
#include <string_view>
#include <thread>

#include "engine/kill_desk.h"

namespace sluice::engine {

/// The kill that the text of a file asks for. `problem` says what could not be read, if anything; it is global then.
struct FileKill {
  core::LatchedKill kill;
  std::string problem;
};
FileKill read_kill_file(std::string_view text);

class LocalKills {
 public:
  /// Takes over SIGUSR1. One a process.
  LocalKills(std::filesystem::path folder, KillDesk& desk);
  ~LocalKills();
  /// What this process itself asks for; waits for the disk. Any thread.
  void latch(const core::LatchedKill& kill);

 private:
  void run();
  void look_for_file();
  void look_for_signal();

  const std::filesystem::path folder_;
  KillDesk& desk_;
  bool stuck_ = false;  // the file cannot be taken away: it is not taken for a new one
  runtime::Doorbell bell_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace sluice::engine
