// JetstreamLog: the port on a NATS server with JetStream. Each appender and reader has a connection of its own; see
// nats_connection.h for why nothing is sent late, and docs/adr/0001 for why not nats.c.
#pragma once

#include <memory>
#include <string>

#include "eventlog/event_log.h"

namespace sluice::eventlog {

struct JetstreamOptions {
  std::string url = "nats://127.0.0.1:4222";
  std::string name = "sluice";  // shown in the broker's list of connections
  Nanos connect_timeout{kNanosPerSecond};
  Nanos request_timeout{kNanosPerSecond};  // info(), get(), set-up of a consumer
  Nanos heartbeat{100 * kNanosPerMilli};   // of consumers; five missed ones make a reader begin anew
};

/// Never fails: a log that cannot be reached is reported by each operation.
std::unique_ptr<EventLog> open_jetstream(JetstreamOptions options);

/// One request to the server on a connection of its own, as JSON text. For administration. Errors: kUnavailable,
/// kTimeout.
Result<std::string> jetstream_request(const JetstreamOptions& options, const std::string& subject,
                                      const std::string& body);

}  // namespace sluice::eventlog
