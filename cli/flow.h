// Flow: a seeded stream of orders, cancels and replaces through StreamCommands with many commands in flight, and a
// journal of what the client knows about each. An unclear answer is repeated with the same command id. Used by `sluice
// load`, the soak and integration tests. One thread a Flow.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/uuid.h"
#include "sluice/v1/command.grpc.pb.h"

namespace sluice::cli {

struct FlowOptions {
  std::uint64_t seed = 1;
  std::uint64_t commands = 10'000;
  std::vector<std::string> accounts;
  std::vector<std::string> symbols;
  std::uint32_t batch = 32;      // commands a message
  std::uint32_t in_flight = 16;  // messages without an answer at most
  std::int64_t rate = 0;         // commands a second; 0: as fast as answers come
  v1::WaitLevel level = v1::WAIT_LEVEL_EXECUTED;
};

/// What the client knows of one command.
struct JournalEntry {
  v1::Command command;
  std::uint32_t sent = 0;
  bool known = false;  // a result came
  v1::CommandResult result;
  std::string last_error;
};

struct FlowTotals {
  std::uint64_t commands = 0, executed = 0, rejected = 0, killed = 0, unknown = 0, resent = 0;
  double seconds = 0;
};

class Flow {
 public:
  Flow(const std::shared_ptr<grpc::Channel>& channel, FlowOptions options);

  /// Sends everything; returns when every command has a result, or has been unclear for `give_up_seconds`.
  /// `on_progress` is called now and then with the number of commands that have a result.
  FlowTotals run(int give_up_seconds, const std::function<void(std::uint64_t)>& on_progress);
  /// Stops sending new commands; those in flight are still followed. Any thread.
  void stop() { stop_.store(true); }
  /// Commands sent and without result. Any thread.
  std::uint64_t unanswered() const { return unanswered_.load(); }
  std::uint64_t answered() const { return answered_.load(); }
  const std::map<std::string, JournalEntry>& journal() const { return journal_; }

 private:
  struct Batch {
    std::uint64_t id = 0;
    std::vector<std::string> command_ids;
  };
  v1::Command next_command();
  std::string new_command();
  bool run_stream(std::int64_t give_up_at);
  void send_batch(grpc::ClientReaderWriter<v1::StreamCommandsRequest, v1::StreamCommandsResponse>& stream,
                  bool& broken);
  void take(const v1::StreamCommandsResponse& response);
  std::uint64_t chance(std::uint64_t bound);

  std::unique_ptr<v1::CommandService::Stub> stub_;
  const FlowOptions options_;
  std::uint64_t random_;
  std::uint64_t made_ = 0;
  std::uint64_t batches_ = 0;
  std::map<std::string, JournalEntry> journal_;
  std::vector<std::string> unclear_;  // to be sent again
  std::map<std::uint64_t, Batch> in_flight_;
  std::vector<std::pair<std::string, std::string>> live_;  // (account/symbol key, client order id) of recent orders
  std::map<std::string, std::pair<std::string, std::string>> keys_;
  std::uint64_t resent_ = 0;
  std::int64_t started_ = 0;
  std::function<void(std::uint64_t)> on_progress_;
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> unanswered_{0};
  std::atomic<std::uint64_t> answered_{0};
};

/// Registers accounts and instruments; again is no error.
Status register_names(const std::shared_ptr<grpc::Channel>& channel, const std::vector<std::string>& accounts,
                      const std::vector<std::string>& symbols);

}  // namespace sluice::cli
