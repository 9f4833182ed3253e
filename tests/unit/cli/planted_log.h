// PlantedLog: one shard's event log written by hand, right or wrong on purpose, and certificates of its kill. One
// thread.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cli/kill/certificate.h"
#include "tests/unit/eventlog/evt_chain.h"

namespace sluice::cli {

using nlohmann::json;
using Kind = OrderEventKind;

inline const KillId kKill{1, 1};
inline const AccountId kA{1}, kB{2};
inline const StrategyId kS{1};
inline const InstrumentId kX{1}, kY{2};

inline Name name(std::string_view text) { return *Name::from(text); }

inline OrderEvent event(Kind kind, std::uint64_t order, AccountId account = kA, InstrumentId instrument = kX) {
  OrderEvent event;
  event.kind = kind;
  event.order_id = OrderId{order};
  event.account = account;
  event.instrument = instrument;
  event.side = Side::kBuy;
  event.quantity = event.remaining = Quantity{5};
  return event;
}
inline OrderEvent of_strategy(OrderEvent event) {
  event.strategy = kS;
  return event;
}
inline OrderEvent marked(OrderEvent event) {
  event.flags = kFlagFlatten;
  return event;
}
inline OrderEvent selling(OrderEvent event, std::int64_t quantity = 5) {
  event.side = Side::kSell;
  event.quantity = event.remaining = Quantity{quantity};
  return event;
}
/// `taker` buys 5 of `maker`'s order; nothing is left of either.
inline OrderEvent trade(std::uint64_t order, AccountId taker, std::uint64_t other, AccountId maker) {
  OrderEvent traded = event(Kind::kTraded, order, taker);
  traded.other_order_id = OrderId{other};
  traded.other_account = maker;
  traded.remaining = traded.other_remaining = Quantity{0};
  return traded;
}

/// A shard's log, written by hand: accounts A and B, strategy S, instrument X; CMD 2 has been answered.
class PlantedLog {
 public:
  PlantedLog() {
    chain_.start_epoch(test::kFirstOwner, 1);
    answer({}, {{0, 0, AccountRegistered{kA, name("A")}},
                {0, 1, AccountRegistered{kB, name("B")}},
                {0, 2, StrategyRegistered{kS, name("S")}},
                {0, 3, InstrumentDefined{kX, {.symbol = name("X"), .home = {}}}}});
  }
  /// The answer to the next command message.
  void answer(std::vector<OrderEvent> events, std::vector<ControlEvent> controls = {},
              std::vector<Outcome> outcomes = {}) {
    Answer answer;
    answer.cmd_sequence = CmdSequence{++command_};
    answer.log_time = Nanos{static_cast<std::int64_t>(command_) * kNanosPerSecond};
    answer.order_events = std::move(events);
    answer.control_events = std::move(controls);
    answer.outcomes = std::move(outcomes);
    chain_.write(answer);
  }
  static ControlEvent engaged(KillMode mode, KillScope scope = KillScope::kAccount, std::string_view key = "A",
                              std::uint32_t before = 0, const KillId& id = kKill) {
    KillSwitchEngaged engaged;
    engaged.kill = {.kill_id = id, .scope = scope, .mode = mode, .key = name(key), .reason = *Note::from("why")};
    engaged.by = *Principal::from("zoe");
    engaged.source = KillSource::kLatch;
    return {before, 0, engaged};
  }
  void kill(KillMode mode = KillMode::kBlockAndCancel, KillScope scope = KillScope::kAccount,
            std::string_view key = "A") {
    answer({}, {engaged(mode, scope, key)});
  }
  void release() {
    answer({}, {{0, 0,
                 KillSwitchReleased{.release_id = {5, 5},
                                    .scope = KillScope::kAccount,
                                    .key = name("A"),
                                    .kill_id = kKill,
                                    .requested_by = *Principal::from("ann"),
                                    .approved_by = *Principal::from("bob")}}});
  }
  static Outcome refused(AccountId account, std::uint8_t flags = 0) {
    Outcome outcome;
    outcome.key_owner = account.value();
    outcome.code = OutcomeCode::kRejected;
    outcome.reason = RejectReason::kKilled;
    outcome.flags = flags;
    return outcome;
  }
  json proven() {
    auto certificate = certify_kill(chain_.log, kKill, {});
    EXPECT_TRUE(certificate.ok()) << certificate.error().message;
    return certificate.ok() ? certificate.value() : json();
  }
  /// Why there is no certificate; empty if there is one.
  std::string refusal() {
    const auto certificate = certify_kill(chain_.log, kKill, {});
    return certificate.ok() ? "" : certificate.error().message;
  }
  std::string check(const std::string& text) {
    const Status checked = check_certificate(chain_.log, text, {});
    return checked.ok() ? "" : checked.error().message;
  }
  std::string check(const json& certificate) { return check(certificate_text(certificate)); }

  test::EvtChain chain_;
  std::uint64_t command_ = 1;
};

}  // namespace sluice::cli
