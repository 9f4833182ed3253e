// How fast a log becomes state and read models, beside a read that decodes nothing.
#include <algorithm>

#include "bench/chain_rig.h"
#include "bench/floors.h"
#include "engine/core/state.h"
#include "engine/recovery.h"
#include "eventlog/jetstream_log.h"
#include "runtime/channel.h"
#include "runtime/clock.h"
#include "runtime/doorbell.h"
#include "sluice/v1/query.grpc.pb.h"

namespace sluice::bench {

namespace {

constexpr core::Capacity kCapacity{1u << 18, 1u << 18};  // as the engine of the deployment has it

struct Folded {
  double seconds = 0;
  std::uint64_t events = 0;
  std::uint64_t last = 0;
};

/// EVT → state in this process. The memory of the state is there before: a recovery pays it once, a longer log no more.
Folded fold_state(const std::string& nats) {
  const auto log = eventlog::open_jetstream({.url = nats, .name = "bench"});
  auto replica = need(engine::start_replica(*log, ShardId{0}, nullptr, kCapacity, "bench-replay"), "replay");
  const Nanos begin = runtime::steady_now();
  need(engine::catch_up(*log, replica, [](std::uint64_t, std::uint64_t) { return true; }), "replay");
  const double seconds = static_cast<double>((runtime::steady_now() - begin).value()) / 1e9;
  return {seconds, replica.engine->state().counters().events, replica.fold->last_sequence()};
}

/// EVT → read models in a query service that starts without its data; seconds, its start included.
double rebuild_read_models(Chain& chain, std::uint64_t last) {
  chain.delete_read_models();
  const Nanos begin = runtime::steady_now();
  const auto query = v1::QueryService::NewStub(runtime::open_channel(chain.start_query()));
  runtime::Doorbell pause;
  while (true) {
    grpc::ClientContext context;
    v1::GetStatusResponse status;
    if (query->GetStatus(&context, {}, &status).ok() && status.shards(0).event_sequence() >= last) break;
    pause.wait(pause.value(), Nanos{5 * kNanosPerMilli});
  }
  return static_cast<double>((runtime::steady_now() - begin).value()) / 1e9;
}

}  // namespace

void replays(Report& report, const ChainOptions& options, Chain& chain) {
  say("replay: the log to read");
  chain.run(chain.command(), {.batch = 512, .duration = Nanos{options.slice.value() * 2}});
  Rounds raw, state, models;
  Folded folded;
  for (int round = 1; round <= options.rounds; ++round) {
    say("replay, round " + std::to_string(round) + " of " + std::to_string(options.rounds));
    folded = fold_state(chain.nats());
    const auto events = static_cast<double>(folded.events);
    raw.push_back(events / need(raw_read(chain.nats(), {eventlog::StreamKind::kEvent, ShardId{0}}), "read").seconds);
    state.push_back(events / folded.seconds);
    models.push_back(events / rebuild_read_models(chain, folded.last));
  }
  const std::string log = "EVT of " + std::to_string(folded.last) + " messages with " + std::to_string(folded.events) +
                          " events, written in frames of at most 512 commands";
  const std::uint64_t samples = folded.events * raw.size();
  report.add(median_rate(raw, "replay.floor.raw_read", "events/s", log + ", nothing decoded", samples));
  report.add(median_rate(state, "replay.state", "events/s", log, samples, "raw read of EVT", raw));
  report.add(median_rate(models, "replay.read_models", "events/s", log + ", start of the query service included",
                         samples, "raw read of EVT", raw));
}

}  // namespace sluice::bench
