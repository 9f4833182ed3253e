#include "eventlog/event_log.h"

#include <cstring>

namespace sluice::eventlog {

std::string stream_name(StreamId stream) {
  return (stream.kind == StreamKind::kCommand ? "SLUICE_CMD_" : "SLUICE_EVT_") + std::to_string(stream.shard.value());
}

std::string subject_of(StreamId stream, FrameClass frame_class) {
  std::string subject = stream.kind == StreamKind::kCommand ? "sluice.cmd." : "sluice.evt.";
  subject += std::to_string(stream.shard.value());
  switch (frame_class) {
    case FrameClass::kOrders: return subject + ".ord";
    case FrameClass::kReference: return subject + ".ref";
    case FrameClass::kControl: return subject + ".ctl";
  }
  return subject;
}

std::optional<FrameClass> class_of_subject(std::string_view subject) {
  const std::size_t dot = subject.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view last = subject.substr(dot + 1);
  if (last == "ord") return FrameClass::kOrders;
  if (last == "ref") return FrameClass::kReference;
  if (last == "ctl") return FrameClass::kControl;
  return std::nullopt;
}

void OwnedMessage::assign(const LogMessage& other) {
  sequence = other.sequence;
  broker_time = other.broker_time;
  frame_class = other.frame_class;
  bytes = other.payload.size();
  storage.resize((bytes + sizeof(std::max_align_t) - 1) / sizeof(std::max_align_t));
  if (bytes > 0) std::memcpy(storage.data(), other.payload.data(), bytes);
}

Result<Appended> append_and_wait(Appender& appender, AppendRequest request) {
  appender.start(request);
  std::vector<AppendCompletion> done;
  while (done.empty()) appender.poll(request.timeout, done);
  INVARIANT(done.size() == 1);
  return done.front().result;
}

}  // namespace sluice::eventlog
