// The DBN reader refuses damaged bytes by name, and the books made of a recorded day are those of its expected.json.
#include "marketdata/dbn.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "marketdata/zstd.h"
#include "support/shared_files.h"

namespace sluice::marketdata::dbn {
namespace {

using Bytes = std::vector<std::byte>;

void put(Bytes& bytes, const void* from, std::size_t count) {
  const auto* begin = static_cast<const std::byte*>(from);
  bytes.insert(bytes.end(), begin, begin + count);
}

/// Prefix and metadata of 24 bytes.
Bytes head(std::uint8_t version = 1, std::uint32_t length = 24) {
  Bytes bytes;
  put(bytes, "DBN", 3);
  put(bytes, &version, 1);
  put(bytes, &length, 4);
  put(bytes, "TEST.SET\0\0\0\0\0\0\0\0........", 24);
  return bytes;
}

MboRecord record(Action action, std::uint64_t order, char side = 'B', std::int64_t price = 100,
                 std::uint32_t size = 5) {
  MboRecord made;
  made.length = sizeof made / 4;
  made.type = kMboType;
  made.instrument = 7;
  made.order = order;
  made.price = price;
  made.size = size;
  made.action = action;
  made.side = side;
  return made;
}

/// Decodes `count` bytes that lie in a block of exactly their size, so that a read beyond is seen by ASan.
Result<Contents> decode_exact(const Bytes& bytes, std::size_t count) {
  const std::unique_ptr<std::byte[]> exact(new std::byte[count]);
  std::copy_n(bytes.begin(), count, exact.get());
  return decode(std::span<const std::byte>(exact.get(), count), [](const MboRecord&) {});
}

TEST(Dbn, RecordsOfOtherKindsArePassedOverAndLongerOnesRead) {
  Bytes bytes = head();
  const MboRecord first = record(Action::kAdd, 1), second = record(Action::kAdd, 2);
  put(bytes, &first, sizeof first);
  Bytes other(32);
  other[0] = std::byte{8};
  other[1] = std::byte{0x16};
  put(bytes, other.data(), other.size());
  put(bytes, &second, sizeof second);
  put(bytes, "12345678", 8);
  bytes[bytes.size() - 64] = std::byte{16};
  std::vector<std::uint64_t> orders;
  const auto contents = decode(bytes, [&](const MboRecord& read) { orders.push_back(read.order); });
  ASSERT_TRUE(contents.ok()) << contents.error().message;
  EXPECT_EQ(contents.value().version, 1);
  EXPECT_EQ(contents.value().dataset, "TEST.SET");
  EXPECT_EQ(contents.value().mbo, 2u);
  EXPECT_EQ(contents.value().other, 1u);
  EXPECT_EQ(orders, (std::vector<std::uint64_t>{1, 2}));
}

TEST(Dbn, EveryPrefixIsCutOffAtItsOffset) {
  Bytes bytes = head();
  const std::size_t begin = bytes.size();
  const MboRecord one = record(Action::kAdd, 1);
  put(bytes, &one, sizeof one);
  for (std::size_t count = 0; count < bytes.size(); ++count) {
    const auto contents = decode_exact(bytes, count);
    if (count == begin) {
      EXPECT_TRUE(contents.ok());
      continue;
    }
    ASSERT_FALSE(contents.ok()) << count;
    ASSERT_EQ(contents.error().code, ErrorCode::kCorrupt);
    if (count > begin) {
      ASSERT_EQ(contents.error().message, "DBN: cut off within a record of 56 bytes at offset 32");
    }
  }
  EXPECT_TRUE(decode_exact(bytes, bytes.size()).ok());
}

TEST(Dbn, WhatTheEncodingDoesNotAllowIsNamed) {
  const auto message_of = [](const Bytes& bytes) {
    const auto contents = decode_exact(bytes, bytes.size());
    return contents.ok() ? std::string() : contents.error().message;
  };
  Bytes not_dbn = head();
  not_dbn[0] = std::byte{'d'};
  EXPECT_EQ(message_of(not_dbn), "DBN: no 'DBN' at offset 0");
  EXPECT_EQ(message_of(head(0)), "DBN: version 0 is unknown at offset 3");
  EXPECT_EQ(message_of(head(4)), "DBN: version 4 is unknown at offset 3");
  EXPECT_EQ(message_of(head(1, 25)), "DBN: metadata of 25 bytes at offset 4");
  EXPECT_EQ(message_of(head(1, 15)), "DBN: metadata of 15 bytes at offset 4");
  EXPECT_EQ(message_of(head(1, 0xffffffff)), "DBN: metadata of 4294967295 bytes at offset 4");
  MboRecord bad = record(Action::kAdd, 1);
  for (const auto& [length, message] : {std::pair<std::uint8_t, const char*>{0, "a record of 0 bytes"},
                                        {3, "a record of 12 bytes"},
                                        {13, "a market-by-order record of 52 bytes"},
                                        {15, "cut off within a record of 60 bytes"}}) {
    bad.length = length;
    Bytes bytes = head();
    put(bytes, &bad, sizeof bad);
    EXPECT_EQ(message_of(bytes), "DBN: " + std::string(message) + " at offset 32");
  }
}

TEST(DbnBooks, EveryActionChangesTheBookOfItsInstrument) {
  Books books;
  MboRecord elsewhere = record(Action::kAdd, 1);
  elsewhere.instrument = 8;
  EXPECT_EQ(books.find(7), nullptr);
  EXPECT_EQ(books.apply(record(Action::kAdd, 1)), BookFault::kNone);
  EXPECT_EQ(books.apply(elsewhere), BookFault::kNone) << "the same number in another instrument is another order";
  EXPECT_EQ(books.apply(record(Action::kAdd, 2, 'A', 110)), BookFault::kNone);
  EXPECT_EQ(books.apply(record(Action::kModify, 2, 'A', 111, 9)), BookFault::kNone);
  EXPECT_EQ(books.apply(record(Action::kTrade, 0, 'B', 111, 4)), BookFault::kNone);
  EXPECT_EQ(books.apply(record(Action::kFill, 2, 'A', 111, 4)), BookFault::kNone);
  EXPECT_EQ(books.find(7)->find(VenueOrderId{2})->quantity, Quantity{9});
  EXPECT_EQ(books.apply(record(Action::kCancel, 2, 'A', 111, 4)), BookFault::kNone);
  EXPECT_EQ(books.find(7)->best(kBook, Side::kSell)->total, Quantity{5});
  EXPECT_EQ(books.find(7)->best(kBook, Side::kSell)->price, Price{111});
  EXPECT_EQ(books.apply(record(Action::kClear, 0, 'N', std::numeric_limits<std::int64_t>::max(), 0)), BookFault::kNone);
  EXPECT_EQ(books.find(7)->live(), 0u);
  EXPECT_EQ(books.find(8)->live(), 1u);
  EXPECT_EQ(books.instruments(), 2u);
}

TEST(DbnBooks, WhatContradictsTheBookIsNamed) {
  Books books;
  EXPECT_EQ(books.apply(record(Action::kAdd, 1)), BookFault::kNone);
  EXPECT_EQ(books.apply(record(Action::kAdd, 1)), BookFault::kDuplicateOrder);
  EXPECT_EQ(books.apply(record(Action::kAdd, 2, 'N')), BookFault::kSide);
  EXPECT_EQ(books.apply(record(Action::kAdd, 2, 'B', std::numeric_limits<std::int64_t>::max())), BookFault::kPrice);
  EXPECT_EQ(books.apply(record(Action::kAdd, 2, 'B', std::numeric_limits<std::int64_t>::min())), BookFault::kPrice);
  EXPECT_EQ(books.apply(record(Action::kCancel, 2)), BookFault::kUnknownOrder);
  EXPECT_EQ(books.apply(record(Action::kModify, 2)), BookFault::kUnknownOrder);
  EXPECT_EQ(books.apply(record(Action::kCancel, 1, 'B', 100, 6)), BookFault::kQuantity);
}

Bytes pack(const Bytes& content) {
  Bytes packed(ZSTD_compressBound(content.size()));
  packed.resize(ZSTD_compress(packed.data(), packed.size(), content.data(), content.size(), 3));
  return packed;
}

TEST(Zstd, UnpacksFramesBehindEachOther) {
  Bytes content(300'000);
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<std::byte>(i * i >> 7);
  const Bytes packed = pack(content);
  ASSERT_EQ(unpack_zstd(packed, content.size()).value(), content);
  Bytes twice = packed;
  twice.insert(twice.end(), packed.begin(), packed.end());
  EXPECT_EQ(unpack_zstd(twice, 600'000).value().size(), 600'000u);
  EXPECT_EQ(unpack_zstd(pack({}), 0).value().size(), 0u);
}

TEST(Zstd, DamageAndExcessAreErrors) {
  const Bytes content(300'000, std::byte{1});
  const Bytes packed = pack(content);
  EXPECT_EQ(unpack_zstd(packed, content.size() - 1).error().code, ErrorCode::kTooLarge);
  for (std::size_t count = 0; count < packed.size(); ++count) {
    ASSERT_EQ(unpack_zstd(std::span(packed).first(count), content.size()).error().code, ErrorCode::kCorrupt) << count;
  }
  Bytes damaged = packed;
  damaged[0] ^= std::byte{1};
  EXPECT_EQ(unpack_zstd(damaged, content.size()).error().code, ErrorCode::kCorrupt);
}

TEST(DbnFile, OneThatIsAbsentIsNotFound) { EXPECT_EQ(load("no/such/file.dbn.zst").error().code, ErrorCode::kNotFound); }

/// What expected.json counts, of records in turn.
struct Facts {
  Books books;
  std::map<std::string, int> actions;
  std::map<std::string, int> unknown;
  std::map<BookFault, int> faults;
  int snapshot = 0, fill_gt_size = 0, event_ends = 0, crossed = 0, crossed_elsewhere = 0, trades = 0, time_back = 0;
  std::uint64_t volume = 0, first = 0, last = 0;

  void take(const MboRecord& r) {
    ++actions[std::string(1, static_cast<char>(r.action))];
    if ((r.flags & kFlagSnapshot) != 0) ++snapshot;
    if (r.receive_time < last) ++time_back;
    last = r.receive_time;
    if (first == 0) first = last;
    if (r.action == Action::kTrade) {
      ++trades;
      volume += r.size;
    }
    if (r.action == Action::kFill) {
      const MarketBooks* book = books.find(r.instrument);
      const auto order = book == nullptr ? std::nullopt : book->find(VenueOrderId{r.order});
      if (!order) ++unknown["F"];
      else if (Quantity{r.size} > order->quantity) ++fill_gt_size;
    }
    ++faults[books.apply(r)];
    if ((r.flags & kFlagLast) == 0) return;
    ++event_ends;
    if (!books.find(r.instrument)->crossed(kBook)) return;
    ++crossed;
    // The pre-open: 22:39:55 to 23:00:00 UTC, and 0.1 s until the auction has uncrossed.
    constexpr std::uint64_t kSecond = 1'000'000'000, kDay = 86'400 * kSecond;
    const std::uint64_t time = r.receive_time % kDay;
    if (time < 81'595 * kSecond || time >= 82'800 * kSecond + kSecond / 10) ++crossed_elsewhere;
  }
};

TEST(DbnSample, BooksHaveTheFactsOfItsExpectedFile) {
  const auto folder = test::shared_path("data/cme_es_mbo_20231225");
  SKIP_IF_ABSENT(folder);
  const auto expected = nlohmann::json::parse(test::read_text(folder / "expected.json"));
  const auto bytes = load(folder / expected["path"].get<std::string>());
  ASSERT_TRUE(bytes.ok()) << bytes.error().message;
  Facts facts;
  const auto contents = decode(bytes.value(), [&](const MboRecord& r) { facts.take(r); });
  ASSERT_TRUE(contents.ok()) << contents.error().message;

  EXPECT_EQ(contents.value().version, expected["version"]);
  EXPECT_EQ(contents.value().dataset, expected["dataset"]);
  EXPECT_EQ(contents.value().mbo, expected["mbo"]);
  EXPECT_EQ(contents.value().other, 0u);
  EXPECT_EQ(nlohmann::json(facts.actions), expected["actions"]);
  EXPECT_EQ(facts.books.instruments(), expected["instruments"]);
  EXPECT_EQ(facts.snapshot, expected["snapshot_flag"]);
  EXPECT_EQ(nlohmann::json(facts.unknown), expected["unknown"]);
  EXPECT_EQ(facts.faults[BookFault::kUnknownOrder], 0);
  EXPECT_EQ(facts.faults[BookFault::kDuplicateOrder], expected["dup_add"]);
  EXPECT_EQ(facts.faults[BookFault::kQuantity], expected["cancel_gt_size"]);
  EXPECT_EQ(facts.faults[BookFault::kNone], expected["mbo"]) << "no other fault either";
  EXPECT_EQ(facts.fill_gt_size, expected["fill_gt_size"]);
  EXPECT_EQ(facts.event_ends, expected["event_ends"]);
  EXPECT_EQ(facts.crossed, expected["crossed"]);
  EXPECT_EQ(facts.crossed_elsewhere, 0);
  EXPECT_EQ(facts.trades, expected["trades"]);
  EXPECT_EQ(facts.volume, expected["volume"]);
  EXPECT_EQ(facts.first, expected["first"]);
  EXPECT_EQ(facts.last, expected["last"]);
  EXPECT_EQ(facts.time_back, expected["ts_back"]);
  std::uint32_t resting = 0;
  for (const auto& [instrument, top] : expected["top"].items()) {
    const MarketBooks* book = facts.books.find(static_cast<std::uint32_t>(std::stoul(instrument)));
    ASSERT_NE(book, nullptr);
    book->check();
    resting += book->live();
    EXPECT_EQ(book->best(kBook, Side::kBuy)->price, Price{std::llround(top[0].get<double>() * 1e9)});
    EXPECT_EQ(book->best(kBook, Side::kSell)->price, Price{std::llround(top[1].get<double>() * 1e9)});
  }
  EXPECT_EQ(resting, expected["resting_at_end"]);
}

}  // namespace
}  // namespace sluice::marketdata::dbn
