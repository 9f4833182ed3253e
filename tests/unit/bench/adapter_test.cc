// The C adapter against the book that everybody writes first: the same random commands, the same reports one by one,
// the same best level and depth at any time, on dense and on sparse prices.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "bench/adapters/sluice_book.h"
#include "bench/book_peer.h"

extern "C" int adapter_from_c(void);

namespace sluice::bench {
namespace {

using Log = std::vector<std::string>;

std::string line(const char* what, std::int64_t id, std::int64_t a = 0, std::int64_t b = 0, std::int64_t c = 0,
                 std::int64_t d = 0, std::int64_t e = 0) {
  std::string text = what;
  for (const std::int64_t number : {id, a, b, c, d, e}) text += ' ' + std::to_string(number);
  return text;
}

struct PeerLog {
  Log log;
  void accepted(std::int64_t id) { log.push_back(line("ack", id)); }
  void rejected(std::int64_t id, core::BookReject why) { log.push_back(line("no", id, static_cast<int>(why))); }
  void cancelled(std::int64_t id, Quantity left) { log.push_back(line("cancelled", id, left.value())); }
  void traded(const core::BookTrade& t) {
    log.push_back(line("trade", t.maker, t.taker, t.price.value(), t.quantity.value(), t.maker_left.value(),
                       t.taker_left.value()));
  }
};

const sluice_callbacks kLogged{
    [](void* log, std::int64_t id) { static_cast<Log*>(log)->push_back(line("ack", id)); },
    [](void* log, const sluice_trade* t) {
      static_cast<Log*>(log)->push_back(
          line("trade", t->maker_id, t->taker_id, t->price, t->quantity, t->maker_left, t->taker_left));
    },
    [](void* log, std::int64_t id, std::int64_t left) {
      static_cast<Log*>(log)->push_back(line("cancelled", id, left));
    },
    [](void* log, std::int64_t id, int why) { static_cast<Log*>(log)->push_back(line("no", id, why)); }};

Log depth_of(const sluice_book* book, int side) {
  std::vector<sluice_level> levels(10'000);
  levels.resize(sluice_book_depth(book, side, levels.data(), levels.size()));
  Log log;
  for (const sluice_level& level : levels) log.push_back(line("level", level.price, level.quantity, level.orders));
  return log;
}

Log depth_of(const PeerBook& book, Side side) {
  Log log;
  for (const auto& [rank, queue] : book.levels(side)) {
    std::int64_t total = 0;
    for (const PeerBook::Order& order : queue) total += order.left.value();
    log.push_back(line("level", queue.front().price.value(), total, static_cast<std::int64_t>(queue.size())));
  }
  return log;
}

/// Draws a price; the same seed draws the same.
using PriceDraw = std::int64_t (*)(std::mt19937_64& random);

void compare(std::uint64_t seed, PriceDraw draw_price) {
  constexpr int kCommands = 40'000, kIds = 3'000;
  std::mt19937_64 random(seed);
  Log ours;
  PeerLog theirs;
  sluice_book* book = sluice_book_create(kIds, &kLogged, &ours);
  PeerBook peer;
  for (int i = 0; i < kCommands; ++i) {
    // Ids come again, also while their order rests, and far apart: the index must not care.
    const auto id = static_cast<std::int64_t>((random() % kIds) * 0x1'0000'0001);
    const int side = random() % 2 == 0 ? SLUICE_BUY : SLUICE_SELL;
    const std::int64_t price = draw_price(random);
    const auto quantity = static_cast<std::int64_t>(random() % 100);  // 0 is refused
    const std::uint64_t dice = random() % 100;
    if (dice < 60) {
      sluice_book_new(book, id, side, price, quantity, dice < 15 ? 1 : 0);
      peer.submit(id, side == SLUICE_BUY ? Side::kBuy : Side::kSell, Price{price}, Quantity{quantity}, dice < 15,
                  theirs);
    } else if (dice < 80) {
      sluice_book_cancel(book, id);
      peer.cancel(id, theirs);
    } else {
      const PeerBook::Order* order = peer.find(id);
      const std::int64_t to = order != nullptr && dice < 90 ? order->price.value() : price;
      sluice_book_modify(book, id, to, quantity);
      peer.modify(id, Price{to}, Quantity{quantity}, theirs);
    }
    ASSERT_EQ(ours, theirs.log) << "seed " << seed << " command " << i;
    ours.clear();
    theirs.log.clear();
    if (i % 500 != 0) continue;
    ASSERT_EQ(depth_of(book, SLUICE_BUY), depth_of(peer, Side::kBuy)) << "seed " << seed << " command " << i;
    ASSERT_EQ(depth_of(book, SLUICE_SELL), depth_of(peer, Side::kSell)) << "seed " << seed << " command " << i;
  }
  sluice_book_destroy(book);
}

TEST(Adapter, ACProgramCanDriveIt) { EXPECT_EQ(adapter_from_c(), 0) << "line of adapter_from_c.c"; }

TEST(Adapter, AgreesOnAFewPrices) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed)
    compare(seed, [](std::mt19937_64& random) { return static_cast<std::int64_t>(1'000 + random() % 20); });
}

TEST(Adapter, AgreesOnDensePricesOf2To18) {
  compare(4, [](std::mt19937_64& random) { return static_cast<std::int64_t>(random() % (1u << 18)); });
}

TEST(Adapter, AgreesOnSparsePricesOf2To40) {
  compare(5, [](std::mt19937_64& random) {
    return static_cast<std::int64_t>(random() % (std::uint64_t{1} << (random() % 41)));
  });
}

TEST(Adapter, AgreesOnEveryPriceThereIs) {
  compare(6, [](std::mt19937_64& random) {
    constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
    constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();
    const std::uint64_t dice = random() % 8;
    if (dice == 0) return kLowest;
    if (dice == 1) return kHighest;
    return static_cast<std::int64_t>(random()) >> (random() % 64);
  });
}

TEST(Adapter, NoCallbackIsNeeded) {
  sluice_book* book = sluice_book_create(1, nullptr, nullptr);
  sluice_book_new(book, 1, SLUICE_BUY, 5, 1, 0);
  sluice_book_new(book, 2, SLUICE_SELL, 5, 2, 1);
  sluice_book_cancel(book, 1);
  sluice_level level{};
  EXPECT_EQ(sluice_book_best(book, SLUICE_BUY, &level), 0);
  sluice_book_destroy(book);
  EXPECT_EQ(sluice_book_create(0, nullptr, nullptr), nullptr);
}

}  // namespace
}  // namespace sluice::bench
