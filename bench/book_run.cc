#include "bench/book_run.h"

#include <algorithm>

namespace sluice::bench {

FastBooks::FastBooks(std::uint16_t books, std::uint32_t orders)
    : storage_(std::make_unique<core::BookStorage>(orders)) {
  for (std::uint16_t number = 0; number < books; ++number) books_.emplace_back(*storage_, number);
}

std::uint64_t FastBooks::hash() const {
  std::uint64_t hash = 0;
  for (const core::MatchingBook& matching : books_) {
    const core::OrderPool& orders = matching.storage().orders();
    hash =
        hash_of_book(hash, matching.book(), [&](core::OrderIndex at) -> const core::BookNode& { return orders[at]; });
  }
  return hash;
}

std::uint64_t PeerBooks::hash() const {
  std::uint64_t hash = 0;
  for (const PeerBook& book : books_) {
    for (const Side side : {Side::kBuy, Side::kSell}) {
      hash = mix_words(hash, static_cast<std::uint64_t>(side));
      for (const auto& [rank, queue] : book.levels(side)) {
        for (const PeerBook::Order& order : queue)
          hash = mix_words(hash, order.id, order.price.value(), order.left.value());
      }
    }
  }
  return hash;
}

void perform_ahead(FastBooks& books, std::span<const BookCommand> commands, Tally& tally) {
  // Steps between asking for memory and using it, and the three times that something is asked for.
  constexpr std::size_t kIndex = 24, kOrder = 16, kLevel = 8;
  core::BookStorage& storage = books.storage();
  core::OrderIndex hints[kOrder] = {};
  const std::size_t count = commands.size();
  for (std::size_t at = 0; at < count; ++at) {
    storage.prefetch_index(commands[std::min(at + kIndex, count - 1)].id);
    storage.prefetch_level(hints[(at + kLevel) % kOrder]);
    const BookCommand& front = commands[std::min(at + kLevel, count - 1)];
    books[front.book].prefetch_front(core::opposite(front.side));
    hints[at % kOrder] = storage.prefetch_order(commands[std::min(at + kOrder, count - 1)].id);
    const BookCommand& command = commands[at];
    perform(books[command.book], command, tally);
  }
}

}  // namespace sluice::bench
