#include "command/start.h"

#include <algorithm>
#include <charconv>

#include "eventlog/provision.h"
#include "runtime/doorbell.h"
#include "runtime/ids.h"
#include "runtime/logging.h"

namespace sluice::command {

namespace {
constexpr Nanos kRetry{100 * kNanosPerMilli};

void pause(Nanos span) {
  runtime::Doorbell bell;
  bell.wait(bell.value(), span);
}
}  // namespace

Result<std::vector<EngineAddress>> parse_engines(const std::vector<std::string>& engines) {
  std::vector<EngineAddress> addresses;
  for (const std::string& engine : engines) {
    const std::size_t equals = engine.find('=');
    std::uint16_t shard = 0;
    const auto parsed = std::from_chars(engine.data(), engine.data() + std::min(equals, engine.size()), shard);
    if (equals == std::string::npos || parsed.ec != std::errc{} || parsed.ptr != engine.data() + equals ||
        equals + 1 == engine.size()) {
      return Error{ErrorCode::kInvalidArgument, "engines: '" + engine + "' is not SHARD=HOST:PORT"};
    }
    addresses.push_back({ShardId{shard}, engine.substr(equals + 1)});
  }
  return addresses;
}

Result<std::vector<Genesis>> wait_for_genesis(eventlog::EventLog& log, const runtime::Shutdown& shutdown) {
  std::vector<Genesis> all;
  std::string told;
  while (!shutdown.requested()) {
    const auto genesis = eventlog::read_genesis(log, ShardId{static_cast<std::uint16_t>(all.size())});
    if (genesis.ok()) {
      all.push_back(genesis.value());
      if (all.size() == genesis.value().shard_count) return all;
      continue;
    }
    const ErrorCode code = genesis.error().code;
    if (code != ErrorCode::kUnavailable && code != ErrorCode::kNotFound && code != ErrorCode::kTimeout)
      return genesis.error();
    if (told != genesis.error().message) runtime::log_warn("waiting for the log", {{"why", genesis.error().message}});
    told = genesis.error().message;
    pause(kRetry);
  }
  return Error{ErrorCode::kCancelled, "stopped before the log could be read"};
}

Status link_shards(eventlog::EventLog& log, const ShardLinkOptions& options, const runtime::Shutdown& shutdown,
                   Directory& directory, KillBook& kills, telemetry::Spans& spans, ShardLinks& shards) {
  const auto genesis = wait_for_genesis(log, shutdown);
  if (!genesis.ok()) return genesis.error();
  directory.set_shards(genesis.value().front().shard_count);
  kills.set_shards(genesis.value().front().shard_count);
  ShardLinks::Links links;
  for (const Genesis& g : genesis.value())
    links.push_back(
        std::make_unique<ShardLink>(log, g, WriterId{runtime::random_id()}, directory, kills, spans, options));
  shards.link(std::move(links));
  return ok_status();
}

bool wait_until_caught_up(const ShardLinks& shards, const runtime::Shutdown& shutdown) {
  const auto ready = [&] {
    return std::all_of(shards.all().begin(), shards.all().end(),
                       [](const auto& s) { return s->caught_up() || s->halted(); });
  };
  while (!shutdown.requested() && !ready()) pause(kRetry);
  return !shutdown.requested();
}

}  // namespace sluice::command
