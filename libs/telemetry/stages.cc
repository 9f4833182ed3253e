#include "telemetry/stages.h"

#include "base/invariant.h"

namespace sluice::telemetry {

namespace {

constexpr std::uint64_t kMicro = 1'000, kMilli = 1'000'000, kSecond = 1'000'000'000;

// Dense where the objectives lie (docs/telemetry.md), a factor of two to ten elsewhere.
constexpr std::uint64_t kCoreBounds[] = {100,          200,         300,         500,          750,
                                         1 * kMicro,   2 * kMicro,  3 * kMicro,  5 * kMicro,   6 * kMicro,
                                         7 * kMicro,   8 * kMicro,  9 * kMicro,  10 * kMicro,  11 * kMicro,
                                         12 * kMicro,  15 * kMicro, 20 * kMicro, 50 * kMicro,  100 * kMicro,
                                         500 * kMicro, 1 * kMilli,  10 * kMilli, 100 * kMilli, 1 * kSecond};
constexpr std::uint64_t kFrameBounds[] = {1 * kMicro,   5 * kMicro,   10 * kMicro,  20 * kMicro, 50 * kMicro,
                                          100 * kMicro, 200 * kMicro, 500 * kMicro, 1 * kMilli,  2 * kMilli,
                                          5 * kMilli,   10 * kMilli,  20 * kMilli,  50 * kMilli, 100 * kMilli,
                                          500 * kMilli, 1 * kSecond,  5 * kSecond};
constexpr std::uint64_t kPublishBounds[] = {
    20 * kMicro, 50 * kMicro, 100 * kMicro, 200 * kMicro, 500 * kMicro, 1 * kMilli,  2 * kMilli,
    3 * kMilli,  4 * kMilli,  5 * kMilli,   6 * kMilli,   8 * kMilli,   10 * kMilli, 12 * kMilli,
    15 * kMilli, 20 * kMilli, 50 * kMilli,  100 * kMilli, 500 * kMilli, 1 * kSecond, 5 * kSecond};
constexpr std::uint64_t kPlacementBounds[] = {
    50 * kMicro,  100 * kMicro, 200 * kMicro, 500 * kMicro, 1 * kMilli,  2 * kMilli,  5 * kMilli,  10 * kMilli,
    15 * kMilli,  20 * kMilli,  25 * kMilli,  30 * kMilli,  40 * kMilli, 50 * kMilli, 60 * kMilli, 80 * kMilli,
    100 * kMilli, 120 * kMilli, 200 * kMilli, 500 * kMilli, 1 * kSecond, 5 * kSecond};
constexpr std::uint64_t kCandleBounds[] = {1 * kMilli,   5 * kMilli,   10 * kMilli,  20 * kMilli,  30 * kMilli,
                                           40 * kMilli,  50 * kMilli,  60 * kMilli,  75 * kMilli,  90 * kMilli,
                                           100 * kMilli, 120 * kMilli, 150 * kMilli, 200 * kMilli, 500 * kMilli,
                                           1 * kSecond,  5 * kSecond};
constexpr std::uint64_t kSignalBounds[] = {100 * kMicro, 500 * kMicro, 1 * kMilli,  2 * kMilli,  5 * kMilli,
                                           7 * kMilli,   8 * kMilli,   10 * kMilli, 12 * kMilli, 15 * kMilli,
                                           18 * kMilli,  20 * kMilli,  25 * kMilli, 30 * kMilli, 50 * kMilli,
                                           100 * kMilli, 500 * kMilli, 1 * kSecond};
constexpr std::uint64_t kLongBounds[] = {10 * kMilli,  50 * kMilli,   100 * kMilli,  200 * kMilli, 500 * kMilli,
                                         1 * kSecond,  2 * kSecond,   5 * kSecond,   10 * kSecond, 30 * kSecond,
                                         60 * kSecond, 300 * kSecond, 1800 * kSecond};
constexpr std::uint64_t kCountBounds[] = {0, 1, 2, 4, 8, 16, 32, 48, 56, 60, 62, 63, 64};

constexpr std::array<StageInfo, kStages> kTable{{
    {Stage::kReceive, "receive", "sluice_receive_seconds",
     "From a command's arrival to its place in the queue for the log, once a message.", Unit::kNanos, kFrameBounds},
    {Stage::kPublish, "publish", "sluice_publish_seconds",
     "From a message given to the log to its acknowledgement: it is on disk.", Unit::kNanos, kPublishBounds},
    {Stage::kAnswer, "answer", "sluice_answer_seconds",
     "From the acknowledgement of a frame of commands to its answer, read back from the log.", Unit::kNanos,
     kPlacementBounds},
    {Stage::kOrderPlacement, "order_placement", "sluice_order_placement_seconds",
     "From the arrival of an order, cancel or replace to its response at the level the client asked for.", Unit::kNanos,
     kPlacementBounds},
    {Stage::kOrderFill, "order_fill", "sluice_order_fill_seconds",
     "From the arrival of an order to the response that says that it traded at once.", Unit::kNanos, kPlacementBounds},
    {Stage::kHandle, "handle", "sluice_handle_seconds",
     "From a frame read from the log to its answer given to the publisher, waiting included; once a command.",
     Unit::kNanos, kFrameBounds},
    {Stage::kDecide, "decide", "risk_governor_decision_latency_seconds",
     "What the executing thread needs for a command: risk, matching, audit. A frame's time is shared by its commands.",
     Unit::kNanos, kCoreBounds},
    {Stage::kQueueBacklog, "queue_backlog", "sluice_queue_backlog_frames",
     "Frames read from the log that wait for the executing thread, seen at each one it takes.", Unit::kCount,
     kCountBounds},
    {Stage::kStall, "stall", "sluice_stall_seconds",
     "How long the executing thread took nothing though a frame waited and no hold was on; seen by a watch of 100 ms.",
     Unit::kNanos, kLongBounds},
    {Stage::kRecovery, "recovery", "risk_governor_recovery_time_seconds",
     "How long trade was held: from the first hold to the end of the last.", Unit::kNanos, kLongBounds},
    {Stage::kKill, "kill", "sluice_kill_stop_seconds",
     "From a kill stored in the latch to the stopped executing thread.", Unit::kNanos, kCoreBounds},
    {Stage::kAudit, "audit", "sluice_audit_anchor_seconds",
     "What an anchor of the audit takes: write and sync of everything recorded before it.", Unit::kNanos,
     kPublishBounds},
    {Stage::kProject, "project", "sluice_project_seconds",
     "From an answer read from the log to its rows in the read models.", Unit::kNanos, kFrameBounds},
    {Stage::kQuery, "query", "sluice_query_seconds", "What a query takes, waiting for its token included.",
     Unit::kNanos, kFrameBounds},
    {Stage::kCandle, "candle", "sluice_candle_seconds", "A strategy's processing of a candle.", Unit::kNanos,
     kCandleBounds},
    {Stage::kSignal, "signal", "sluice_signal_seconds", "A strategy's generation of a signal.", Unit::kNanos,
     kSignalBounds},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kStages; ++i) {
    if (static_cast<std::size_t>(kTable[i].stage) != i) return false;
  }
  return true;
}
static_assert(in_order());

}  // namespace

const StageInfo& info_of(Stage stage) {
  INVARIANT(static_cast<std::size_t>(stage) < kStages);
  return kTable[static_cast<std::size_t>(stage)];
}

std::span<const StageInfo> stages() { return kTable; }

std::optional<Stage> parse_stage(std::string_view name) {
  for (const StageInfo& info : kTable) {
    if (info.name == name) return info.stage;
  }
  return std::nullopt;
}

}  // namespace sluice::telemetry
