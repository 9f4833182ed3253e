#include "cli/load/stages.h"

#include <algorithm>
#include <set>

#include "runtime/clock.h"
#include "sluice/v1/command.grpc.pb.h"
#include "sluice/v1/engine.grpc.pb.h"
#include "sluice/v1/query.grpc.pb.h"

namespace sluice::load {

namespace {

constexpr Nanos kAskEvery{200 * kNanosPerMilli};
constexpr Nanos kDeadline{2 * kNanosPerSecond};
constexpr int kRoundsMax = 5;            // then a sample counts with what is known of it
constexpr std::size_t kAskedMax = 1024;  // sequences a call

struct Way {
  const char* name;
  std::int64_t (*from)(const StageSample&);
  std::int64_t (*to)(const StageSample&);
};

/// The last thing before the answer: LOGGED commands are answered once the log has them.
std::int64_t settled(const StageSample& sample) {
  return sample.times.executed_unix_nanos() != 0 ? sample.times.executed_unix_nanos()
                                                 : sample.times.acknowledged_unix_nanos();
}

constexpr Way kWays[] = {
    {"intended -> received", [](const StageSample& s) { return s.intended.value(); },
     [](const StageSample& s) { return s.times.received_unix_nanos(); }},
    {"received -> framed", [](const StageSample& s) { return s.times.received_unix_nanos(); },
     [](const StageSample& s) { return s.times.framed_unix_nanos(); }},
    {"framed -> acknowledged", [](const StageSample& s) { return s.times.framed_unix_nanos(); },
     [](const StageSample& s) { return s.times.acknowledged_unix_nanos(); }},
    {"acknowledged -> engine in", [](const StageSample& s) { return s.times.acknowledged_unix_nanos(); },
     [](const StageSample& s) { return s.times.engine_in_unix_nanos(); }},
    {"engine in -> decided", [](const StageSample& s) { return s.times.engine_in_unix_nanos(); },
     [](const StageSample& s) { return s.times.decided_unix_nanos(); }},
    {"decided -> event acknowledged", [](const StageSample& s) { return s.times.decided_unix_nanos(); },
     [](const StageSample& s) { return s.times.event_acknowledged_unix_nanos(); }},
    {"event acknowledged -> executed", [](const StageSample& s) { return s.times.event_acknowledged_unix_nanos(); },
     [](const StageSample& s) { return s.times.executed_unix_nanos(); }},
    {"executed -> answered", settled, [](const StageSample& s) { return s.times.answered_unix_nanos(); }},
    {"answered -> client", [](const StageSample& s) { return s.times.answered_unix_nanos(); },
     [](const StageSample& s) { return s.answered.value(); }},
    {"event acknowledged -> projected", [](const StageSample& s) { return s.times.event_acknowledged_unix_nanos(); },
     [](const StageSample& s) { return s.times.projected_unix_nanos(); }},
};

bool complete(const v1::StageTimes& times) {
  return times.event_acknowledged_unix_nanos() != 0 && times.projected_unix_nanos() != 0 &&
         times.answered_unix_nanos() != 0;
}

}  // namespace

StageTally new_stage_tally() {
  StageTally tally;
  for (const Way& way : kWays) tally.intervals.push_back({way.name, {}, 0});
  return tally;
}

void add_stages(StageTally& tally, const StageSample& sample) {
  ++tally.sampled;
  if (sample.times.event_acknowledged_unix_nanos() != 0) ++tally.complete;
  for (std::size_t i = 0; i < tally.intervals.size(); ++i) {
    const std::int64_t from = kWays[i].from(sample);
    const std::int64_t to = kWays[i].to(sample);
    if (from == 0 || to == 0) continue;
    tally.intervals[i].nanos.record(static_cast<std::uint64_t>(std::max<std::int64_t>(to - from, 0)));
    if (to < from) ++tally.intervals[i].negative;
  }
}

/// The services that remember; one that cannot tell is not asked again.
class StageCollector::Services {
 public:
  explicit Services(const StageChannels& channels)
      : command_(channels.command ? v1::CommandService::NewStub(channels.command) : nullptr),
        query_(channels.query ? v1::QueryService::NewStub(channels.query) : nullptr) {
    for (const auto& engine : channels.engines) engines_.push_back(v1::EngineControlService::NewStub(engine));
  }

  void find(std::uint32_t shard, const Sequences& sequences, Found& found) {
    ask<v1::CommandServiceGetStageTimesRequest, v1::CommandServiceGetStageTimesResponse>(command_, command_mute_, shard,
                                                                                         sequences, found);
    if (shard < engines_.size())
      ask<v1::EngineControlServiceGetStageTimesRequest, v1::EngineControlServiceGetStageTimesResponse>(
          engines_[shard], engine_mute_, shard, sequences, found);
    ask<v1::QueryServiceGetStageTimesRequest, v1::QueryServiceGetStageTimesResponse>(query_, query_mute_, shard,
                                                                                     sequences, found);
  }
  bool all_mute() const { return command_mute_ && engine_mute_ && query_mute_; }

 private:
  template <typename Request, typename Response, typename Stub>
  static void ask(const Stub& stub, bool& mute, std::uint32_t shard, const Sequences& sequences, Found& found) {
    if (!stub) mute = true;
    if (mute) return;
    Request request;
    request.set_shard(shard);
    request.mutable_sequences()->Add(sequences.begin(), sequences.end());
    Response response;
    grpc::ClientContext context;
    context.set_deadline(runtime::deadline_after(kDeadline));
    const grpc::Status status = stub->GetStageTimes(&context, request, &response);
    if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) mute = true;
    if (!status.ok()) return;
    for (const v1::StageTimes& times : response.times()) found[times.sequence()].MergeFrom(times);
  }

  const std::unique_ptr<v1::CommandService::Stub> command_;
  const std::unique_ptr<v1::QueryService::Stub> query_;
  std::vector<std::unique_ptr<v1::EngineControlService::Stub>> engines_;
  bool command_mute_ = false, engine_mute_ = false, query_mute_ = false;
};

StageCollector::StageCollector(StageChannels channels)
    : services_(std::make_unique<Services>(channels)), thread_([this] { run(); }) {}

StageCollector::~StageCollector() { (void)stop(); }

void StageCollector::sampled(StageSample&& sample) {
  const std::lock_guard lock(mutex_);
  arrived_.push_back(std::move(sample));
}

std::vector<StageSummary> StageCollector::so_far() const {
  const std::lock_guard lock(mutex_);
  std::vector<StageSummary> summaries;
  for (const StageInterval& way : tally_.intervals) summaries.push_back({way.name, summary_of(way.nanos)});
  return summaries;
}

StageTally StageCollector::stop() {
  stop_.store(true);
  bell_.ring();
  if (thread_.joinable()) thread_.join();
  return std::move(tally_);
}

void StageCollector::run() {
  while (!stop_.load()) {
    const std::uint32_t seen = bell_.value();
    if (!stop_.load()) bell_.wait(seen, kAskEvery);
    ask_round(false);
  }
  runtime::Doorbell pause;
  pause.wait(pause.value(), kAskEvery);  // what was answered last is projected by then
  ask_round(true);
}

void StageCollector::ask_round(bool last) {
  {
    const std::lock_guard lock(mutex_);
    for (StageSample& sample : arrived_) waiting_.push_back({std::move(sample), 0});
    arrived_.clear();
  }
  std::map<std::uint32_t, std::vector<Waiting*>> by_shard;
  for (Waiting& waiting : waiting_) by_shard[waiting.sample.shard].push_back(&waiting);
  for (auto& [shard, waiting] : by_shard) ask_shard(shard, waiting);
  const std::lock_guard lock(mutex_);
  std::erase_if(waiting_, [&](Waiting& waiting) {
    const bool done = last || complete(waiting.sample.times) || ++waiting.rounds >= kRoundsMax || services_->all_mute();
    if (done) add_stages(tally_, waiting.sample);
    return done;
  });
}

void StageCollector::ask_shard(std::uint32_t shard, std::vector<Waiting*>& waiting) {
  std::set<std::uint64_t> wanted;
  for (const Waiting* one : waiting) wanted.insert(one->sample.times.sequence());
  Found found;
  for (auto from = wanted.begin(); from != wanted.end();) {
    Sequences some;
    while (from != wanted.end() && some.size() < kAskedMax) some.push_back(*from++);
    services_->find(shard, some, found);
  }
  for (Waiting* one : waiting) {
    const auto times = found.find(one->sample.times.sequence());
    if (times == found.end()) continue;
    // The receipt is the command's own; what others remember belongs to its message.
    v1::StageTimes merged = times->second;
    merged.MergeFrom(one->sample.times);
    one->sample.times = merged;
  }
}

}  // namespace sluice::load
