// Both implementations of the port behind one test interface.
#pragma once

#include <gtest/gtest.h>

#include <csignal>
#include <cstring>
#include <functional>
#include <memory>

#include "eventlog/codec.h"
#include "eventlog/memory_log.h"
#include "eventlog/provision.h"
#include "support/nats_server.h"

namespace sluice::test {

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
inline std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline constexpr eventlog::StreamId kCmd{eventlog::StreamKind::kCommand, ShardId{0}};
inline constexpr eventlog::StreamId kEvt{eventlog::StreamKind::kEvent, ShardId{0}};

inline Genesis test_genesis() { return {.deployment = {1, 2}, .shard = ShardId{0}, .shard_count = 1}; }

/// A log under test, with the faults that both kinds can have.
struct LogUnderTest {
  virtual ~LogUnderTest() = default;
  virtual eventlog::EventLog& log() = 0;
  virtual void go_down() = 0;
  virtual void come_back() = 0;
};

struct MemoryUnderTest final : LogUnderTest {
  eventlog::MemoryLog memory{1};
  eventlog::EventLog& log() override { return memory; }
  void go_down() override { memory.set_available(false); }
  void come_back() override { memory.set_available(true); }
};

struct JetstreamUnderTest final : LogUnderTest {
  NatsServer server;
  std::unique_ptr<eventlog::EventLog> jetstream = eventlog::open_jetstream(server.options());
  JetstreamUnderTest() {
    const auto provisioned = eventlog::provision_streams(server.options(), {.shards = 1, .bytes_max = 64u << 20});
    EXPECT_TRUE(provisioned.ok()) << (provisioned.ok() ? "" : provisioned.error().message);
  }
  eventlog::EventLog& log() override { return *jetstream; }
  void go_down() override { server.stop(SIGKILL); }
  void come_back() override { server.start(); }
};

}  // namespace sluice::test
