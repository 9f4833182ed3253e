// Events and outcomes of the log as clients see them (sluice.v1.Event). Used by the command service for replies and by
// the query service for watchers, so that both say the same. Pure functions; any thread.
#pragma once

#include <sluice/v1/types.pb.h>

#include <functional>
#include <string_view>

#include "domain/events.h"

namespace sluice::protomap {

/// Names of one shard's dense ids. Empty text for id 0 and for unknown ids. Safe to call from any thread.
class Names {
 public:
  virtual ~Names() = default;
  virtual std::string_view account(AccountId id) const = 0;
  virtual std::string_view strategy(StrategyId id) const = 0;
  virtual std::string_view symbol(InstrumentId id) const = 0;
};

/// Where an answer stands in the log.
struct AnswerPlace {
  ShardId shard;
  EvtSequence sequence;  // of its last part
};

/// Decides which events are wanted; an absent function wants all.
struct EventFilter {
  std::function<bool(const OrderEvent&)> order;
  std::function<bool(const ControlEvent&)> control;
  std::function<bool(const Outcome&, std::uint32_t command_index)> rejected;
};

/// Appends the wanted events of `answer` to `out`, in the order in which they happened, and behind them a
/// CommandRejected for each rejected command (repeats of a known key left out). Event.index is the place among all of
/// them, wanted or not.
void append_events(const Answer& answer, const AnswerPlace& place, const Names& names, const EventFilter& filter,
                   google::protobuf::RepeatedPtrField<v1::Event>& out);
/// Only the events that command `command_index` caused.
void append_events_of(const Answer& answer, std::uint32_t command_index, const AnswerPlace& place, const Names& names,
                      google::protobuf::RepeatedPtrField<v1::Event>& out);

/// The account behind an outcome's key; AccountId{} if the key belongs to a principal.
AccountId account_of(const Outcome& outcome);

/// Bodies of the contract's control messages, shared with KillSwitchService and QueryService.
void fill(const KillSwitchEngaged& from, v1::KillSwitchEngaged& to);
void fill(const ReleaseRequested& from, v1::ReleaseRequested& to);
void fill(const DefineInstrument& from, v1::Instrument& to);
void fill(const SettlementDay& from, v1::SettlementDay& to);

}  // namespace sluice::protomap
