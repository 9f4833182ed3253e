// Sender: the one thread that sends. It sleeps until a command is due, takes every command that is due by then, up to a
// batch a message, and sends. It leaves nothing out: if a connection blocks, or the thread gets no processor, all that
// follows is late, and recorded as late.
#pragma once

#include <atomic>
#include <string>

#include "cli/load/load_run.h"
#include "cli/load/source.h"
#include "cli/load/transport.h"

namespace sluice::load {

class Sender {
 public:
  Sender(const LoadOptions& options, Source& source, Schedule schedule, Transport& transport, Recorder& recorder,
         std::size_t connections, Nanos start);

  /// Sends everything that is due within the duration, and tends the transport. Thread: the sender's.
  void run();
  /// Waits until everything sent is answered, `give_up` at most; tends the transport meanwhile. After run().
  void drain();
  /// Any thread.
  void stop() { stop_.store(true); }
  /// As stop(), and what is sent is not waited for. Any thread.
  void give_up() {
    gave_up_.store(true);
    stop();
  }
  bool stopped() const { return stopped_; }
  bool overrun() const { return overrun_; }
  /// Time spent inside Transport::send: much of it is the connection's, not the sender's own.
  Nanos sending() const { return sending_; }

 private:
  void add(std::size_t connection, Nanos intended);
  void flush(std::size_t connection);
  void flush_all();
  bool wait_for_window(std::size_t connection);
  void wait_until(Nanos moment);
  void tend_at_times(Nanos now);

  const LoadOptions& options_;
  Source& source_;
  Schedule schedule_;
  Transport& transport_;
  Recorder& recorder_;
  const Nanos start_;
  std::vector<Batch> filling_;  // by connection
  std::uint64_t made_ = 0;
  Nanos tended_;
  Nanos sending_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> gave_up_{false};
  bool stopped_ = false;
  bool overrun_ = false;
};

}  // namespace sluice::load
