// LogAudit: what EVT says of a client's journal: nothing lost, nothing doubled, nothing forked, and P1 after a kill.
// Reads the whole log of every shard with all checks of EventFold. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/flow.h"
#include "eventlog/event_log.h"

namespace sluice::cli {

struct AuditReport {
  std::uint64_t messages = 0;
  std::uint64_t void_messages = 0;
  std::uint64_t first_outcomes = 0;
  std::uint64_t lost = 0;     // a result the client was given is not in EVT
  std::uint64_t doubled = 0;  // a command id took effect twice
  std::uint64_t changed = 0;  // EVT says another outcome than the client was told
  std::uint64_t leaked = 0;   // an event in the scope of an engaged kill
  std::vector<std::string> examples;
  bool clean() const { return lost == 0 && doubled == 0 && changed == 0 && leaked == 0; }
};

/// Errors: kHalted (the log breaks a rule: forked, damaged), kUnavailable.
Result<AuditReport> audit_log(eventlog::EventLog& log, std::uint16_t shards,
                              const std::map<std::string, JournalEntry>& journal);

}  // namespace sluice::cli
