// LaneFixture: one LaneWriter over a log in memory, and what it has logged.
#pragma once

#include <list>

#include "command/lane_writer.h"
#include "eventlog/memory_log.h"
#include "probe.h"
#include "support/cmd_feed.h"

namespace sluice::command {

class LaneFixture : public testing::Test {
 protected:
  static constexpr eventlog::StreamId kCmd{eventlog::StreamKind::kCommand, ShardId{0}};

  void start(LaneWriterOptions options = {}) {
    writer_ = std::make_unique<OrderWriter>(log_, genesis_, WriterId{42}, board_, std::move(options));
  }
  /// A cancel of `account`; its order id says which one it is.
  static OrderCommand command(std::uint64_t number, std::uint32_t account = 1) {
    OrderCommand command;
    command.kind = OrderCommandKind::kCancel;
    command.command_id = {account, number};
    command.order_id = OrderId{number};
    command.account = AccountId{account};
    command.instrument = InstrumentId{1};
    return command;
  }
  /// Submits it in the lane of its account. The probe stays valid.
  test::Probe& submit(const OrderCommand& command, WaitLevel level = WaitLevel::kLogged,
                      Nanos deadline = test::in_an_hour()) {
    probes_.emplace_back(level, deadline);
    const Status queued = writer_->submit(command.account.value(), command, probes_.back().waiter());
    EXPECT_TRUE(queued.ok()) << queued.error().message;
    return probes_.back();
  }
  test::Probe& submit(std::uint64_t number, WaitLevel level = WaitLevel::kLogged, Nanos deadline = test::in_an_hour()) {
    return submit(command(number), level, deadline);
  }
  Status try_submit(std::uint64_t number, WaitLevel level = WaitLevel::kLogged) {
    probes_.emplace_back(level);
    return writer_->submit(1, command(number), probes_.back().waiter());
  }

  std::uint64_t messages() { return log_.info(kCmd).value().last_sequence; }
  void wait_for_messages(std::uint64_t count) {
    ASSERT_TRUE(test::eventually([&] { return messages() == count; })) << messages() << " messages, not " << count;
  }
  /// Numbers of the commands in CMD, a list for each frame.
  std::vector<std::vector<std::uint64_t>> frames() {
    std::vector<std::vector<std::uint64_t>> frames;
    for (std::uint64_t sequence = 1; sequence <= messages(); ++sequence) {
      const auto message = log_.get(kCmd, sequence);
      eventlog::DecodedFrame decoded;
      eventlog::decode_frame(genesis_, message.value().message(), decoded);
      EXPECT_EQ(decoded.fault, FrameFault::kNone);
      EXPECT_EQ(decoded.address.writer, WriterId{42});
      frames.emplace_back();
      for (const OrderCommand& c : decoded.frame.orders) frames.back().push_back(c.order_id.value());
    }
    return frames;
  }
  using Frames = std::vector<std::vector<std::uint64_t>>;

  eventlog::MemoryLog log_{1};
  const Genesis genesis_{.deployment = {7, 7}, .shard = ShardId{0}, .shard_count = 1};
  AnswerBoard board_;
  std::list<test::Probe> probes_;
  std::unique_ptr<OrderWriter> writer_;
};

}  // namespace sluice::command
