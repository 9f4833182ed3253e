#include "cli/log_json.h"

#include <array>

#include "domain/utc.h"
#include "eventlog/codec.h"

namespace sluice::cli {

namespace {

using nlohmann::json;

constexpr std::array<const char*, 7> kEventNames = {"",         "accepted",  "traded",     "cancelled",
                                                    "replaced", "triggered", "decremented"};
constexpr std::array<const char*, 5> kCommandNames = {"", "submit", "cancel", "replace", "cancel_all"};
constexpr std::array<const char*, 3> kSides = {"", "buy", "sell"};
constexpr std::array<const char*, 5> kTypes = {"", "limit", "market", "stop", "stop_limit"};
constexpr std::array<const char*, 6> kTifs = {"", "gtc", "ioc", "fok", "gtd", "day"};
constexpr std::array<const char*, 5> kModes = {"", "block_and_cancel", "block_only", "reduce_only", "flatten"};
constexpr std::array<const char*, 5> kScopes = {"", "global", "account", "symbol", "strategy"};

template <typename Enum, std::size_t N>
const char* label(const std::array<const char*, N>& names, Enum value) {
  return names[static_cast<std::size_t>(value) % N];
}

/// Leaves out what is zero or empty, so that a line shows only what the command or event says.
void put(json& to, const char* key, std::int64_t value) {
  if (value != 0) to[key] = value;
}
void put(json& to, const char* key, std::uint64_t value) {
  if (value != 0) to[key] = value;
}
void put(json& to, const char* key, std::uint32_t value) {
  if (value != 0) to[key] = value;
}
void put(json& to, const char* key, std::string_view text) {
  if (!text.empty()) to[key] = text;
}

json order_command_json(const OrderCommand& c) {
  json to{{"command", label(kCommandNames, c.kind)}, {"id", to_string(c.command_id)}, {"account", c.account.value()}};
  put(to, "instrument", c.instrument.value());
  put(to, "strategy", c.strategy.value());
  put(to, "client_order_id", c.client_order_id.view());
  put(to, "order_id", c.order_id.value());
  put(to, "side", label(kSides, c.side));
  put(to, "type", label(kTypes, c.type));
  put(to, "tif", label(kTifs, c.tif));
  put(to, "price", c.price.value());
  put(to, "quantity", c.quantity.value());
  put(to, "stop_price", c.stop_price.value());
  put(to, "display", c.display.value());
  put(to, "expire_at", c.expire_at.value());
  put(to, "valid_until", c.valid_until.value());
  put(to, "fields", std::uint32_t{c.fields});
  put(to, "flags", std::uint32_t{c.flags});
  return to;
}

struct ControlJson {
  json operator()(const DefineInstrument& v) const {
    return {{"command", "define_instrument"}, {"symbol", v.symbol.view()}, {"home", v.home.value()},
            {"tick", v.tick.value()},         {"lot", v.lot.value()},      {"unit_value", v.unit_value.value()}};
  }
  json operator()(const RegisterAccount& v) const {
    return {{"command", "register_account"}, {"account", v.name.view()}};
  }
  json operator()(const RegisterStrategy& v) const {
    return {{"command", "register_strategy"}, {"strategy", v.name.view()}};
  }
  json operator()(const SetLimits& v) const {
    return {{"command", "set_limits"},
            {"account", v.account.view()},
            {"symbol", v.symbol.view()},
            {"changes", changes(v.changes)}};
  }
  json operator()(const EngageKillSwitch& v) const {
    return {{"command", "engage_kill_switch"},
            {"kill_id", to_string(v.kill_id)},
            {"scope", label(kScopes, v.scope)},
            {"mode", label(kModes, v.mode)},
            {"key", v.key.view()},
            {"reason", v.reason.view()}};
  }
  json operator()(const RequestRelease& v) const {
    return {{"command", "request_release"},     {"release_id", to_string(v.release_id)},
            {"scope", label(kScopes, v.scope)}, {"key", v.key.view()},
            {"kill_id", to_string(v.kill_id)},  {"kill_sequence", v.kill_sequence.value()}};
  }
  json operator()(const ApproveRelease& v) const {
    return {{"command", "approve_release"}, {"release_id", to_string(v.release_id)}};
  }
  json operator()(const Tick&) const { return {{"command", "tick"}}; }
  json operator()(const SetInstrumentState& v) const {
    return {{"command", "set_instrument_state"}, {"symbol", v.symbol.view()}, {"state", name_of(v.state)}};
  }
  json operator()(const SetCalendar& v) const { return {{"command", "set_calendar"}, {"days", days(v.days)}}; }

  static json day(const SettlementDay& v) { return {{"date", v.date}, {"ends_at", v.ends_at.value()}}; }
  static json days(const std::vector<SettlementDay>& values) {
    json to = json::array();
    for (const SettlementDay& value : values) to.push_back(day(value));
    return to;
  }

  static json changes(const LimitChanges& values) {
    json to = json::object();
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i].action == LimitAction::kSet) to[std::to_string(i)] = values[i].value;
      if (values[i].action == LimitAction::kLift) to[std::to_string(i)] = nullptr;
    }
    return to;
  }

  json operator()(const InstrumentDefined& v) const {
    return {{"event", "instrument_defined"},
            {"id", v.id.value()},
            {"symbol", v.definition.symbol.view()},
            {"home", v.definition.home.value()}};
  }
  json operator()(const AccountRegistered& v) const {
    return {{"event", "account_registered"}, {"id", v.id.value()}, {"account", v.name.view()}};
  }
  json operator()(const StrategyRegistered& v) const {
    return {{"event", "strategy_registered"}, {"id", v.id.value()}, {"strategy", v.name.view()}};
  }
  json operator()(const LimitsSet& v) const {
    return {{"event", "limits_set"},
            {"account", v.account.value()},
            {"instrument", v.instrument.value()},
            {"changes", changes(v.changes)}};
  }
  json operator()(const KillSwitchEngaged& v) const {
    return {{"event", "kill_switch_engaged"},
            {"kill_id", to_string(v.kill.kill_id)},
            {"scope", label(kScopes, v.kill.scope)},
            {"mode", label(kModes, v.kill.mode)},
            {"key", v.kill.key.view()},
            {"by", v.by.view()},
            {"source", v.source == KillSource::kLatch ? "latch"
                       : v.source == KillSource::kLog ? "log"
                                                      : "automatic"},
            {"orders_cancelled", v.orders_cancelled}};
  }
  json operator()(const ReleaseRequested& v) const {
    return {{"event", "release_requested"},
            {"release_id", to_string(v.request.release_id)},
            {"scope", label(kScopes, v.request.scope)},
            {"key", v.request.key.view()},
            {"by", v.by.view()}};
  }
  json operator()(const KillSwitchReleased& v) const {
    return {{"event", "kill_switch_released"},       {"release_id", to_string(v.release_id)},
            {"scope", label(kScopes, v.scope)},      {"key", v.key.view()},
            {"requested_by", v.requested_by.view()}, {"approved_by", v.approved_by.view()}};
  }
  json operator()(const FrameRejected& v) const { return {{"event", "frame_rejected"}, {"fault", name_of(v.fault)}}; }
  json operator()(const EpochStarted& v) const {
    return {{"event", "epoch_started"}, {"epoch", v.epoch.value()}, {"owner", v.owner.value()}};
  }
  json operator()(const InstrumentStateChanged& v) const {
    return {{"event", "instrument_state_changed"}, {"id", v.id.value()}, {"state", name_of(v.state)}};
  }
  json operator()(const CalendarSet& v) const { return {{"event", "calendar_set"}, {"days", days(v.days)}}; }
  json operator()(const SettlementDayStarted& v) const {
    return {{"event", "settlement_day_started"}, {"day", day(v.day)}};
  }
};

json order_event_json(const OrderEvent& e) {
  json to{{"event", label(kEventNames, e.kind)},
          {"order_id", e.order_id.value()},
          {"account", e.account.value()},
          {"instrument", e.instrument.value()}};
  put(to, "maker_order_id", e.other_order_id.value());
  put(to, "maker_account", e.other_account.value());
  put(to, "trade_id", e.trade_id.value());
  put(to, "client_order_id", e.client_order_id.view());
  put(to, "side", label(kSides, e.side));
  put(to, "type", label(kTypes, e.type));
  put(to, "tif", label(kTifs, e.tif));
  put(to, "price", e.price.value());
  put(to, "quantity", e.quantity.value());
  put(to, "expire_at", e.expire_at.value());
  if ((e.flags & kFlagFlatten) != 0) to["flatten"] = true;
  to["remaining"] = e.remaining.value();
  if (e.kind == OrderEventKind::kTraded) to["maker_remaining"] = e.other_remaining.value();
  if (e.reason != CancelReason::kNone) to["reason"] = name_of(e.reason);
  if (e.command_index != kNoCommand) to["command_index"] = e.command_index;
  return to;
}

json outcome_json(const Outcome& outcome) {
  json to{{"id", to_string(outcome.command_id)},
          {"code", outcome.code == OutcomeCode::kExecuted ? "executed" : "rejected"}};
  if (outcome.reason != RejectReason::kNone) to["reason"] = name_of(outcome.reason);
  if ((outcome.flags & kFlagRepeat) != 0) to["repeat_of"] = {outcome.first_sequence.value(), outcome.first_index};
  put(to, "order_id", outcome.order_id.value());
  return to;
}

}  // namespace

json command_message_json(const Genesis& genesis, const eventlog::LogMessage& message) {
  json line{{"sequence", message.sequence}, {"time", utc_text(message.broker_time)}, {"bytes", message.payload.size()}};
  if (message.sequence == 1) {
    line["kind"] = "genesis";
    line["deployment"] = to_string(genesis.deployment);
    return line;
  }
  eventlog::DecodedFrame decoded;
  eventlog::decode_frame(genesis, message, decoded);
  line["kind"] = "frame";
  if (decoded.fault != FrameFault::kNone) line["fault"] = name_of(decoded.fault);
  line["writer"] = decoded.address.writer.value();
  line["lane"] = decoded.address.lane;
  line["batch"] = decoded.address.batch;
  line["commands"] = json::array();
  for (const OrderCommand& command : decoded.frame.orders) line["commands"].push_back(order_command_json(command));
  for (const ControlCommand& command : decoded.controls) {
    json entry = std::visit(ControlJson{}, command.body);
    entry["id"] = to_string(command.command_id);
    entry["principal"] = command.principal.view();
    line["commands"].push_back(entry);
  }
  return line;
}

json event_message_json(const eventlog::LogMessage& message) {
  json line{{"sequence", message.sequence},
            {"time", utc_text(message.broker_time)},
            {"bytes", message.payload.size()},
            {"kind", "damaged"}};
  const auto sealed = eventlog::open_sealed(message.payload);
  if (!sealed.ok()) {
    line["error"] = sealed.error().message;
    return line;
  }
  line["epoch"] = sealed.value().header.epoch.value();
  line["owner"] = sealed.value().header.owner.value();
  line["chain"] = eventlog::to_hex(sealed.value().header.chain);
  Answer answer;
  const auto info = eventlog::decode_body(sealed.value().body, answer);
  if (!info.ok()) {
    line["error"] = info.error().message;
    return line;
  }
  line["kind"] = answer.kind == AnswerKind::kGenesis  ? "genesis"
                 : answer.kind == AnswerKind::kAnswer ? "answer"
                                                      : "control";
  line["answers"] = answer.cmd_sequence.value();
  line["log_time"] = utc_text(answer.log_time);
  if (info.value().last_part > 1) line["part"] = {info.value().part, info.value().last_part};
  if (answer.has_state_hash) line["state_hash"] = to_hex(answer.state_hash);
  line["outcomes"] = json::array();
  for (const Outcome& outcome : answer.outcomes) line["outcomes"].push_back(outcome_json(outcome));
  line["events"] = json::array();
  if (info.value().last_part > 1) {
    // The places of control events count across all parts; within one part they are shown first.
    for (const ControlEvent& event : answer.control_events)
      line["events"].push_back(std::visit(ControlJson{}, event.body));
    for (const OrderEvent& event : answer.order_events) line["events"].push_back(order_event_json(event));
    return line;
  }
  for_each_event(
      answer, [&](const ControlEvent& event) { line["events"].push_back(std::visit(ControlJson{}, event.body)); },
      [&](const OrderEvent& event) { line["events"].push_back(order_event_json(event)); });
  return line;
}

}  // namespace sluice::cli
