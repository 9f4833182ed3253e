// ServiceAudit: the audit of a service that executes nothing: its start, configuration, stop, and the calls that it did
// not let in. Threads: start() and stop() one; the rest any.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/audit_sink.h"
#include "audit/shared_audit.h"
#include "domain/uuid.h"

namespace sluice::audit {

/// Keys and values, in their order; without what is secret.
using Configuration = std::vector<std::pair<std::string, std::string>>;
/// Tells of each key what the process was started with.
void record_configuration(SharedAudit& audit, ShardId shard, Nanos now, const Configuration& configuration);

/// A call that a service refused: nothing was logged for it.
struct RefusedCall {
  std::string_view method{};     // SubmitOrder
  std::string_view principal{};  // empty: not known
  std::string_view key{};        // account, symbol or strategy that it was about
  Uuid command_id{};
  int status = 0;  // as gRPC numbers them
  std::string_view why{};
};

class ServiceAudit {
 public:
  /// Errors: as AuditSink::start.
  static Result<std::unique_ptr<ServiceAudit>> start(const AuditSinkOptions& options, const std::string& service,
                                                     const Configuration& configuration, const runtime::Clock& clock);
  ~ServiceAudit();

  void refused(const RefusedCall& call);
  /// Writes what there is to disk, and ends. `why`: empty if nothing is wrong.
  void stop(std::string_view why);

  AuditCounts counts() const { return sink_->counts(); }
  AuditState state() const { return sink_->state(); }
  /// Records that found no room, because the disk has refused for long.
  std::uint64_t lost() const { return audit_.lost(); }

 private:
  explicit ServiceAudit(const runtime::Clock& clock) : clock_(clock) {}
  AuditRecord record_of(Action action) const;

  const runtime::Clock& clock_;
  // A flood of refusals at the rate at which a service can refuse fills it in some hundred milliseconds.
  SharedAudit audit_{131'072};
  std::unique_ptr<AuditSink> sink_;
};

}  // namespace sluice::audit
