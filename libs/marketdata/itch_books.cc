#include "marketdata/itch_books.h"

#include <cstddef>

namespace sluice::marketdata {

using namespace itch;

namespace {

// Every message that changes a book names its order at the same place.
constexpr std::size_t kOrderAt = offsetof(OrderDeleted, order);
static_assert(offsetof(AddOrder, order) == kOrderAt && offsetof(AddOrderAttributed, order) == kOrderAt);
static_assert(offsetof(OrderExecuted, order) == kOrderAt && offsetof(OrderExecutedAtPrice, order) == kOrderAt);
static_assert(offsetof(OrderCancelled, order) == kOrderAt && offsetof(OrderReplaced, order) == kOrderAt);

constexpr std::array<bool, 256> kChangesBooks = [] {
  std::array<bool, 256> changes{};
  for (const char type : {'A', 'F', 'E', 'C', 'X', 'D', 'U'}) changes[static_cast<unsigned char>(type)] = true;
  return changes;
}();

}  // namespace

/// A queue of messages that change books, by reference into the session's bytes: each is applied, in order, when kApply
/// younger ones are known; until then what it will touch is loaded step by step. The steps are the same for every type,
/// because a branch on it is as often wrong as not, and costs as much as the memory.
class ItchBooks::Ahead {
 public:
  explicit Ahead(ItchBooks& books) : books_(books) {}

  void operator()(const Header& message) {
    if (!kChangesBooks[static_cast<unsigned char>(message.type)]) return;
    books_.books_.prefetch_index(order_of(message));
    push(&message);
  }

  /// Applies what still waits.
  void drain() {
    for (std::size_t i = 0; i < kApply; ++i) push(nullptr);
  }

 private:
  static constexpr std::size_t kSecond = 6, kThird = 12, kApply = 18;  // messages behind the newest
  static constexpr std::size_t kRing = 32;
  static_assert(kApply < kRing);

  struct Waiting {
    const Header* message = nullptr;
    std::uint32_t hint = kNoSlot;
  };

  static VenueOrderId order_of(const Header& message) {
    return VenueOrderId{reinterpret_cast<const OrderDeleted&>(message).order.value()};
  }
  Waiting& behind(std::size_t count) { return ring_[(newest_ - count) % kRing]; }

  void push(const Header* message) {
    behind(0) = {message, kNoSlot};
    if (Waiting& second = behind(kSecond); second.message != nullptr) {
      second.hint = books_.books_.prefetch_order(order_of(*second.message));
      books_.books_.prefetch_rungs(BookIndex{second.message->locate.value()});
    }
    if (const Waiting& third = behind(kThird); third.message != nullptr) books_.books_.prefetch_level(third.hint);
    if (const Waiting& due = behind(kApply); due.message != nullptr) visit_typed(*due.message, books_);
    ++newest_;
  }

  ItchBooks& books_;
  std::array<Waiting, kRing> ring_{};
  std::size_t newest_ = 0;
};

Decoded ItchBooks::apply(std::span<const std::byte> bytes) {
  Ahead ahead(*this);
  const Decoded decoded = decode_headers(bytes, ahead);
  ahead.drain();
  return decoded;
}

}  // namespace sluice::marketdata
