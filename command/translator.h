// Translator: requests as clients send them → commands as the log holds them. Structural checks only: a wrong shape is
// INVALID_ARGUMENT and never enters the log; every rule about meaning is the engine's. Threads: any.
#pragma once

#include <grpcpp/support/status.h>

#include <string>

#include "command/directory.h"
#include "domain/commands.h"
#include "sluice/v1/command.pb.h"

namespace sluice::command {

/// A command and where it goes.
struct Routed {
  ShardId shard;
  std::uint64_t lane_key = 0;  // keeps an account's commands in order
  OrderCommand command;
};

class Translator {
 public:
  explicit Translator(const Directory& directory) : directory_(directory) {}

  /// INVALID_ARGUMENT with the fields that are wrong, NOT_FOUND for a name that is not registered, or OK and `routed`
  /// is filled.
  grpc::Status submit(const v1::CommandOptions& options, const v1::SubmitOrder& order, Routed& routed) const;
  grpc::Status cancel(const v1::CommandOptions& options, const v1::CancelOrder& cancel, Routed& routed) const;
  grpc::Status replace(const v1::CommandOptions& options, const v1::ReplaceOrder& replace, Routed& routed) const;
  /// `shard`: the one to ask; a cancel-all without a symbol goes to each.
  grpc::Status cancel_all(const v1::CommandOptions& options, const v1::CancelAll& cancel_all, ShardId shard,
                          Routed& routed) const;

 private:
  /// Cancel, replace: the order named by `request`, which stands in field `where` of the RPC's request.
  template <typename Request>
  grpc::Status target(const std::string& where, const Request& request, Routed& routed) const;
  /// Valid names → shard, ids and lane.
  grpc::Status resolve(const std::string& account, const std::string& symbol, Routed& routed) const;

  const Directory& directory_;
};

/// The command id and valid-until of `options`. INVALID_ARGUMENT if the id is no UUID version 7.
grpc::Status read_options(const v1::CommandOptions& options, CommandId& id, Nanos& valid_until);

}  // namespace sluice::command
