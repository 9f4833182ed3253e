#include "engine/read_ahead.h"

#include "runtime/clock.h"

namespace sluice::engine {

namespace {

constexpr Nanos kReadTimeout{kNanosPerSecond};
/// A wake-up is a system call, dearer than applying a small answer: it comes once for so many, and a sleeper looks by
/// itself this often.
constexpr std::uint64_t kWakeEvery = 16;
constexpr Nanos kLookEvery{kNanosPerMilli / 5};

}  // namespace

ReadAhead::ReadAhead(eventlog::Reader& reader, eventlog::EventFold& fold, std::uint64_t last)
    : reader_(reader), fold_(fold), last_(last) {
  thread_ = std::thread([this] { run(); });
}

ReadAhead::~ReadAhead() {
  stop_.store(true, std::memory_order_release);
  // Not once it has ended: the wake-up would meet the reader's next owner.
  if (!ended_.load(std::memory_order_acquire)) reader_.wake();
  emptied_.ring();
  thread_.join();
}

Result<const ReadAhead::Folded*> ReadAhead::next(Nanos timeout) {
  if (holds_slot_) {
    answers_.pop();
    if (++taken_ % kWakeEvery == 0) emptied_.ring();
  }
  holds_slot_ = false;
  const Nanos deadline = runtime::steady_now() + timeout;
  while (true) {
    const std::uint32_t seen = filled_.value();
    const bool ended = ended_.load(std::memory_order_acquire);
    if (const Folded* folded = answers_.front(); folded != nullptr) {
      holds_slot_ = true;
      return folded;
    }
    if (ended && !status_.ok()) return status_.error();
    if (ended) return nullptr;
    if (runtime::steady_now() >= deadline) return Error{ErrorCode::kTimeout, "nothing new"};
    filled_.wait(seen, kLookEvery);
  }
}

void ReadAhead::run() {
  while (!stop_.load(std::memory_order_acquire) && fold_.last_sequence() < last_) {
    const auto message = reader_.next(kReadTimeout);
    if (!message.ok()) {
      if (message.error().code == ErrorCode::kTimeout || message.error().code == ErrorCode::kCancelled) continue;
      status_ = message.error();
      break;
    }
    const auto step = fold_.accept(message.value());
    if (!step.ok()) {
      status_ = step.error();
      break;
    }
    if (step.value() == eventlog::EventFold::Step::kComplete && fold_.answer().kind != AnswerKind::kGenesis)
      hand_over(message.value().sequence);
  }
  ended_.store(true, std::memory_order_release);
  filled_.ring();
}

void ReadAhead::hand_over(std::uint64_t sequence) {
  Folded* slot = answers_.claim();
  while (slot == nullptr && !stop_.load(std::memory_order_acquire)) {
    const std::uint32_t seen = emptied_.value();
    slot = answers_.claim();
    if (slot == nullptr) emptied_.wait(seen, kLookEvery);
  }
  if (slot == nullptr) return;
  slot->sequence = sequence;
  fold_.take_answer(slot->answer);
  answers_.publish();
  if (++handed_over_ % kWakeEvery == 0) filled_.ring();
}

}  // namespace sluice::engine
