// Every decoder of bytes that come from outside the process: CMD frames, EVT messages, snapshots, emergency files, and
// EventFold. The first byte chooses the decoder. Whatever the bytes are, the decoder must refuse or accept them without
// a fault.
#include <cstddef>
#include <cstdint>
#include <span>

#include "eventlog/codec.h"
#include "eventlog/event_fold.h"
#include "eventlog/snapshot_codec.h"

using namespace sluice;
using namespace sluice::eventlog;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
  OwnedMessage message;  // aligned, as readers hand it over
  message.assign({1, Nanos{1}, static_cast<FrameClass>(1 + data[0] / 8 % 3), bytes});
  switch (data[0] % 6) {
    case 0: {
      DecodedFrame decoded;
      decode_frame(Genesis{}, message.message(), decoded);
      break;
    }
    case 1: {
      Answer answer;
      const auto sealed = open_sealed(message.payload());
      if (sealed.ok()) (void)decode_body(sealed.value().body, answer).ok();
      break;
    }
    case 2: {
      Answer answer;
      (void)decode_body(message.payload(), answer).ok();
      break;
    }
    case 3: (void)decode_snapshot(message.payload()).ok(); break;
    case 4: (void)decode_emergency(message.payload()).ok(); break;
    case 5: {
      EventFold fold(ShardId{0});
      (void)fold.accept(message.message()).ok();
      (void)decode_genesis_frame(message.payload()).ok();
      break;
    }
  }
  return 0;
}
