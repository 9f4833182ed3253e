#include "cli/event_walk.h"

namespace sluice::cli {

namespace {
constexpr Nanos kReadTimeout{kNanosPerSecond};
}  // namespace

Result<WalkedEvents> walk_events(eventlog::EventLog& log, ShardId shard,
                                 const std::function<void(const eventlog::EventFold&)>& visit) {
  const eventlog::StreamId stream{eventlog::StreamKind::kEvent, shard};
  const auto info = log.info(stream);
  if (!info.ok()) return info.error();
  const auto reader = log.open_reader("audit", stream, 1);
  eventlog::EventFold fold(shard);
  while (fold.last_sequence() < info.value().last_sequence) {
    const auto message = reader->next(kReadTimeout);
    if (!message.ok() && message.error().code == ErrorCode::kTimeout) continue;
    if (!message.ok()) return message.error();
    const auto step = fold.accept(message.value());
    if (!step.ok()) return step.error();
    if (step.value() == eventlog::EventFold::Step::kComplete) visit(fold);
  }
  return WalkedEvents{fold.last_sequence(), fold.void_messages()};
}

}  // namespace sluice::cli
