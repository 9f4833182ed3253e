// The ITCH decoder on whole, damaged and strange bytes. Every input lies in a block of exactly its size, so that a read
// beyond it is seen by ASan.
#include "marketdata/itch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>

#include "marketdata/itch_generator.h"

namespace sluice::marketdata::itch {
namespace {

using Bytes = std::vector<std::byte>;

/// A frame of `length` bytes of `type`.
Bytes frame(char type, std::size_t length) {
  Bytes bytes(2 + length, std::byte{0x41});
  bytes[0] = static_cast<std::byte>(length >> 8);
  bytes[1] = static_cast<std::byte>(length & 255);
  if (length > 0) bytes[2] = static_cast<std::byte>(type);
  return bytes;
}

Bytes operator+(const Bytes& a, const Bytes& b) {
  Bytes both(a.size() + b.size());
  std::copy(b.begin(), b.end(), std::copy(a.begin(), a.end(), both.begin()));
  return both;
}

/// Reads every field's byte, as a visitor that wants all types would.
struct TouchAll {
  unsigned sum = 0;
  template <typename Message>
  void operator()(const Message& message) {
    for (const std::byte byte : std::as_bytes(std::span(&message, 1))) sum += std::to_integer<unsigned>(byte);
  }
};

Decoded decode_exact(const Bytes& bytes, std::size_t count) {
  const std::unique_ptr<std::byte[]> exact(new std::byte[count]);
  std::copy_n(bytes.begin(), count, exact.get());
  TouchAll touch;
  return decode(std::span<const std::byte>(exact.get(), count), touch);
}
Decoded decode_exact(const Bytes& bytes) { return decode_exact(bytes, bytes.size()); }

std::string message_of(const Decoded& decoded) {
  const Status status = status_of(decoded);
  return status.ok() ? "" : status.error().message;
}

TEST(ItchDecode, NothingIsNoFault) {
  const Decoded decoded = decode_exact({});
  EXPECT_EQ(decoded.fault, Fault::kNone);
  EXPECT_EQ(decoded.messages, 0u);
  EXPECT_FALSE(decoded.ended);
}

class ItchTypes : public testing::TestWithParam<char> {};
INSTANTIATE_TEST_SUITE_P(All, ItchTypes, testing::ValuesIn(kTypes.begin(), kTypes.end()), [](const auto& tested) {
  return std::string(1, tested.param) + (tested.param == 'h' ? "alt" : "");
});

TEST_P(ItchTypes, EveryPrefixIsTruncatedAtItsOffset) {
  const Bytes before = frame('S', 12);
  const Bytes bytes = before + frame(GetParam(), size_of(GetParam()));
  for (std::size_t count = before.size() + 1; count < bytes.size(); ++count) {
    const Decoded decoded = decode_exact(bytes, count);
    ASSERT_EQ(decoded.fault, Fault::kTruncated) << count;
    ASSERT_EQ(decoded.consumed, before.size());
    ASSERT_EQ(decoded.messages, 1u);
    ASSERT_EQ(decoded.type, count > before.size() + 2 ? GetParam() : 0);
    ASSERT_FALSE(status_of(decoded).ok());
  }
  EXPECT_EQ(decode_exact(bytes).messages, 2u);
  EXPECT_EQ(decode_exact(bytes).fault, Fault::kNone);
}

TEST_P(ItchTypes, EveryOtherLengthIsAFault) {
  const std::size_t right = size_of(GetParam());
  for (std::size_t length = 1; length < 64; ++length) {
    const Decoded decoded = decode_exact(frame(GetParam(), length) + frame('S', 12));
    if (length == right) {
      EXPECT_EQ(decoded.messages, 2u);
      continue;
    }
    ASSERT_EQ(decoded.fault, Fault::kWrongLength) << length;
    ASSERT_EQ(decoded.consumed, 0u);
    ASSERT_EQ(decoded.messages, 0u);
    ASSERT_EQ(decoded.type, GetParam());
    ASSERT_EQ(decoded.length, length);
  }
}

TEST(ItchDecode, UnknownTypesArePassedOverByTheirLength) {
  const Decoded decoded =
      decode_exact(frame('S', 12) + frame('z', 1) + frame('Z', 65'535) + frame('\0', 7) + frame('D', 19));
  EXPECT_EQ(decoded.fault, Fault::kNone);
  EXPECT_EQ(decoded.messages, 2u);
  EXPECT_EQ(decoded.unknown, 3u);
}

TEST(ItchDecode, ALengthOfZeroEndsTheSession) {
  Bytes bytes = frame('S', 12);
  append_end(bytes);
  const Decoded ended = decode_exact(bytes);
  EXPECT_TRUE(ended.ended);
  EXPECT_EQ(ended.fault, Fault::kNone);
  EXPECT_EQ(ended.consumed, bytes.size());
  const Decoded more = decode_exact(bytes + frame('S', 12));
  EXPECT_EQ(more.fault, Fault::kBytesAfterEnd);
  EXPECT_EQ(more.consumed, bytes.size());
  EXPECT_EQ(more.messages, 1u);
}

TEST(ItchDecode, FaultsSayWhatWhereAndWhich) {
  EXPECT_EQ(message_of(decode_exact(frame('S', 12) + Bytes(1))), "ITCH: cut off within a length at offset 14");
  EXPECT_EQ(message_of(decode_exact(frame('A', 36), 2)), "ITCH: cut off within a message of 36 bytes at offset 0");
  EXPECT_EQ(message_of(decode_exact(frame('A', 36), 37)), "ITCH: cut off within a message 'A' of 36 bytes at offset 0");
  EXPECT_EQ(message_of(decode_exact(frame('\x1f', 36), 37)),
            "ITCH: cut off within a message 0x1f of 36 bytes at offset 0");
  EXPECT_EQ(message_of(decode_exact(frame('S', 12) + frame('D', 20))),
            "ITCH: a message 'D' of 20 bytes, not 19, at offset 14");
  EXPECT_EQ(message_of(decode_exact(Bytes(2) + Bytes(1))), "ITCH: bytes after the end of the session at offset 2");
}

TEST(ItchDecode, AVisitorGetsOnlyWhatItHasOverloadsFor) {
  struct Deletes {
    int count = 0;
    void operator()(const OrderDeleted&) { ++count; }
  } deletes;
  const Bytes bytes = frame('S', 12) + frame('D', 19) + frame('D', 19);
  EXPECT_EQ(decode(bytes, deletes).messages, 3u);
  EXPECT_EQ(deletes.count, 2);
}

TEST(ItchDecode, HeadersAreThoseOfAllKnownTypes) {
  Bytes bytes = frame('z', 3);
  for (const char type : kTypes) bytes = bytes + frame(type, size_of(type));
  std::string types;
  const Decoded decoded = decode_headers(bytes, [&](const Header& message) { types += message.type; });
  EXPECT_EQ(types, kTypes);
  EXPECT_EQ(decoded.messages, kTypes.size());
  EXPECT_EQ(decoded.unknown, 1u);
}

TEST(ItchDecode, AStreamInPiecesGivesTheSameMessages) {
  const Bytes whole = generate_itch({.stocks = 5, .standing = 50}, 2'000);
  const Decoded at_once = decode_exact(whole);
  for (const std::size_t piece : {1u, 7u, 100u, 4'096u}) {
    Bytes waiting;
    std::uint64_t messages = 0;
    bool ended = false;
    for (std::size_t at = 0; at < whole.size(); at += piece) {
      const std::size_t count = std::min(piece, whole.size() - at);
      waiting.insert(waiting.end(), whole.begin() + static_cast<std::ptrdiff_t>(at),
                     whole.begin() + static_cast<std::ptrdiff_t>(at + count));
      const Decoded decoded = decode(waiting, TouchAll{});
      ASSERT_TRUE(decoded.fault == Fault::kNone || decoded.fault == Fault::kTruncated);
      messages += decoded.messages;
      ended = decoded.ended;
      waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(decoded.consumed));
    }
    EXPECT_EQ(messages, at_once.messages) << piece;
    EXPECT_TRUE(ended && waiting.empty()) << piece;
  }
}

TEST(ItchDecode, DamagedBytesAreNeverReadBeyondTheirEnd) {
  const Bytes whole = generate_itch({.stocks = 5, .standing = 20}, 100);
  std::mt19937_64 random(7);
  for (int round = 0; round < 3'000; ++round) {
    Bytes bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(random() % whole.size()));
    for (std::uint64_t changes = random() % 8; changes > 0 && !bytes.empty(); --changes) {
      bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    }
    const Decoded decoded = decode_exact(bytes);
    ASSERT_LE(decoded.consumed, bytes.size());
    ASSERT_EQ(decoded.fault == Fault::kNone, decoded.consumed == bytes.size());
  }
}

}  // namespace
}  // namespace sluice::marketdata::itch
