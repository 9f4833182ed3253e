// Golden files: bytes as they stand in logs that exist (tests/golden). This version must read them and write the same
// bytes again. If a test fails, the layout has changed: that needs a new schema, not a new file. SLUICE_GOLDEN_WRITE=1
// writes files that are absent.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "codec_values.h"

namespace sluice::test {
namespace {

using Bytes = std::vector<std::byte>;

std::filesystem::path golden_path(const std::string& golden) {
  return std::filesystem::path(SLUICE_SOURCE_DIR) / "tests/golden" / (golden + ".hex");
}

Bytes read_golden(const std::string& golden) {
  std::ifstream file(golden_path(golden));
  Bytes bytes;
  for (std::string line; std::getline(file, line);) {
    for (std::size_t i = 0; i + 1 < line.size(); i += 2)
      bytes.push_back(static_cast<std::byte>(std::stoi(line.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

void write_golden(const std::string& golden, const Bytes& bytes) {
  std::ofstream file(golden_path(golden));
  for (std::size_t i = 0; i < bytes.size(); i += 32) {
    const auto line = std::span(bytes).subspan(i, std::min<std::size_t>(32, bytes.size() - i));
    file << eventlog::to_hex({reinterpret_cast<const std::uint8_t*>(line.data()), line.size()}) << '\n';
  }
}

/// The golden bytes, which must be what `encoded` is now.
Bytes golden(const std::string& file, const Bytes& encoded) {
  if (std::getenv("SLUICE_GOLDEN_WRITE") != nullptr && !std::filesystem::exists(golden_path(file)))
    write_golden(file, encoded);
  Bytes bytes = read_golden(file);
  EXPECT_EQ(bytes, encoded) << file << ": the same value has other bytes now";
  return bytes;
}

void expect_frame(const std::string& file, FrameClass frame_class, std::span<const OrderCommand> orders,
                  std::span<const ControlCommand> controls) {
  eventlog::OwnedMessage message;
  const Bytes bytes = golden(file, eventlog::encode_frame(test_genesis(), kAddress, orders, controls));
  message.assign({2, Nanos{1}, frame_class, bytes});
  eventlog::DecodedFrame decoded;
  eventlog::decode_frame(test_genesis(), message.message(), decoded);
  ASSERT_EQ(decoded.fault, FrameFault::kNone);
  EXPECT_EQ(eventlog::encode_frame(test_genesis(), decoded.address, decoded.frame.orders, decoded.frame.controls),
            bytes);
}

TEST(Golden, CmdGenesis) {
  const Bytes bytes = golden("cmd_genesis", eventlog::encode_genesis_frame(test_genesis()));
  const auto genesis = eventlog::decode_genesis_frame(bytes);
  ASSERT_TRUE(genesis.ok());
  EXPECT_EQ(eventlog::encode_genesis_frame(genesis.value()), bytes);
}
TEST(Golden, CmdOrders) { expect_frame("cmd_orders", FrameClass::kOrders, some_orders(), {}); }
TEST(Golden, CmdReference) { expect_frame("cmd_reference", FrameClass::kReference, {}, some_reference()); }
TEST(Golden, CmdStatesAndDays) {
  expect_frame("cmd_states_and_days", FrameClass::kReference, {}, some_states_and_days());
}
TEST(Golden, CmdControl) { expect_frame("cmd_control", FrameClass::kControl, {}, some_control()); }

void expect_event(const std::string& file, const Answer& answer) {
  Sha256 chain{};
  const auto body = eventlog::encode_bodies(answer).at(0);
  const Bytes bytes = golden(file, eventlog::seal(Epoch{3}, OwnerId{17}, answer.cmd_sha256, body, chain));
  eventlog::OwnedMessage message;  // aligned, as a reader gives it
  message.assign({2, Nanos{1}, answer.frame_class, bytes});
  const auto opened = eventlog::open_sealed(message.payload());
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened.value().header.chain, chain);
  Answer decoded;
  ASSERT_TRUE(eventlog::decode_body(opened.value().body, decoded).ok());
  const auto& header = opened.value().header;
  EXPECT_EQ(
      eventlog::seal(header.epoch, header.owner, header.prev_chain, eventlog::encode_bodies(decoded).at(0), chain),
      bytes);
}

TEST(Golden, EvtAnswer) { expect_event("evt_answer", some_answer()); }
TEST(Golden, EvtStatesAndDays) { expect_event("evt_states_and_days", some_answer_with_days()); }
TEST(Golden, EvtEpochStarted) {
  Answer started;
  started.kind = AnswerKind::kControl;
  started.frame_class = FrameClass::kControl;
  started.cmd_sequence = CmdSequence{9};
  started.control_events.push_back({0, kNoCommand, EpochStarted{Epoch{3}, OwnerId{17}}});
  expect_event("evt_epoch_started", started);
}
TEST(Golden, EvtGenesis) {
  eventlog::OwnedMessage cmd;
  cmd.assign(
      {1, Nanos{1'700'000'000'000'000'000}, FrameClass::kControl, eventlog::encode_genesis_frame(test_genesis())});
  const Bytes bytes = golden("evt_genesis_body", eventlog::encode_genesis_body(test_genesis(), cmd.message()));
  Answer answer;
  eventlog::OwnedMessage aligned;
  aligned.assign({1, Nanos{1}, FrameClass::kControl, bytes});
  const auto info = eventlog::decode_body(aligned.payload(), answer);
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(*info.value().genesis, test_genesis());
}
TEST(Golden, Snapshot) {
  const Bytes bytes = golden("snapshot", eventlog::encode_snapshot(some_snapshot()));
  const auto snapshot = eventlog::decode_snapshot(bytes);
  ASSERT_TRUE(snapshot.ok()) << snapshot.error().message;
  EXPECT_EQ(eventlog::encode_snapshot(snapshot.value()), bytes);
}

/// Logs and snapshots of a former decision logic are read like our own: only the version they name differs.
Bytes body_of(const Bytes& sealed) {
  eventlog::OwnedMessage message;
  message.assign({2, Nanos{1}, FrameClass::kOrders, sealed});
  const auto opened = eventlog::open_sealed(message.payload());
  EXPECT_TRUE(opened.ok());
  return {opened.value().body.begin(), opened.value().body.end()};
}
void expect_readable(const Bytes& body, const Answer& answer, std::uint32_t logic) {
  eventlog::OwnedMessage aligned;
  aligned.assign({2, Nanos{1}, answer.frame_class, body});
  Answer decoded;
  const auto info = eventlog::decode_body(aligned.payload(), decoded);
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(info.value().logic, logic);
  EXPECT_EQ(eventlog::encode_bodies(decoded), eventlog::encode_bodies(answer));
}
class FormerLogic : public testing::TestWithParam<std::uint32_t> {
 protected:
  Bytes read(const std::string& file) const { return read_golden(file + "_logic" + std::to_string(GetParam())); }
};
TEST_P(FormerLogic, WhatItWroteIsRead) {
  expect_readable(body_of(read("evt_answer")), some_answer(), GetParam());
  Answer started;
  started.kind = AnswerKind::kControl;
  started.frame_class = FrameClass::kControl;
  started.cmd_sequence = CmdSequence{9};
  started.control_events.push_back({0, kNoCommand, EpochStarted{Epoch{3}, OwnerId{17}}});
  expect_readable(body_of(read("evt_epoch_started")), started, GetParam());
  Answer genesis;
  eventlog::OwnedMessage aligned;
  aligned.assign({1, Nanos{1}, FrameClass::kControl, read("evt_genesis_body")});
  const auto info = eventlog::decode_body(aligned.payload(), genesis);
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(*info.value().genesis, test_genesis());
  const auto snapshot = eventlog::decode_snapshot(read("snapshot"));
  ASSERT_TRUE(snapshot.ok()) << snapshot.error().message;
  EXPECT_EQ(snapshot.value().logic, GetParam());
  EXPECT_EQ(snapshot.value().image.orders.size(), some_snapshot().image.orders.size());
}
INSTANTIATE_TEST_SUITE_P(Logic, FormerLogic, testing::Values(1u, 2u, 3u));

TEST(Golden, EmergencyFile) {
  const Bytes bytes = golden("emergency_file", eventlog::encode_emergency(some_emergency()));
  const auto kills = eventlog::decode_emergency(bytes);
  ASSERT_TRUE(kills.ok()) << kills.error().message;
  EXPECT_EQ(eventlog::encode_emergency(kills.value()), bytes);
}

}  // namespace
}  // namespace sluice::test
