// Bytes of the log <-> values of the domain. The only place that knows the FlatBuffers layouts (fbs/), together with
// snapshot_codec.h. Decoding verifies everything before an offset is trusted. Threads: any; an encoder belongs to one.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "domain/events.h"
#include "eventlog/event_fold.h"

namespace sluice::eventlog {

/// SHA-256 of `bytes`.
Sha256 sha256(std::span<const std::byte> bytes);
std::string to_hex(std::span<const std::uint8_t> bytes);

/// Largest number of commands in a frame.
inline constexpr std::size_t kCommandsMax = 512;

/// Who wrote a CMD frame, for its Msg-Id.
struct FrameAddress {
  WriterId writer;
  std::uint32_t lane = 0;
  std::uint64_t batch = 0;
};
/// "<writer>-<lane>-<batch>".
std::string msg_id_of(const FrameAddress& address);

/// A CMD frame of orders or of control commands; one of the spans is empty.
std::vector<std::byte> encode_frame(const Genesis& genesis, const FrameAddress& address,
                                    std::span<const OrderCommand> orders, std::span<const ControlCommand> controls);
std::vector<std::byte> encode_genesis_frame(const Genesis& genesis);
Result<Genesis> decode_genesis_frame(std::span<const std::byte> payload);

/// A CMD message, checked. On a fault `frame.orders` and `frame.controls` are empty and the fault goes into the log.
struct DecodedFrame {
  FrameFault fault = FrameFault::kNone;
  CommandFrame frame;
  FrameAddress address;
  std::vector<ControlCommand> controls;  // what frame.controls points to
};
/// `message.payload` must outlive `frame.orders`, which points into it.
void decode_frame(const Genesis& genesis, const LogMessage& message, DecodedFrame& decoded);

/// The fixed header of an EVT message, 96 bytes: magic, version, epoch, owner, prev_chain, chain.
struct EventHeader {
  Epoch epoch;
  OwnerId owner;
  Sha256 prev_chain{};
  Sha256 chain{};
};
inline constexpr std::size_t kEventHeaderBytes = 96;
/// SHA-256(prev_chain ‖ epoch ‖ owner ‖ body).
Sha256 chain_of(const Sha256& prev_chain, Epoch epoch, OwnerId owner, std::span<const std::byte> body);

/// Bodies of an answer: one, or parts of at most kPartBytesMax. Deterministic: equal answers give equal bytes.
std::vector<std::vector<std::byte>> encode_bodies(const Answer& answer);

/// The same into memory that is used again: no allocation once the largest answer has been seen.
class BodyEncoder {
 public:
  BodyEncoder();
  ~BodyEncoder();
  BodyEncoder(const BodyEncoder&) = delete;
  BodyEncoder& operator=(const BodyEncoder&) = delete;

  /// Valid until the next call.
  std::span<const std::span<const std::byte>> encode(const Answer& answer);

 private:
  struct Memory;
  std::unique_ptr<Memory> memory_;
};

/// The body of EVT message 1, derived from CMD message 1.
std::vector<std::byte> encode_genesis_body(const Genesis& genesis, const LogMessage& cmd_genesis);
/// Header and body as one message; `chain` is filled in and returned.
std::vector<std::byte> seal(Epoch epoch, OwnerId owner, const Sha256& prev_chain, std::span<const std::byte> body,
                            Sha256& chain);

/// Header and body of a payload. Errors: kCorrupt (too short, bad magic).
struct SealedView {
  EventHeader header;
  std::span<const std::byte> body;
};
Result<SealedView> open_sealed(std::span<const std::byte> payload);

/// What a body says besides its events.
struct BodyInfo {
  std::uint32_t schema = 0;
  std::uint32_t logic = 0;
  AnswerKind kind = AnswerKind::kAnswer;
  std::uint32_t part = 1;
  std::uint32_t last_part = 1;
  std::optional<Genesis> genesis;
};
/// Appends the events of one part to `answer` and sets its other fields. Errors: kCorrupt (verifier, ranges).
Result<BodyInfo> decode_body(std::span<const std::byte> body, Answer& answer);

}  // namespace sluice::eventlog
