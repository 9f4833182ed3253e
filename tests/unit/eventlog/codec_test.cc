// Bytes <-> values: everything comes back as it went in, every fault of a CMD message has its name, and damage is never
// read.
#include "codec_values.h"

namespace sluice::test {
namespace {

using eventlog::DecodedFrame;
using eventlog::OwnedMessage;

OwnedMessage as_message(std::span<const std::byte> payload, FrameClass frame_class, std::uint64_t sequence = 5) {
  OwnedMessage owned;
  owned.assign({sequence, Nanos{1234}, frame_class, payload});
  return owned;
}

FrameFault fault_of(std::span<const std::byte> payload, FrameClass frame_class) {
  DecodedFrame decoded;
  const OwnedMessage message = as_message(payload, frame_class);
  eventlog::decode_frame(test_genesis(), message.message(), decoded);
  EXPECT_TRUE(decoded.fault == FrameFault::kNone || (decoded.frame.orders.empty() && decoded.frame.controls.empty()));
  return decoded.fault;
}
FrameFault fault_of(const OrderCommand& order) {
  return fault_of(eventlog::encode_frame(test_genesis(), kAddress, std::span(&order, 1), {}), FrameClass::kOrders);
}
FrameFault fault_of(const ControlCommand& command, FrameClass frame_class) {
  return fault_of(eventlog::encode_frame(test_genesis(), kAddress, {}, std::span(&command, 1)), frame_class);
}

TEST(FrameCodec, OrdersComeBackAsTheyWent) {
  const auto orders = some_orders();
  const auto bytes = eventlog::encode_frame(test_genesis(), kAddress, orders, {});
  const OwnedMessage message = as_message(bytes, FrameClass::kOrders);
  DecodedFrame decoded;
  eventlog::decode_frame(test_genesis(), message.message(), decoded);
  ASSERT_EQ(decoded.fault, FrameFault::kNone);
  EXPECT_EQ(decoded.frame.sequence, CmdSequence{5});
  EXPECT_EQ(decoded.frame.broker_time, Nanos{1234});
  EXPECT_EQ(decoded.frame.sha256, eventlog::sha256(bytes));
  EXPECT_EQ(decoded.address.writer, kAddress.writer);
  EXPECT_EQ(eventlog::msg_id_of(decoded.address), "1234605616436508552-3-42");
  ASSERT_EQ(decoded.frame.orders.size(), orders.size());
  EXPECT_EQ(std::memcmp(decoded.frame.orders.data(), orders.data(), orders.size() * sizeof(OrderCommand)), 0);
}

TEST(FrameCodec, AFullFrameIsReadInPlace) {
  const std::vector<OrderCommand> orders(eventlog::kCommandsMax, some_orders()[0]);
  const auto bytes = eventlog::encode_frame(test_genesis(), kAddress, orders, {});
  EXPECT_LT(bytes.size(), eventlog::kMessageBytesMax);
  const OwnedMessage message = as_message(bytes, FrameClass::kOrders);
  DecodedFrame decoded;
  eventlog::decode_frame(test_genesis(), message.message(), decoded);
  ASSERT_EQ(decoded.fault, FrameFault::kNone);
  ASSERT_EQ(decoded.frame.orders.size(), eventlog::kCommandsMax);
  const auto* first = reinterpret_cast<const std::byte*>(decoded.frame.orders.data());
  EXPECT_TRUE(first >= message.payload().data() && first < message.payload().data() + message.bytes) << "not copied";
}

TEST(FrameCodec, ControlCommandsComeBackAsTheyWent) {
  for (const auto& [controls, frame_class] :
       {std::pair(some_reference(), FrameClass::kReference), std::pair(some_control(), FrameClass::kControl)}) {
    const auto bytes = eventlog::encode_frame(test_genesis(), kAddress, {}, controls);
    const OwnedMessage message = as_message(bytes, frame_class);
    DecodedFrame decoded;
    eventlog::decode_frame(test_genesis(), message.message(), decoded);
    ASSERT_EQ(decoded.fault, FrameFault::kNone);
    ASSERT_EQ(decoded.frame.controls.size(), controls.size());
    for (std::size_t i = 0; i < controls.size(); ++i)
      EXPECT_EQ(decoded.frame.controls[i].body.index(), controls[i].body.index());
    EXPECT_EQ(eventlog::encode_frame(test_genesis(), decoded.address, {}, decoded.frame.controls), bytes)
        << "every field of every body";
  }
}

TEST(FrameFaults, NotAFrame) {
  EXPECT_EQ(fault_of(std::span<const std::byte>(), FrameClass::kOrders), FrameFault::kNotAFrame);
  EXPECT_EQ(fault_of(bytes_of("order 5 apples"), FrameClass::kOrders), FrameFault::kNotAFrame);
  EXPECT_EQ(fault_of(eventlog::encode_genesis_frame(test_genesis()), FrameClass::kControl), FrameFault::kNotAFrame)
      << "a second genesis";
  Genesis other = test_genesis();
  other.schema = 2;
  EXPECT_EQ(fault_of(eventlog::encode_frame(other, kAddress, some_orders(), {}), FrameClass::kOrders),
            FrameFault::kNotAFrame);
}

TEST(FrameFaults, EveryTruncatedPrefixIsNotAFrame) {
  const auto bytes = eventlog::encode_frame(test_genesis(), kAddress, some_orders(), {});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(fault_of(std::span(bytes).first(size), FrameClass::kOrders), FrameFault::kNotAFrame) << size;
  }
}

TEST(FrameFaults, AFlippedByteIsNeverReadOutOfBounds) {
  auto bytes = eventlog::encode_frame(test_genesis(), kAddress, {}, some_control());
  for (std::byte& byte : bytes) {
    byte ^= std::byte{0xff};
    (void)fault_of(bytes, FrameClass::kControl);  // any verdict will do; the sanitizers watch
    byte ^= std::byte{0xff};
  }
}

TEST(FrameFaults, WrongDeployment) {
  Genesis other = test_genesis();
  other.deployment = {9, 9};
  EXPECT_EQ(fault_of(eventlog::encode_frame(other, kAddress, some_orders(), {}), FrameClass::kOrders),
            FrameFault::kWrongDeployment);
}

TEST(FrameFaults, WrongShard) {
  Genesis other = test_genesis();
  other.shard = ShardId{1};
  EXPECT_EQ(fault_of(eventlog::encode_frame(other, kAddress, some_orders(), {}), FrameClass::kOrders),
            FrameFault::kWrongShard);
}

TEST(FrameFaults, WrongClass) {
  EXPECT_EQ(fault_of(eventlog::encode_frame(test_genesis(), kAddress, some_orders(), {}), FrameClass::kControl),
            FrameFault::kWrongClass);
  EXPECT_EQ(fault_of(by_alice(1, some_kill()), FrameClass::kReference), FrameFault::kWrongClass)
      << "a kill must not hide among reference data";
  EXPECT_EQ(fault_of(by_alice(1, some_kill()), FrameClass::kOrders), FrameFault::kWrongClass);
  EXPECT_EQ(fault_of(by_alice(1, RegisterAccount{name("A")}), FrameClass::kControl), FrameFault::kWrongClass);
}

struct RangeRow {
  const char* field;
  void (*spoil)(OrderCommand&);
};
class OrderRange : public testing::TestWithParam<RangeRow> {};
TEST_P(OrderRange, OutOfRange) {
  OrderCommand order = some_orders()[0];
  ASSERT_EQ(fault_of(order), FrameFault::kNone);
  GetParam().spoil(order);
  EXPECT_EQ(fault_of(order), FrameFault::kOutOfRange);
}
INSTANTIATE_TEST_SUITE_P(Fields, OrderRange,
                         testing::Values(RangeRow{"KindZero", [](OrderCommand& o) { o.kind = OrderCommandKind{0}; }},
                                         RangeRow{"Kind", [](OrderCommand& o) { o.kind = OrderCommandKind{5}; }},
                                         RangeRow{"Type", [](OrderCommand& o) { o.type = OrderType{5}; }},
                                         RangeRow{"Side", [](OrderCommand& o) { o.side = Side{3}; }},
                                         RangeRow{"Tif", [](OrderCommand& o) { o.tif = TimeInForce{6}; }},
                                         RangeRow{"Stp", [](OrderCommand& o) { o.stp = SelfTradePrevention{5}; }},
                                         RangeRow{"Flags", [](OrderCommand& o) { o.flags = 4; }},
                                         RangeRow{"Fields", [](OrderCommand& o) { o.fields = 8; }},
                                         RangeRow{"Reserved", [](OrderCommand& o) { o.reserved = 1; }}),
                         [](const auto& tested) { return std::string(tested.param.field); });

TEST(FrameFaults, OutOfRangeInControlCommands) {
  DefineInstrument definition = some_instrument();
  definition.stop_in_market = StopInMarket{3};
  EXPECT_EQ(fault_of(by_alice(1, definition), FrameClass::kReference), FrameFault::kOutOfRange);
  EngageKillSwitch kill = some_kill();
  kill.scope = KillScope{5};
  EXPECT_EQ(fault_of(by_alice(1, kill), FrameClass::kControl), FrameFault::kOutOfRange);
  kill = some_kill();
  kill.mode = KillMode{0};
  EXPECT_EQ(fault_of(by_alice(1, kill), FrameClass::kControl), FrameFault::kOutOfRange);
  RequestRelease request = some_request();
  request.scope = KillScope{0};
  EXPECT_EQ(fault_of(by_alice(1, request), FrameClass::kControl), FrameFault::kOutOfRange);
  SetLimits limits{name("ACME"), some_limits()};
  limits.changes[0].action = LimitAction{3};
  EXPECT_EQ(fault_of(by_alice(1, limits), FrameClass::kReference), FrameFault::kOutOfRange);
}

TEST(GenesisCodec, ComesBackAndContradictionsAreRefused) {
  const Genesis genesis = test_genesis();
  EXPECT_EQ(eventlog::decode_genesis_frame(eventlog::encode_genesis_frame(genesis)).value(), genesis);
  Genesis bad = genesis;
  bad.schema = 2;
  EXPECT_EQ(eventlog::decode_genesis_frame(eventlog::encode_genesis_frame(bad)).error().code, ErrorCode::kConflict);
  bad = genesis;
  bad.shard = ShardId{1};  // of one
  EXPECT_EQ(eventlog::decode_genesis_frame(eventlog::encode_genesis_frame(bad)).error().code, ErrorCode::kCorrupt);
  bad = genesis;
  bad.key_window = kKeyWindowMax + Nanos{1};
  EXPECT_EQ(eventlog::decode_genesis_frame(eventlog::encode_genesis_frame(bad)).error().code, ErrorCode::kCorrupt);
  EXPECT_FALSE(eventlog::decode_genesis_frame(eventlog::encode_frame(genesis, kAddress, some_orders(), {})).ok());
}

TEST(EventCodec, AnAnswerComesBackAsItWent) {
  const Answer answer = some_answer();
  const auto bodies = eventlog::encode_bodies(answer);
  ASSERT_EQ(bodies.size(), 1u);
  Answer decoded;
  const auto info = eventlog::decode_body(bodies[0], decoded);
  ASSERT_TRUE(info.ok()) << info.error().message;
  EXPECT_EQ(info.value().logic, kLogicVersion);
  EXPECT_EQ(decoded.state_hash, answer.state_hash);
  ASSERT_EQ(decoded.control_events.size(), answer.control_events.size());
  EXPECT_EQ(eventlog::encode_bodies(decoded), bodies) << "every field of every event";
}

struct EventRow {
  const char* field;
  void (*spoil)(Answer&);
};
class EventRange : public testing::TestWithParam<EventRow> {};
TEST_P(EventRange, IsRefused) {
  Answer answer = some_answer();
  GetParam().spoil(answer);
  Answer decoded;
  const auto info = eventlog::decode_body(eventlog::encode_bodies(answer)[0], decoded);
  ASSERT_FALSE(info.ok());
  EXPECT_EQ(info.error().code, ErrorCode::kCorrupt);
}
INSTANTIATE_TEST_SUITE_P(
    Fields, EventRange,
    testing::Values(
        EventRow{"EventKind", [](Answer& a) { a.order_events[0].kind = OrderEventKind{7}; }},
        EventRow{"EventReason", [](Answer& a) { a.order_events[0].reason = CancelReason{10}; }},
        EventRow{"EventFlags", [](Answer& a) { a.order_events[0].flags = 2; }},
        EventRow{"EventReserved", [](Answer& a) { a.order_events[0].reserved = 1; }},
        EventRow{"OutcomeCodeZero", [](Answer& a) { a.outcomes[0].code = OutcomeCode{0}; }},
        EventRow{"OutcomeCode", [](Answer& a) { a.outcomes[0].code = OutcomeCode{3}; }},
        EventRow{"OutcomeReason", [](Answer& a) { a.outcomes[0].reason = RejectReason{55}; }},
        EventRow{"OutcomeFlags", [](Answer& a) { a.outcomes[0].flags = 2; }},
        EventRow{"OutcomeReserved", [](Answer& a) { a.outcomes[0].reserved = 1; }},
        EventRow{"AnswerKind", [](Answer& a) { a.kind = AnswerKind{4}; }},
        EventRow{"KillSource",
                 [](Answer& a) { std::get<KillSwitchEngaged>(a.control_events[4].body).source = KillSource{4}; }},
        EventRow{"FrameFault",
                 [](Answer& a) { std::get<FrameRejected>(a.control_events[7].body).fault = FrameFault{6}; }}),
    [](const auto& tested) { return std::string(tested.param.field); });

TEST(SnapshotCodec, ComesBackAsItWent) {
  const auto bytes = eventlog::encode_snapshot(some_snapshot());
  const auto snapshot = eventlog::decode_snapshot(bytes);
  ASSERT_TRUE(snapshot.ok()) << snapshot.error().message;
  EXPECT_EQ(snapshot.value().checkpoint, some_snapshot().checkpoint);
  EXPECT_EQ(snapshot.value().state_hash, some_snapshot().state_hash);
  EXPECT_EQ(snapshot.value().image.counters.events, 7u);
  EXPECT_EQ(eventlog::encode_snapshot(snapshot.value()), bytes) << "every field";
}

TEST(SnapshotCodec, EveryTruncatedPrefixIsCorrupt) {
  const auto bytes = eventlog::encode_snapshot(some_snapshot());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto snapshot = eventlog::decode_snapshot(std::span(bytes).first(size));
    ASSERT_FALSE(snapshot.ok()) << size;
    EXPECT_EQ(snapshot.error().code, ErrorCode::kCorrupt);
  }
}

TEST(SnapshotCodec, AFlippedBitAnywhereIsCorrupt) {
  auto bytes = eventlog::encode_snapshot(some_snapshot());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] ^= std::byte{1};
    EXPECT_FALSE(eventlog::decode_snapshot(bytes).ok()) << i;
    bytes[i] ^= std::byte{1};
  }
}

TEST(EmergencyCodec, ComesBackAsItWent) {
  const auto kills = eventlog::decode_emergency(eventlog::encode_emergency(some_emergency()));
  ASSERT_TRUE(kills.ok()) << kills.error().message;
  ASSERT_EQ(kills.value().size(), 2u);
  EXPECT_EQ(kills.value()[0].kill.key, name("ACME"));
  EXPECT_EQ(kills.value()[0].by.view(), "alice");
  EXPECT_EQ(kills.value()[1].kill.kill_id, (KillId{21, 22}));
  EXPECT_TRUE(eventlog::decode_emergency({}).value().empty()) << "an empty file holds no kill";
}

/// The file is replaced by rename, so a torn tail is damage. It must never pass for "no kill".
TEST(EmergencyCodec, ATornTailIsCorrupt) {
  const auto bytes = eventlog::encode_emergency(some_emergency());
  const auto kills_written = some_emergency();
  const std::size_t first = eventlog::encode_emergency(std::span(kills_written).first(1)).size();
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    if (size == first) continue;  // a whole file of one kill
    const auto kills = eventlog::decode_emergency(std::span(bytes).first(size));
    ASSERT_FALSE(kills.ok()) << size;
    EXPECT_EQ(kills.error().code, ErrorCode::kCorrupt);
  }
}

TEST(EmergencyCodec, AFlippedBitAnywhereIsCorrupt) {
  auto bytes = eventlog::encode_emergency(some_emergency());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const std::byte bit : {std::byte{1}, std::byte{0x80}}) {
      bytes[i] ^= bit;
      EXPECT_FALSE(eventlog::decode_emergency(bytes).ok()) << i;
      bytes[i] ^= bit;
    }
  }
}

}  // namespace
}  // namespace sluice::test
