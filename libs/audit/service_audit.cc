#include "audit/service_audit.h"

namespace sluice::audit {

void record_configuration(SharedAudit& audit, ShardId shard, Nanos now, const Configuration& configuration) {
  for (const auto& [key, value] : configuration) {
    AuditRecord record;
    record.time = now;
    record.shard = shard.value();
    record.action = Action::kConfiguration;
    audit.record(AuditEntry(record).add(Field::kKey, key).add(Field::kDetail, value));
  }
}

Result<std::unique_ptr<ServiceAudit>> ServiceAudit::start(const AuditSinkOptions& options, const std::string& service,
                                                          const Configuration& configuration,
                                                          const runtime::Clock& clock) {
  std::unique_ptr<ServiceAudit> audit(new ServiceAudit(clock));
  auto sink = AuditSink::start(options, {&audit->audit_.ring()}, clock);
  if (!sink.ok()) return sink.error();
  audit->sink_ = std::move(sink).value();
  audit->audit_.record(AuditEntry(audit->record_of(Action::kStarted)).add(Field::kDetail, service));
  record_configuration(audit->audit_, options.shard, clock.wall(), configuration);
  return audit;
}

ServiceAudit::~ServiceAudit() {
  if (sink_ != nullptr) sink_->stop();
}

AuditRecord ServiceAudit::record_of(Action action) const {
  AuditRecord record;
  record.time = clock_.wall();
  record.action = action;
  return record;
}

void ServiceAudit::refused(const RefusedCall& call) {
  AuditRecord record = record_of(Action::kRefused);
  record.kind = Kind::kRejected;
  record.data = {call.command_id.hi, call.command_id.lo, static_cast<std::uint64_t>(call.status), 0};
  audit_.record(AuditEntry(record)
                    .add(Field::kPrincipal, call.principal)
                    .add(Field::kKey, call.key)
                    .add(Field::kReason, call.method)
                    .add(Field::kDetail, call.why));
}

void ServiceAudit::stop(std::string_view why) {
  audit_.record(AuditEntry(record_of(Action::kStopped)).add(Field::kDetail, why));
  sink_->stop();
}

}  // namespace sluice::audit
