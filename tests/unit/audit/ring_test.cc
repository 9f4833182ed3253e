#include <gtest/gtest.h>

#include <thread>

#include "audit/audit_ring.h"
#include "unit/audit/audit_fixture.h"

namespace sluice::audit {
namespace {

using test::order;

TEST(AuditRing, GivesBackWhatWasWrittenInOrderAcrossItsEnd) {
  AuditRing ring(5, 2);
  std::uint64_t read = 0;
  for (std::uint64_t next = 1; next <= 40;) {
    while (ring.write(order(next), Priority::kOrders)) ++next;
    for (auto front = ring.front(); !front.empty(); front = ring.front()) {
      for (const AuditRecord& record : front) EXPECT_EQ(record, order(++read));
      ring.pop(front.size());
    }
  }
  EXPECT_GE(read, 40u);
  EXPECT_EQ(ring.written(), read);
  EXPECT_EQ(ring.used(), 0u);
}

TEST(AuditRing, OrdersLeaveTheReservedPartFree) {
  AuditRing ring(4, 2);
  for (std::uint64_t i = 1; i <= 4; ++i) EXPECT_TRUE(ring.write(order(i), Priority::kOrders));
  EXPECT_FALSE(ring.write(order(5), Priority::kOrders));
  EXPECT_TRUE(ring.write(order(6), Priority::kReserved));
  EXPECT_TRUE(ring.write(order(7), Priority::kReserved));
  EXPECT_FALSE(ring.write(order(8), Priority::kReserved));
  ring.pop(2);
  EXPECT_FALSE(ring.has_room(1, Priority::kOrders)) << "what is reserved and used counts too";
  ring.pop(1);
  EXPECT_TRUE(ring.has_room(1, Priority::kOrders));
}

TEST(AuditRing, TakesAllOfAGroupOrNone) {
  AuditRing ring(4, 0);
  const std::array group{order(1), order(2), order(3)};
  EXPECT_TRUE(ring.write(group, Priority::kOrders));
  EXPECT_FALSE(ring.write(group, Priority::kOrders));
  EXPECT_EQ(ring.used(), 3u);
  EXPECT_TRUE(ring.write(order(4), Priority::kOrders));
}

TEST(AuditRing, TellsHowFullThePartForOrdersIs) {
  AuditRing ring(100, 10);
  const auto pressure_at = [&](std::uint64_t used) {
    while (ring.used() < used) EXPECT_TRUE(ring.write(order(1), Priority::kReserved));
    return ring.pressure();
  };
  EXPECT_EQ(pressure_at(49), Pressure::kNone);
  EXPECT_EQ(pressure_at(50), Pressure::kHalf);
  EXPECT_EQ(pressure_at(80), Pressure::kHigh);
  EXPECT_EQ(pressure_at(95), Pressure::kFull);
  EXPECT_EQ(pressure_at(110), Pressure::kFull);
}

TEST(AuditRing, TwoThreadsLoseAndDoubleNothing) {
  constexpr std::uint64_t kRecords = 300'000;
  AuditRing ring(97, 11);
  std::thread writer([&] {
    for (std::uint64_t next = 1; next <= kRecords;) {
      const std::array group{order(next), order(next + 1), order(next + 2)};
      if (ring.write(group, next % 5 == 0 ? Priority::kReserved : Priority::kOrders)) next += group.size();
      else std::this_thread::yield();
    }
  });
  std::uint64_t read = 0;
  bool right = true;
  while (read < kRecords) {
    const auto front = ring.front();
    if (front.empty()) std::this_thread::yield();
    for (const AuditRecord& record : front) right = right && record == order(++read);
    ring.pop(front.size());
    EXPECT_LE(ring.used(), ring.capacity());
  }
  writer.join();
  EXPECT_TRUE(right);
}

}  // namespace
}  // namespace sluice::audit
