// The last twentieth of a log is kept for what must still get in when it is nearly full.
#include "command/log_space.h"

#include <gtest/gtest.h>

#include "eventlog/memory_log.h"
#include "support/process.h"

namespace sluice::command {
namespace {

using eventlog::StreamKind;
using test::eventually;

class LogSpaceTest : public testing::TestWithParam<StreamKind> {
 protected:
  LogSpaceTest() {
    for (const StreamKind kind : {StreamKind::kCommand, StreamKind::kEvent})
      log_.set_bytes_max({kind, ShardId{0}}, 1000);
  }
  void fill_to(std::uint64_t bytes) {
    const std::vector<std::byte> more(bytes - bytes_);
    log_.inject(stream_, FrameClass::kOrders, more);
    bytes_ = bytes;
  }
  bool seen(double fill) {
    return eventually([&] { return space_.fill(GetParam()) == fill; });
  }

  eventlog::MemoryLog log_{1};
  const eventlog::StreamId stream_{GetParam(), ShardId{0}};
  std::uint64_t bytes_ = 0;
  LogSpace space_{log_, ShardId{0}};
};

TEST_P(LogSpaceTest, OrdersAreRefusedFromNinetyFivePercentOn) {
  fill_to(949);
  ASSERT_TRUE(seen(0.949));
  EXPECT_TRUE(space_.admits_orders().ok());
  fill_to(950);
  ASSERT_TRUE(seen(0.95));
  const Status refused = space_.admits_orders();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kLogFull);
  EXPECT_NE(refused.error().message.find(eventlog::stream_name(stream_) + " is at 95.0 %"), std::string::npos)
      << refused.error().message;
}

TEST_P(LogSpaceTest, AStreamThatGrewTakesOrdersAgain) {
  fill_to(1000);
  ASSERT_TRUE(seen(1.0));
  EXPECT_FALSE(space_.admits_orders().ok());
  log_.set_bytes_max(stream_, 2000);
  ASSERT_TRUE(seen(0.5));
  EXPECT_TRUE(space_.admits_orders().ok());
}

INSTANTIATE_TEST_SUITE_P(OfEachStream, LogSpaceTest, testing::Values(StreamKind::kCommand, StreamKind::kEvent),
                         [](const auto& row) { return row.param == StreamKind::kCommand ? "Cmd" : "Evt"; });

}  // namespace
}  // namespace sluice::command
