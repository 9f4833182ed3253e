// The demo's fifth step: the read models are deleted and rebuilt from the log.
#include <signal.h>

#include "cli/demo/demo_run.h"
#include "cli/demo/progress_bar.h"
#include "cli/demo/text.h"
#include "cli/load/report.h"
#include "runtime/channel.h"
#include "runtime/clock.h"
#include "runtime/exit.h"
#include "sluice/v1/query.grpc.pb.h"

namespace sluice::cli {

namespace {

constexpr const char* kQuery = "query";
constexpr Nanos kPatience{60 * kNanosPerSecond};
constexpr Nanos kLook{20 * kNanosPerMilli};

void pause(Nanos span) {
  runtime::Doorbell bell;
  bell.wait(bell.value(), span);
}

std::string describe(const v1::ShardProjection& shard) { return grouped(shard.rows()) + " rows, hash " + shard.hash(); }

}  // namespace

bool DemoRun::rebuild_the_views() {
  step("the read models: deleted, and rebuilt from the log");
  const auto log_end = log_->info({eventlog::StreamKind::kEvent, ShardId{0}});
  if (!log_end.ok()) return narrative_.check("the log answers", false, log_end.error().message);
  const std::uint64_t last = log_end.value().last_sequence;
  const auto before = hashed_at(last);
  if (!narrative_.check("the read models have seen the whole log", before.has_value(),
                        before ? grouped(last) + " event messages; " + describe(before->shards(0))
                               : "they did not reach event message " + grouped(last) + " in a minute"))
    return false;
  runtime::ChildProcess& query = deployment_.process(kQuery);
  query.kill(SIGTERM);
  const int code = query.wait();
  std::error_code error;
  const std::filesystem::path folder = deployment_.data_dir() / kQuery;
  const auto files = std::filesystem::remove_all(folder, error);
  narrative_.tell("query service stopped (exit code " + std::to_string(code) + "), its database deleted (" +
                  std::to_string(files) + " files)");
  const Nanos begun = runtime::steady_now();
  const Status restarted = deployment_.restart(kQuery);
  if (!restarted.ok()) return narrative_.check("the query service starts", false, restarted.error().message);
  const bool rebuilt = watch_rebuild(last);
  const auto nanos = static_cast<std::uint64_t>((runtime::steady_now() - begun).value());
  const auto after = rebuilt ? hashed_at(last) : std::nullopt;
  const auto state = views(false);
  const std::string why = state && state->shards_size() > 0 ? state->shards(0).halted() : "it does not answer";
  if (!narrative_.check("the read models are rebuilt", after.has_value(),
                        after ? "in " + load::format_nanos(nanos)
                              : (why.empty() ? "they did not reach the end of the log in a minute" : why)))
    return !interrupted_();
  const bool equal =
      after->shards(0).hash() == before->shards(0).hash() && after->shards(0).rows() == before->shards(0).rows();
  narrative_.check("every row equals the one that was kept up", equal,
                   equal ? describe(after->shards(0))
                         : "before: " + describe(before->shards(0)) + "; rebuilt: " + describe(after->shards(0)));
  return !interrupted_();
}

/// What the query service says of its shards; nothing if it does not answer.
std::optional<v1::GetStatusResponse> DemoRun::views(bool with_hash) const {
  v1::GetStatusRequest request;
  request.set_with_hash(with_hash);
  v1::GetStatusResponse response;
  grpc::ClientContext call;
  context_.prepare(call);
  call.set_wait_for_ready(true);
  const auto stub = v1::QueryService::NewStub(runtime::open_channel(deployment_.endpoints().query));
  if (!stub->GetStatus(&call, request, &response).ok() || response.shards().empty()) return std::nullopt;
  return response;
}

/// Hash and count of every row once the views are at `event_sequence`.
std::optional<v1::GetStatusResponse> DemoRun::hashed_at(std::uint64_t event_sequence) {
  const Nanos end = runtime::steady_now() + kPatience;
  while (runtime::steady_now() < end && !interrupted_()) {
    const auto seen = views(false);
    if (seen && seen->shards(0).event_sequence() >= event_sequence) return views(true);
    if (seen && !seen->shards(0).halted().empty()) return std::nullopt;
    pause(kLook);
  }
  return std::nullopt;
}

bool DemoRun::watch_rebuild(std::uint64_t event_sequence) {
  ProgressBar bar(screen_, "        rebuilding", "messages");
  const Nanos end = runtime::steady_now() + kPatience;
  while (runtime::steady_now() < end && !interrupted_()) {
    const auto seen = views(false);
    if (seen) bar.at(seen->shards(0).event_sequence(), event_sequence);
    if (seen && seen->shards(0).event_sequence() >= event_sequence) return true;
    if (seen && !seen->shards(0).halted().empty()) return false;
    pause(kLook);
  }
  return false;
}

}  // namespace sluice::cli
