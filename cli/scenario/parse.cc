// Parser of scenario files: strict, because a misspelt expectation that is ignored is a test that cannot fail.
#include <set>
#include <string>

#include "cli/scenario/json_reader.h"
#include "cli/scenario/scenario.h"

namespace sluice::scenario {

namespace {

using nlohmann::json;

template <typename Value>
using Names = std::vector<std::pair<std::string, Value>>;

const Names<SelfTradePrevention> kStpNames{{"none", SelfTradePrevention::kNone},
                                           {"cancel_newest", SelfTradePrevention::kCancelNewest},
                                           {"cancel_oldest", SelfTradePrevention::kCancelOldest},
                                           {"cancel_both", SelfTradePrevention::kCancelBoth},
                                           {"decrement", SelfTradePrevention::kDecrement}};
const Names<Side> kSideNames{{"B", Side::kBuy}, {"S", Side::kSell}};
const Names<OrderType> kTypeNames{{"limit", OrderType::kLimit},
                                  {"market", OrderType::kMarket},
                                  {"stop", OrderType::kStop},
                                  {"stop_limit", OrderType::kStopLimit}};
const Names<TimeInForce> kTifNames{{"gtc", TimeInForce::kGtc},
                                   {"ioc", TimeInForce::kIoc},
                                   {"fok", TimeInForce::kFok},
                                   {"gtd", TimeInForce::kGtd},
                                   {"day", TimeInForce::kDay}};
const Names<StopInMarket> kStopRuleNames{{"trigger", StopInMarket::kTrigger}, {"reject", StopInMarket::kReject}};
const Names<KillScope> kScopeNames{{"global", KillScope::kGlobal},
                                   {"account", KillScope::kAccount},
                                   {"symbol", KillScope::kSymbol},
                                   {"strategy", KillScope::kStrategy}};
const Names<OpKind> kOpNames{{"new", OpKind::kNew},     {"cancel", OpKind::kCancel},   {"replace", OpKind::kReplace},
                             {"kill", OpKind::kKill},   {"release", OpKind::kRelease}, {"risk", OpKind::kRisk},
                             {"state", OpKind::kState}, {"wait", OpKind::kWait}};
const Names<KillMode> kModeNames{{"block_and_cancel", KillMode::kBlockAndCancel},
                                 {"block_only", KillMode::kBlockOnly},
                                 {"reduce_only", KillMode::kReduceOnly},
                                 {"flatten", KillMode::kFlatten}};
const Names<InstrumentState> kStateNames{
    {"open", InstrumentState::kOpen}, {"halted", InstrumentState::kHalted}, {"closed", InstrumentState::kClosed}};
const Names<LimitKind> kLimitNames{{"max_order_qty", LimitKind::kMaxOrderQuantity},
                                   {"max_order_notional", LimitKind::kMaxOrderNotional},
                                   {"max_open_orders", LimitKind::kMaxOpenOrders},
                                   {"max_position", LimitKind::kMaxPosition},
                                   {"max_open_notional", LimitKind::kMaxOpenNotional},
                                   {"price_band_bps", LimitKind::kPriceBandBps},
                                   {"max_orders_per_sec", LimitKind::kMaxOrdersPerSecond},
                                   {"max_daily_trades", LimitKind::kMaxDailyTrades},
                                   {"max_daily_loss", LimitKind::kMaxDailyLoss}};

Config parse_config(const json& value, const std::string& place, ParseError& error) {
  ObjectReader reader(value, place, error);
  Config config;
  config.tick = reader.optional_integer("tick").value_or(1);
  config.lot = reader.optional_integer("lot").value_or(1);
  config.stp = reader.choice<SelfTradePrevention>("stp", kStpNames, SelfTradePrevention::kNone);
  config.stop_in_market = reader.choice<StopInMarket>("stop_in_market", kStopRuleNames, StopInMarket::kTrigger);
  reader.finish();
  return config;
}

void parse_new(ObjectReader& reader, const Config& config, Op& op) {
  op.id = reader.integer("id");
  op.acct = reader.text("acct");
  op.sym = reader.optional_text("sym").value_or("X");
  op.strat = reader.optional_text("strat");
  op.side = reader.choice<Side>("side", kSideNames, std::nullopt);
  op.type = reader.choice<OrderType>("type", kTypeNames, OrderType::kLimit);
  op.tif = reader.choice<TimeInForce>("tif", kTifNames, TimeInForce::kGtc);
  op.qty = reader.integer("qty");
  if (op.type == OrderType::kLimit || op.type == OrderType::kStopLimit) op.px = reader.integer("px");
  if (op.type == OrderType::kStop || op.type == OrderType::kStopLimit) op.stop = reader.integer("stop");
  op.display = reader.optional_integer("display");
  op.post = reader.flag("post");
  op.stp = reader.choice<SelfTradePrevention>("stp", kStpNames, config.stp);
  op.t_millis = reader.optional_integer("t").value_or(0);
  if (op.tif == TimeInForce::kGtd) op.expire = reader.integer("expire");
}

void parse_limits(ObjectReader& reader, Op& op) {
  if (const auto sym = reader.optional_text("sym")) op.sym = *sym;
  else op.acct = reader.text("acct");
  const json* limits = reader.required("limits");
  if (limits == nullptr) return;
  ObjectReader fields(*limits, reader.place() + ".limits", reader.error());
  for (const auto& [name, kind] : kLimitNames) {
    const json* value = fields.field(name);
    if (value == nullptr) continue;
    op.limits[kind] = value->is_null() ? std::nullopt
                                       : std::optional(integer_of(*value, fields.place() + "." + name, fields.error()));
  }
  fields.finish();
}

Op parse_op(ObjectReader& reader, const Config& config) {
  Op op;
  op.kind = reader.choice<OpKind>("op", kOpNames, std::nullopt);
  switch (op.kind) {
    case OpKind::kNew: parse_new(reader, config, op); break;
    case OpKind::kReplace:
      op.qty = reader.optional_integer("qty");
      op.px = reader.optional_integer("px");
      op.stop = reader.optional_integer("stop");
      [[fallthrough]];
    case OpKind::kCancel:
      op.id = reader.integer("id");
      op.acct = reader.optional_text("acct");
      break;
    case OpKind::kKill:
    case OpKind::kRelease:
      op.scope = reader.choice<KillScope>("scope", kScopeNames, std::nullopt);
      if (op.scope != KillScope::kGlobal) op.key = reader.text("key");
      if (op.kind == OpKind::kKill) op.mode = reader.choice<KillMode>("mode", kModeNames, KillMode::kBlockAndCancel);
      break;
    case OpKind::kState:
      op.sym = reader.optional_text("sym").value_or("X");
      op.state = reader.choice<InstrumentState>("state", kStateNames, std::nullopt);
      break;
    case OpKind::kWait: op.t_millis = reader.integer("t"); break;
    case OpKind::kRisk: parse_limits(reader, op); break;
  }
  return op;
}

Event parse_event(const json& value, const std::string& place, ParseError& error) {
  static const std::map<std::string, std::vector<std::string>> kFields{
      {"accepted", {"id"}},
      {"rejected", {"id", "reason"}},
      {"traded", {"maker", "taker", "px", "qty", "maker_left", "taker_left"}},
      {"cancelled", {"id", "qty", "reason"}},
      {"replaced", {"id"}},
      {"triggered", {"id"}},
      {"decremented", {"id", "qty"}}};
  ObjectReader reader(value, place, error);
  Event event;
  event.e = reader.text("e");
  const std::map<std::string, std::int64_t*> integers{
      {"id", &event.id},   {"maker", &event.maker},           {"taker", &event.taker},          {"px", &event.px},
      {"qty", &event.qty}, {"maker_left", &event.maker_left}, {"taker_left", &event.taker_left}};
  const auto known = kFields.find(event.e);
  if (known == kFields.end()) {
    reader.fail("unknown event '" + event.e + "'");
    return event;
  }
  for (const std::string& name : known->second) {
    const auto integer = integers.find(name);
    if (integer == integers.end()) {
      event.reason = reader.text(name);
    } else {
      *integer->second = reader.integer(name);
    }
  }
  reader.finish();
  return event;
}

std::vector<std::int64_t> parse_ids(const std::vector<json>& values, const std::string& place, ParseError& error) {
  std::vector<std::int64_t> ids;
  for (const json& value : values) ids.push_back(integer_of(value, place, error));
  return ids;
}

std::vector<BookLevel> parse_levels(const std::vector<json>& values, const std::string& place, ParseError& error) {
  std::vector<BookLevel> levels;
  for (const json& value : values) {
    if (!value.is_array() || value.size() != 3) {
      error.report(place, "a level is [px, qty, orders]");
      return levels;
    }
    levels.push_back(
        {integer_of(value[0], place, error), integer_of(value[1], place, error), integer_of(value[2], place, error)});
  }
  return levels;
}

/// Calls `each(key, value)` for the entries of an object field, if there is one.
template <typename Each>
void for_each_entry(ObjectReader& reader, const std::string& name, Each&& each) {
  const json* object = reader.field(name);
  if (object == nullptr) return;
  if (!object->is_object()) return reader.fail("field '" + name + "' is not an object");
  for (const auto& [key, value] : object->items()) each(key, value);
}

void parse_state(ObjectReader& reader, Step& step) {
  for_each_entry(reader, "book", [&](const std::string& symbol, const json& value) {
    ObjectReader sides(value, reader.place() + ".book." + symbol, reader.error());
    step.book[symbol].bids = parse_levels(sides.array("bids", true), sides.place(), reader.error());
    step.book[symbol].asks = parse_levels(sides.array("asks", true), sides.place(), reader.error());
    sides.finish();
  });
  for (const json& value : reader.array("queue", false)) {
    ObjectReader fields(value, reader.place() + ".queue", reader.error());
    QueueExpectation queue;
    queue.sym = fields.text("sym");
    queue.side = fields.choice<Side>("side", kSideNames, std::nullopt);
    queue.px = fields.integer("px");
    queue.ids = parse_ids(fields.array("ids", true), fields.place(), reader.error());
    fields.finish();
    step.queue.push_back(queue);
  }
  for_each_entry(reader, "pos", [&](const std::string& account, const json& value) {
    if (!value.is_object()) return reader.fail("pos of '" + account + "' is not an object");
    for (const auto& [symbol, net] : value.items())
      step.pos[account][symbol] = integer_of(net, reader.place() + ".pos", reader.error());
  });
  if (reader.field("stops") != nullptr)
    step.stops = parse_ids(reader.array("stops", true), reader.place() + ".stops", reader.error());
}

Scenario parse_scenario(const json& value, const std::string& place, ParseError& error) {
  ObjectReader reader(value, place, error);
  Scenario scenario;
  scenario.id = reader.text("id");
  scenario.title = reader.optional_text("title").value_or("");
  scenario.kind = reader.optional_text("kind").value_or("");
  for (const json& rule : reader.array("rules", false)) {
    if (!rule.is_string()) reader.fail("a rule is not a string");
  }
  reader.optional_text("source");
  if (const json* config = reader.field("config")) scenario.config = parse_config(*config, place + ".config", error);
  for (const json& element : reader.array("steps", true)) {
    const std::string step_place = place + " step " + std::to_string(scenario.steps.size() + 1);
    ObjectReader fields(element, step_place, error);
    Step step;
    step.op = parse_op(fields, scenario.config);
    for (const json& event : fields.array("expect", true))
      step.expect.push_back(parse_event(event, step_place + ".expect", error));
    parse_state(fields, step);
    fields.finish();
    scenario.steps.push_back(std::move(step));
  }
  if (scenario.steps.empty()) reader.fail("no steps");
  reader.finish();
  return scenario;
}

}  // namespace

Result<std::vector<Scenario>> parse_scenarios(std::string_view text) {
  std::vector<Scenario> scenarios;
  std::set<std::string> ids;
  std::size_t line_number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++line_number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    ParseError error;
    const std::string place = "line " + std::to_string(line_number);
    const json value = json::parse(line, nullptr, false);
    if (value.is_discarded()) return Error{ErrorCode::kInvalidArgument, place + ": not JSON"};
    Scenario scenario = parse_scenario(value, place, error);
    if (!ids.insert(scenario.id).second) error.report(place, "scenario id '" + scenario.id + "' is used twice");
    if (error.any()) return Error{ErrorCode::kInvalidArgument, error.text};
    scenarios.push_back(std::move(scenario));
  }
  if (scenarios.empty()) return Error{ErrorCode::kInvalidArgument, "no scenario at all"};
  return scenarios;
}

}  // namespace sluice::scenario
