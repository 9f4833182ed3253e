// ReadAhead: reads and verifies EVT (chain, SHA-256, decoding) on a thread of its own while the caller applies what is
// complete; the two halves of a replay cost about the same. Owner: one thread, which calls everything here.
#pragma once

#include <atomic>
#include <thread>

#include "base/result.h"
#include "base/spsc_ring.h"
#include "domain/events.h"
#include "eventlog/event_fold.h"
#include "eventlog/event_log.h"
#include "runtime/doorbell.h"

namespace sluice::engine {

class ReadAhead {
 public:
  struct Folded {
    std::uint64_t sequence = 0;  // of the EVT message that completed it
    Answer answer;
  };

  /// Reads until `fold` has taken message `last`, which exists. `reader` and `fold` belong to the thread until next()
  /// has come to the end, or this object is gone.
  ReadAhead(eventlog::Reader& reader, eventlog::EventFold& fold, std::uint64_t last);
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  /// The next complete answer or control message, valid until the next call; nullptr at the end. Errors: kTimeout (none
  /// within `timeout`; call again), those of Reader::next() and EventFold::accept().
  Result<const Folded*> next(Nanos timeout);

 private:
  void run();
  void hand_over(std::uint64_t sequence);

  static constexpr std::size_t kSlots = 64;

  eventlog::Reader& reader_;
  eventlog::EventFold& fold_;
  const std::uint64_t last_;
  SpscRing<Folded> answers_{kSlots};
  runtime::Doorbell filled_;
  runtime::Doorbell emptied_;
  bool holds_slot_ = false;  // the caller reads the ring's oldest slot
  std::uint64_t handed_over_ = 0;
  std::uint64_t taken_ = 0;
  Status status_ = ok_status();  // the thread's until ended_
  std::atomic<bool> ended_{false};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace sluice::engine
