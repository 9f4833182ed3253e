#include "audit/crc32c.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace sluice::audit {
namespace {

struct Vector {
  const char* name;
  std::string bytes;
  std::uint32_t crc;
};

// RFC 3720, B.4, and the check value of the catalogue of CRCs.
const std::vector<Vector>& vectors() {
  static const std::vector<Vector> all = [] {
    std::string up(32, '\0');
    for (std::size_t i = 0; i < up.size(); ++i) up[i] = static_cast<char>(i);
    return std::vector<Vector>{{"nothing", "", 0},
                               {"check", "123456789", 0xE3069283},
                               {"zeros", std::string(32, '\0'), 0x8A9136AA},
                               {"ones", std::string(32, '\xff'), 0x62A8AB43},
                               {"up", up, 0x46DD794E},
                               {"down", std::string(up.rbegin(), up.rend()), 0x113FDB5C}};
  }();
  return all;
}

TEST(Crc32c, TheTableGivesTheKnownValues) {
  for (const Vector& vector : vectors())
    EXPECT_EQ(crc32c_by_table(std::as_bytes(std::span(vector.bytes))), vector.crc) << vector.name;
}

TEST(Crc32c, TheInstructionGivesTheKnownValues) {
  if (!has_crc32c_instruction()) return;  // the table is what runs on such a machine
  for (const Vector& vector : vectors())
    EXPECT_EQ(crc32c_by_instruction(std::as_bytes(std::span(vector.bytes))), vector.crc) << vector.name;
}

TEST(Crc32c, BothAgreeAtEveryLength) {
  std::string bytes;
  for (int length = 0; length <= 130; ++length) {
    const auto view = std::as_bytes(std::span(bytes));
    EXPECT_EQ(crc32c(view), crc32c_by_table(view)) << length;
    bytes.push_back(static_cast<char>(length * 37 + 11));
  }
}

TEST(Crc32c, ARecordIsWholeWithItsSumAndNotWithAnyBitChanged) {
  AuditRecord record;
  record.sequence = 77;
  record.data = {1, 2, 3, 4};
  const AuditRecord whole = summed(record);
  ASSERT_TRUE(is_whole(whole));
  for (std::size_t bit = 0; bit < sizeof(AuditRecord) * 8; ++bit) {
    std::array<unsigned char, sizeof(AuditRecord)> bytes{};
    std::memcpy(bytes.data(), &whole, sizeof whole);
    bytes[bit / 8] = static_cast<unsigned char>(bytes[bit / 8] ^ (1u << (bit % 8)));
    AuditRecord changed;
    std::memcpy(&changed, bytes.data(), sizeof changed);
    EXPECT_FALSE(is_whole(changed)) << bit;
  }
}

TEST(Crc32c, ZeroedBytesAreNoRecord) {
  AuditRecord zeroed;
  std::memset(static_cast<void*>(&zeroed), 0, sizeof zeroed);
  EXPECT_FALSE(is_whole(zeroed));
}

}  // namespace
}  // namespace sluice::audit
