#include "cli/event_walk.h"

namespace sluice::cli {

namespace {
constexpr Nanos kReadTimeout{kNanosPerSecond};
}  // namespace

Result<WalkedEvents> walk_events(eventlog::EventLog& log, ShardId shard,
                                 const std::function<void(const eventlog::EventFold&)>& visit,
                                 const WalkOptions& options) {
  const eventlog::StreamId stream{eventlog::StreamKind::kEvent, shard};
  const auto info = log.info(stream);
  if (!info.ok()) return info.error();
  const auto reader = log.open_reader("audit", stream, 1);
  eventlog::EventFold fold(shard);
  const std::uint64_t until = options.until == 0 ? info.value().last_sequence : options.until;
  while (fold.last_sequence() < until) {
    const auto message = reader->next(kReadTimeout);
    if (!message.ok() && message.error().code == ErrorCode::kTimeout) continue;
    if (!message.ok()) return message.error();
    const auto step = fold.accept(message.value());
    if (!step.ok()) return step.error();
    if (options.progress) options.progress(fold.last_sequence(), until);
    if (step.value() != eventlog::EventFold::Step::kComplete) continue;
    visit(fold);
    if (options.done && options.done()) break;
  }
  return WalkedEvents{fold.last_sequence(), fold.void_messages()};
}

}  // namespace sluice::cli
