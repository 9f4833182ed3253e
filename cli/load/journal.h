// Journal: one line of JSON for each command of a load, for whoever checks afterwards that the log agrees with what
// clients were told. Written and synced every 100 ms from a thread of its own. Methods: any thread.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/result.h"
#include "cli/load/batch.h"
#include "runtime/doorbell.h"

namespace sluice::load {

class Journal {
 public:
  /// Replaces `path`. `to_unix`: what makes a steady time a Unix time. Errors: kInvalidArgument: it cannot be written.
  static Result<std::unique_ptr<Journal>> open(const std::filesystem::path& path, Nanos to_unix);
  ~Journal();

  /// One line an answer: id, account, intended, sent, answered (Unix nanoseconds), outcome, and with a result shard,
  /// sequence, index, reason (a number of v1.RejectReason, 0 for none) and repeated.
  void answered(std::span<const Answer> answers, Nanos now);
  /// One line a command with outcome "unknown" and why.
  void given_up(const Batch& batch, const std::string& why);
  /// Writes what is left. Errors: kUnavailable: a write or a sync failed, now or before; the file is not complete.
  Status close();

 private:
  Journal(int file, std::filesystem::path path, Nanos to_unix);
  void add(const std::string& lines);
  void run();
  void write_out();

  const int file_;
  const std::filesystem::path path_;
  const Nanos to_unix_;
  std::mutex mutex_;
  std::string waiting_;
  std::atomic<int> failed_{0};  // errno of the first failure
  std::atomic<bool> stop_{false};
  runtime::Doorbell bell_;
  std::thread writer_;
};

}  // namespace sluice::load
