// SharedAudit: one ring for the threads that tell the audit something now and then: start and stop, roles, holds,
// refusals. Threads: any; one lock, which no executing thread takes.
#pragma once

#include <atomic>
#include <mutex>

#include "audit/audit_entry.h"
#include "audit/audit_ring.h"

namespace sluice::audit {

class SharedAudit {
 public:
  /// Room for so many records.
  explicit SharedAudit(std::uint32_t records = 8'192) : ring_(1, records - 1) {}

  AuditRing& ring() { return ring_; }
  /// False, and counted, if the sink is so far behind that there is no room.
  bool record(const AuditEntry& entry) {
    const std::lock_guard lock(mutex_);
    if (ring_.write(entry.records(), Priority::kReserved)) return true;
    lost_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

 private:
  std::mutex mutex_;
  AuditRing ring_;
  std::atomic<std::uint64_t> lost_{0};
};

}  // namespace sluice::audit
