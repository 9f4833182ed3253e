#include "eventlog/provision.h"

#include <nlohmann/json.hpp>

#include "eventlog/codec.h"

namespace sluice::eventlog {

namespace {

using nlohmann::json;

json wanted_config(StreamId stream, const ProvisionOptions& options) {
  std::string subjects = subject_of(stream, FrameClass::kOrders);
  subjects.replace(subjects.rfind('.') + 1, std::string::npos, "*");
  return {{"name", stream_name(stream)},
          {"subjects", json::array({subjects})},
          {"storage", "file"},
          {"retention", "limits"},
          {"discard", "new"},
          {"max_bytes", options.bytes_max},
          {"max_age", 0},
          {"max_msgs", -1},
          {"max_msgs_per_subject", -1},
          {"max_msg_size", 1 << 20},
          {"deny_delete", true},
          {"deny_purge", true},
          {"allow_rollup_hdrs", false},
          {"allow_direct", true},
          {"num_replicas", options.replicas},
          {"duplicate_window", std::int64_t{120} * kNanosPerSecond}};
}

/// The settings without which the log could lose, drop or reorder messages. max_bytes may be larger than asked for.
Status check_config(const json& found, const json& wanted) {
  for (const char* key : {"subjects", "storage", "retention", "discard", "max_age", "max_msgs", "max_msgs_per_subject",
                          "deny_delete", "deny_purge", "allow_rollup_hdrs", "allow_direct"}) {
    if (!found.contains(key) || found[key] != wanted[key]) {
      return Error{ErrorCode::kConflict,
                   "stream " + wanted["name"].get<std::string>() + " has " + key + " = " +
                       (found.contains(key) ? found[key].dump() : "nothing") + ", Sluice needs " + wanted[key].dump() +
                       ": this configuration endangers the log; use another broker or remove the stream"};
    }
  }
  const auto bytes = found.value("max_bytes", std::int64_t{-1});
  if (bytes <= 0)
    return Error{ErrorCode::kConflict,
                 "stream " + wanted["name"].get<std::string>() + " has no max_bytes: the disk could fill up"};
  const auto size = found.value("max_msg_size", std::int64_t{-1});
  if (size >= 0 && size < std::int64_t{1} << 20) {
    return Error{ErrorCode::kConflict, "stream " + wanted["name"].get<std::string>() + " takes messages of only " +
                                           std::to_string(size) + " bytes"};
  }
  return ok_status();
}

Status provision_stream(const JetstreamOptions& jetstream, StreamId stream, const ProvisionOptions& options) {
  const json wanted = wanted_config(stream, options);
  // A creation of an identical stream is a no-op; any difference is refused by the broker, and then compared below.
  // 10049: the name was in use a moment ago; the broker asks to try again.
  for (int attempt = 0; attempt < 10; ++attempt) {
    const auto created = jetstream_request(jetstream, "$JS.API.STREAM.CREATE." + stream_name(stream), wanted.dump());
    if (!created.ok()) return created.error();
    const json answer = json::parse(created.value(), nullptr, false);
    if (answer.is_discarded()) return Error{ErrorCode::kUnavailable, "an answer that cannot be read"};
    if (!answer.contains("error")) return check_config(answer["config"], wanted);
    const int code = answer["error"].value("err_code", 0);
    if (code == 10049) continue;
    if (code != 10058) {
      return Error{ErrorCode::kUnavailable,
                   "cannot create " + stream_name(stream) + ": " + answer["error"].value("description", "")};
    }
    const auto found = jetstream_request(jetstream, "$JS.API.STREAM.INFO." + stream_name(stream), "");
    if (!found.ok()) return found.error();
    const json info = json::parse(found.value(), nullptr, false);
    if (info.is_discarded() || !info.contains("config"))
      return Error{ErrorCode::kUnavailable, "an answer that cannot be read"};
    return check_config(info["config"], wanted);
  }
  return Error{ErrorCode::kUnavailable,
               "cannot create " + stream_name(stream) + ": the broker keeps the old name; try again"};
}

}  // namespace

Status provision_streams(const JetstreamOptions& jetstream, const ProvisionOptions& options) {
  INVARIANT(options.shards >= 1);
  for (std::uint16_t shard = 0; shard < options.shards; ++shard) {
    for (const StreamKind kind : {StreamKind::kCommand, StreamKind::kEvent}) {
      if (const Status status = provision_stream(jetstream, {kind, ShardId{shard}}, options); !status.ok())
        return status;
    }
  }
  return ok_status();
}

Result<Genesis> read_genesis(EventLog& log, ShardId shard) {
  const auto first = log.get({StreamKind::kCommand, shard}, 1);
  if (!first.ok()) {
    if (first.error().code != ErrorCode::kNotFound) return first.error();
    return Error{ErrorCode::kNotFound,
                 "shard " + std::to_string(shard.value()) + " has no genesis: run 'sluice admin init'"};
  }
  return decode_genesis_frame(first.value().payload());
}

Result<Genesis> ensure_genesis(EventLog& log, const Genesis& wanted) {
  const StreamId cmd{StreamKind::kCommand, wanted.shard};
  const StreamId evt{StreamKind::kEvent, wanted.shard};
  const auto appender = log.open_appender("admin");
  const auto cmd_info = log.info(cmd);
  if (!cmd_info.ok()) return cmd_info.error();
  if (cmd_info.value().last_sequence == 0) {
    const auto frame = encode_genesis_frame(wanted);
    AppendRequest request{
        .stream = cmd, .frame_class = FrameClass::kControl, .payload = frame, .msg_id = "genesis", .expected_last = {}};
    if (const auto appended = append_and_wait(*appender, request); !appended.ok()) return appended.error();
  }
  const auto first = log.get(cmd, 1);
  if (!first.ok()) return first.error();
  const auto genesis = decode_genesis_frame(first.value().payload());
  if (!genesis.ok()) return genesis.error();
  if (genesis.value().shard != wanted.shard || genesis.value().shard_count != wanted.shard_count) {
    return Error{ErrorCode::kConflict, "shard " + std::to_string(wanted.shard.value()) + " was set up as shard " +
                                           std::to_string(genesis.value().shard.value()) + " of " +
                                           std::to_string(genesis.value().shard_count) +
                                           "; the number of shards never changes"};
  }
  Sha256 chain{};
  const auto message =
      seal(Epoch{0}, OwnerId{0}, Sha256{}, encode_genesis_body(genesis.value(), first.value().message()), chain);
  const auto evt_info = log.info(evt);
  if (!evt_info.ok()) return evt_info.error();
  if (evt_info.value().last_sequence == 0) {
    AppendRequest request{
        .stream = evt, .frame_class = FrameClass::kControl, .payload = message, .msg_id = {}, .expected_last = 0};
    const auto appended = append_and_wait(*appender, request);
    if (!appended.ok() && appended.error().code != ErrorCode::kFenced) return appended.error();
  }
  const auto stored = log.get(evt, 1);
  if (!stored.ok()) return stored.error();
  const auto opened = open_sealed(stored.value().payload());
  if (!opened.ok() || opened.value().header.chain != chain) {
    return Error{ErrorCode::kConflict,
                 "message 1 of " + stream_name(evt) + " does not derive from message 1 of " + stream_name(cmd)};
  }
  return genesis;
}

}  // namespace sluice::eventlog
