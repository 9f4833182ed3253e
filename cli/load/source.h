// Source: the commands of a load, one after another, each with its natural time and its account. Names of orders and
// accounts are made from numbers; nothing is looked up by text. One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "marketdata/lobster.h"
#include "marketdata/order_flow.h"
#include "sluice/v1/command.pb.h"

namespace sluice::load {

/// What is known of the next command before it is made.
struct Coming {
  Nanos at;                   // since the start of the source
  std::uint32_t account = 0;  // index into the names; decides the connection
};

class Source {
 public:
  virtual ~Source() = default;
  /// The next command, or nothing at the end; the same until take().
  virtual std::optional<Coming> peek() = 0;
  /// Writes the body of the command that peek() told of into `command`, and goes on.
  virtual void take(v1::Command& command) = 0;
};

/// The commands of an account all go over one connection: only so do they keep their order.
inline std::size_t connection_of(std::uint32_t account, std::size_t connections) { return account % connections; }

struct SourceNames {
  std::vector<std::string> accounts;
  std::vector<std::string> symbols;
  std::string run;  // begins every client order id, so that runs on one system do not meet; at most 8 characters
};

/// The seeded generator. `options.accounts` and `.instruments` are set to the number of names.
class FlowSource final : public Source {
 public:
  FlowSource(marketdata::OrderFlowOptions options, SourceNames names);
  std::optional<Coming> peek() override { return Coming{next_.at, next_.account}; }
  void take(v1::Command& command) override;

 private:
  const SourceNames names_;
  marketdata::OrderFlow flow_;
  marketdata::FlowCommand next_;
};

/// A recorded day on the first symbol: new orders, cancels and reductions by the account that holds the order,
/// executions as an IOC of another account. Messages about orders from before the record, and those that say nothing
/// to an engine, are left out. With `repeats` it begins again at its end, with every account's orders cancelled first.
class LobsterSource final : public Source {
 public:
  /// `sample` is not empty.
  LobsterSource(std::vector<marketdata::LobsterMessage> sample, SourceNames names, bool repeats);
  std::optional<Coming> peek() override;
  void take(v1::Command& command) override;

 private:
  struct Entered {
    std::uint64_t number = 0;
    std::int64_t total = 0;
  };
  bool means_something(const marketdata::LobsterMessage& message) const;
  std::uint32_t holder(std::int64_t order_id) const;
  void find_next();

  const std::vector<marketdata::LobsterMessage> sample_;
  const SourceNames names_;
  const bool repeats_;
  std::size_t at_ = 0;          // of the message that is next
  std::uint32_t to_clear_ = 0;  // accounts whose orders are cancelled first
  Nanos pass_start_;            // on the source's time
  std::uint64_t orders_ = 0;
  std::unordered_map<std::int64_t, Entered> entered_;  // live orders of this pass by their number in the record
};

}  // namespace sluice::load
