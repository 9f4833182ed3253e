#include "cli/kill/certificate.h"

#include <sstream>
#include <vector>

#include "cli/event_walk.h"
#include "cli/kill/examiner.h"
#include "domain/utc.h"
#include "eventlog/codec.h"

namespace sluice::cli {

namespace {

using nlohmann::json;

/// A place of a shard's event log and what it must look like.
struct Anchor {
  std::uint64_t event_sequence = 0;
  std::string chain;
};
/// How far a shard is read, and what must be there.
struct Extent {
  std::uint64_t until = 0;  // 0: to its end
  std::vector<Anchor> anchors{};
};

Error conflict(const std::string& what) { return {ErrorCode::kConflict, what}; }

std::string in_shard(ShardId shard) { return "shard " + std::to_string(shard.value()) + ": "; }

std::string dump(const json& value, int indent) {
  return value.dump(indent, ' ', false, json::error_handler_t::replace);
}

const char* name_of(KillMode mode) {
  switch (mode) {
    case KillMode::kBlockAndCancel: return "block_and_cancel";
    case KillMode::kBlockOnly: return "block_only";
    case KillMode::kReduceOnly: return "reduce_only";
    case KillMode::kFlatten: return "flatten";
  }
  return "unknown";
}

const char* name_of(KillSource source) {
  switch (source) {
    case KillSource::kLog: return "log";
    case KillSource::kLatch: return "latch";
    case KillSource::kAutomatic: return "automatic";
  }
  return "unknown";
}

/// Message 1 of the shard's event log.
Result<Genesis> genesis_of(eventlog::EventLog& log, ShardId shard) {
  const auto first = log.get({eventlog::StreamKind::kEvent, shard}, 1);
  if (!first.ok()) return first.error();
  eventlog::EventFold fold(shard);
  const auto step = fold.accept(first.value().message());
  if (!step.ok()) return step.error();
  return *fold.genesis();
}

/// The orders of a command message, if it is the one that its answer names.
Result<std::vector<OrderCommand>> read_orders(eventlog::EventLog& log, const Genesis& genesis, CmdSequence sequence,
                                              const Sha256& sha256) {
  const auto message = log.get({eventlog::StreamKind::kCommand, genesis.shard}, sequence.value());
  if (!message.ok()) return message.error();
  if (eventlog::sha256(message.value().payload()) != sha256)
    return Error{ErrorCode::kHalted, "refilled: command message " + std::to_string(sequence.value()) +
                                         " is not the one that its answer names"};
  eventlog::DecodedFrame decoded;
  eventlog::decode_frame(genesis, message.value().message(), decoded);
  return std::vector<OrderCommand>(decoded.frame.orders.begin(), decoded.frame.orders.end());
}

Status check_anchors(const Extent& extent, const eventlog::EventFold& fold) {
  for (const Anchor& anchor : extent.anchors) {
    if (anchor.event_sequence != fold.last_sequence() || anchor.chain == eventlog::to_hex(fold.chain())) continue;
    return conflict("refilled: event message " + std::to_string(anchor.event_sequence) + " has chain " +
                    eventlog::to_hex(fold.chain()) + ", the certificate names " + anchor.chain +
                    ": this log has another history");
  }
  return ok_status();
}

Result<KillEvidence> examine(eventlog::EventLog& log, const Genesis& genesis, const KillId& kill, const Extent& extent,
                             const CertifyProgress& progress) {
  KillExaminer examiner(
      kill, [&](CmdSequence sequence, const Sha256& sha256) { return read_orders(log, genesis, sequence, sha256); });
  Status taken = ok_status();
  const auto walked =
      walk_events(log, genesis.shard,
                  [&](const eventlog::EventFold& fold) {
                    taken = check_anchors(extent, fold);
                    if (taken.ok()) taken = examiner.take(fold.answer(), fold.last_sequence(), fold.chain());
                  },
                  {.until = extent.until,
                   .done = [&] { return !taken.ok() || (extent.until == 0 && examiner.evidence().released); },
                   .progress =
                       [&](std::uint64_t at, std::uint64_t until) {
                         if (progress) progress(genesis.shard, at, until);
                       }});
  if (!walked.ok()) return walked.error();
  if (!taken.ok()) return taken.error();
  return examiner.evidence();
}

/// As examine(), of a kill that held.
Result<KillEvidence> examine_held(eventlog::EventLog& log, const Genesis& genesis, const KillId& kill,
                                  const Extent& extent, const CertifyProgress& progress) {
  const auto examined = examine(log, genesis, kill, extent, progress);
  if (!examined.ok()) return examined.error();
  const KillEvidence& evidence = examined.value();
  if (!evidence.engaged) return conflict("kill " + to_string(kill) + " is not recorded");
  if (evidence.violations == 0) return evidence;
  std::string what = "VIOLATED: " + std::to_string(evidence.violations) + " events that the kill forbids";
  for (const std::string& example : evidence.examples) what += "; " + example;
  return conflict(what);
}

json end_of(const KillEvidence& evidence) {
  json end{{"event_sequence", evidence.end_event_sequence},
           {"chain", eventlog::to_hex(evidence.end_chain)},
           {"log_time", utc_text(evidence.end_log_time)},
           {"state", evidence.released ? "released" : "open"}};
  if (!evidence.released) return end;
  end["release_id"] = to_string(evidence.released->release_id);
  end["requested_by"] = evidence.released->requested_by.str();
  end["approved_by"] = evidence.released->approved_by.str();
  return end;
}

json shard_of(ShardId shard, const KillEvidence& evidence) {
  return {{"shard", shard.value()},
          {"mode", name_of(evidence.engaged->kill.mode)},
          {"engaged_by", evidence.engaged->by.str()},
          {"source", name_of(evidence.engaged->source)},
          {"event_sequence", evidence.event_sequence},
          {"chain", eventlog::to_hex(evidence.chain)},
          {"command_sequence", evidence.command_sequence.value()},
          {"command_index", evidence.command_index ? json(*evidence.command_index) : json()},
          {"log_time", utc_text(evidence.log_time)},
          {"orders_cancelled", evidence.engaged->orders_cancelled},
          {"events_examined", evidence.events_examined},
          {"events_in_scope", evidence.events_in_scope},
          {"commands_refused", evidence.commands_refused},
          {"violations", evidence.violations},
          {"until", end_of(evidence)}};
}

Result<json> certify(eventlog::EventLog& log, const KillId& kill, const std::vector<Extent>& extents,
                     const CertifyProgress& progress) {
  const auto first = genesis_of(log, ShardId{0});
  if (!first.ok()) return first.error();
  json content{{"format", kCertificateFormat},
               {"version", kCertificateVersion},
               {"deployment", to_string(first.value().deployment)},
               {"shards", json::array()}};
  for (std::uint16_t i = 0; i < first.value().shard_count; ++i) {
    const ShardId shard{i};
    const auto genesis = genesis_of(log, shard);
    if (!genesis.ok()) return genesis.error();
    const auto evidence =
        examine_held(log, genesis.value(), kill, i < extents.size() ? extents[i] : Extent{}, progress);
    if (!evidence.ok()) return Error{evidence.error().code, in_shard(shard) + evidence.error().message};
    const EngageKillSwitch& engaged = evidence.value().engaged->kill;
    const json meant{{"kill_id", to_string(kill)},
                     {"scope", std::string(sluice::name_of(engaged.scope))},
                     {"key", engaged.key.str()},
                     {"reason", engaged.reason.str()}};
    if (content.contains("kill") && content["kill"] != meant)
      return conflict(in_shard(shard) + "records another kill under this id than the shards before it");
    content["kill"] = meant;
    content["shards"].push_back(shard_of(shard, evidence.value()));
  }
  return seal_certificate(std::move(content));
}

bool names_place(const json& at) {
  return at.is_object() && at.contains("event_sequence") && at["event_sequence"].is_number_unsigned() &&
         at.contains("chain") && at["chain"].is_string();
}

Anchor anchor_of(const json& at) { return {at["event_sequence"].get<std::uint64_t>(), at["chain"].get<std::string>()}; }

/// The shape that is needed to look anything up; the rest is compared as text.
bool has_shape(const json& certificate) {
  if (!certificate.is_object() || certificate.value("format", json()) != kCertificateFormat ||
      certificate.value("version", json()) != kCertificateVersion)
    return false;
  const json kill = certificate.value("kill", json());
  const json shards = certificate.value("shards", json());
  if (!kill.is_object() || !kill.value("kill_id", json()).is_string() || !shards.is_array() || shards.empty() ||
      !certificate.value("deployment", json()).is_string())
    return false;
  for (const json& shard : shards) {
    if (!names_place(shard) || !shard.contains("until") || !names_place(shard["until"])) return false;
  }
  return true;
}

/// Compares what can be compared without reading the whole log; how far to read it.
Result<std::vector<Extent>> extents_of(eventlog::EventLog& log, const json& certificate) {
  const auto genesis = genesis_of(log, ShardId{0});
  if (!genesis.ok()) return genesis.error();
  const std::string here = to_string(genesis.value().deployment);
  if (certificate["deployment"] != here)
    return conflict("deployment: the certificate is of " + certificate["deployment"].get<std::string>() +
                    ", this log is of " + here);
  std::vector<Extent> extents;
  for (const json& shard : certificate["shards"]) {
    const Anchor recorded = anchor_of(shard), end = anchor_of(shard["until"]);
    const ShardId id{static_cast<std::uint16_t>(extents.size())};
    if (id.value() >= genesis.value().shard_count) break;  // one shard too many: the lines differ
    const auto info = log.info({eventlog::StreamKind::kEvent, id});
    if (!info.ok()) return info.error();
    if (info.value().last_sequence < end.event_sequence) {
      return conflict("truncated: " + in_shard(id) + "the event log ends at " +
                      std::to_string(info.value().last_sequence) + ", the certificate was made at " +
                      std::to_string(end.event_sequence));
    }
    extents.push_back({end.event_sequence, {recorded, end}});
  }
  return extents;
}

/// The seal follows from the rest: it differs wherever anything does, and says nothing.
bool is_seal(const std::string& line) { return line.starts_with("  \"sha256\":"); }

/// The first line in which two certificates differ.
Status compare_lines(const json& certificate, const json& log) {
  std::istringstream said(certificate_text(certificate)), found(certificate_text(log));
  std::string mine, theirs;
  for (int line = 1;; ++line) {
    const bool more_said = static_cast<bool>(std::getline(said, mine));
    const bool more_found = static_cast<bool>(std::getline(found, theirs));
    if (!more_said && !more_found) return ok_status();
    if (more_said && more_found && (mine == theirs || (is_seal(mine) && is_seal(theirs)))) continue;
    const auto trimmed = [](bool there, const std::string& text) {
      return there ? text.substr(std::min(text.find_first_not_of(' '), text.size())) : std::string("nothing");
    };
    return conflict("line " + std::to_string(line) + ": the certificate says " + trimmed(more_said, mine) +
                    " where the log says " + trimmed(more_found, theirs));
  }
}

}  // namespace

nlohmann::json seal_certificate(nlohmann::json content) {
  content.erase("sha256");
  const std::string canonical = dump(content, -1);
  content["sha256"] = eventlog::to_hex(eventlog::sha256(std::as_bytes(std::span(canonical))));
  return content;
}

std::string certificate_text(const nlohmann::json& certificate) { return dump(certificate, 2) + '\n'; }

Result<nlohmann::json> certify_kill(eventlog::EventLog& log, const KillId& kill, const CertifyProgress& progress) {
  return certify(log, kill, {}, progress);
}

Status check_certificate(eventlog::EventLog& log, const std::string& text, const CertifyProgress& progress) {
  const json certificate = json::parse(text, nullptr, false);
  if (certificate.is_discarded() || !has_shape(certificate))
    return conflict("certificate: this is no " + std::string(kCertificateFormat) + " of version " +
                    std::to_string(kCertificateVersion));
  if (seal_certificate(certificate) != certificate)
    return conflict("tampered: the SHA-256 of the certificate is not that of its content");
  const auto kill = parse_uuid(certificate["kill"]["kill_id"].get<std::string>());
  if (!kill) return conflict("certificate: kill_id is no UUID");
  const auto extents = extents_of(log, certificate);
  if (!extents.ok()) return extents.error();
  const auto found = certify(log, *kill, extents.value(), progress);
  if (!found.ok()) return found.error();
  return compare_lines(certificate, found.value());
}

Result<KillEvidence> examine_kill(eventlog::EventLog& log, ShardId shard, const KillId& kill) {
  const auto genesis = genesis_of(log, shard);
  if (!genesis.ok()) return genesis.error();
  return examine(log, genesis.value(), kill, {}, {});
}

}  // namespace sluice::cli
