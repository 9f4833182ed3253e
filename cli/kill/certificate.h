// A kill's certificate: what the event log of every shard says of one kill, as JSON that can be checked against any
// copy of the log (docs/records.md §8). Made and checked from EVT through EventFold, every message verified; engines
// are not asked. One thread.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"
#include "cli/kill/examiner.h"
#include "domain/ids.h"
#include "domain/uuid.h"
#include "eventlog/event_log.h"

namespace sluice::cli {

inline constexpr const char* kCertificateFormat = "sluice-kill-certificate";
inline constexpr int kCertificateVersion = 1;

/// Told after each message that was read.
using CertifyProgress = std::function<void(ShardId shard, std::uint64_t at, std::uint64_t until)>;

/// The sealed certificate of `kill`. Errors: kConflict (a shard does not record it, or its promise is broken: the
/// message names shard, event message and order), kHalted (the log breaks a rule), kUnavailable.
Result<nlohmann::json> certify_kill(eventlog::EventLog& log, const KillId& kill, const CertifyProgress& progress);

/// What the log of one shard says of `kill`, up to its release or the log's end now, promise broken or not. Errors:
/// kHalted, kUnavailable as certify_kill().
Result<KillEvidence> examine_kill(eventlog::EventLog& log, ShardId shard, const KillId& kill);

/// Recomputes everything that `text` says from `log`. Errors: kConflict, the message begins with what it is:
///   certificate   no certificate of this format and version
///   tampered      its SHA-256 is not that of its content
///   deployment    the log is of another deployment
///   truncated     the log ends before the place to which it was checked
///   refilled      the message at a place that it names has another chain: the log has another history
///   line N        the first line of the certificate that the log does not say, and what it says
/// kHalted, kUnavailable as certify_kill().
Status check_certificate(eventlog::EventLog& log, const std::string& text, const CertifyProgress& progress);

/// As a file holds it: one line a value, keys in order.
std::string certificate_text(const nlohmann::json& certificate);

/// Adds the SHA-256 of everything else.
nlohmann::json seal_certificate(nlohmann::json content);

}  // namespace sluice::cli
