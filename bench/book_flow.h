// The commands of bench book, made beforehand: 47 % passive new, 10 % crossing, 10 % IOC, 23 % cancels of a uniformly
// random live order, 10 % replaces; prices at a power-law distance behind a mean-reverting middle. What an aggressive
// order takes is chosen so that the number of resting orders stays; nothing else of the mix depends on it.
//
// Seeded; the same options give the same commands on every machine up to the library's pow().
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "bench/book_peer.h"

namespace sluice::bench {

enum class BookAction : std::uint8_t { kNew, kIoc, kCancel, kReplace };
inline constexpr std::size_t kBookActions = 4;

struct BookCommand {
  std::int64_t id = 0;  // ascending from 1, the same order for its cancel and replaces
  std::int64_t price = 0;
  std::uint32_t quantity = 0;
  std::uint16_t book = 0;
  BookAction action = BookAction::kNew;
  Side side = Side::kNone;
};
static_assert(sizeof(BookCommand) == 24);

struct FlowOptions {
  std::uint64_t seed = 1;
  std::uint16_t books = 1;
  std::uint32_t resting = 1'000;  // in each book
  std::size_t commands = 1'000'000;
};

struct BookFlow {
  std::vector<BookCommand> opening;  // enters the resting orders
  std::vector<BookCommand> commands;
  std::uint64_t resting_min = 0;  // in all books, after any command
  std::uint64_t resting_max = 0;
};

BookFlow make_flow(const FlowOptions& options);

/// Gives a command to a book.
template <typename Book, typename Reports>
void perform(Book& book, const BookCommand& command, Reports& reports) {
  const Price price{command.price};
  const Quantity quantity{command.quantity};
  switch (command.action) {
    case BookAction::kNew: return book.submit(command.id, command.side, price, quantity, false, reports);
    case BookAction::kIoc: return book.submit(command.id, command.side, price, quantity, true, reports);
    case BookAction::kCancel: return book.cancel(command.id, reports);
    case BookAction::kReplace: return book.modify(command.id, price, quantity, reports);
  }
}

}  // namespace sluice::bench
