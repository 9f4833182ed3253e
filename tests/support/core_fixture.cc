#include "tests/support/core_fixture.h"

#include <gtest/gtest.h>

#include <utility>

namespace sluice::core {

Name name(std::string_view text) { return *Name::from(text); }
Principal principal(std::string_view text) { return *Principal::from(text); }
ClientOrderId client_id(std::string_view text) { return *ClientOrderId::from(text); }

Genesis CoreFixture::default_genesis() {
  Genesis genesis;
  genesis.deployment = Uuid{7, 7};
  return genesis;
}

CoreFixture::CoreFixture(Genesis genesis, Capacity capacity)
    : genesis_(genesis),
      capacity_(capacity),
      engine_(std::make_unique<Engine>(genesis, capacity)),
      replica_(std::make_unique<Engine>(genesis, capacity)) {}

void CoreFixture::register_usual() {
  for (const char* text : {"A", "B", "C"}) account(text);
  for (const char* text : {"mm", "arb"}) strategy(text);
  for (const char* text : {"X", "Y"}) instrument(text);
}

AccountId CoreFixture::account(std::string_view text) {
  control("operator", RegisterAccount{name(text)});
  return state().account_named(name(text));
}

StrategyId CoreFixture::strategy(std::string_view text) {
  control("operator", RegisterStrategy{name(text)});
  return state().strategy_named(name(text));
}

InstrumentId CoreFixture::instrument(std::string_view symbol, std::int64_t tick, std::int64_t lot) {
  DefineInstrument definition;
  definition.symbol = name(symbol);
  definition.home = genesis_.shard;
  definition.tick = Price{tick};
  definition.lot = Quantity{lot};
  control("operator", definition);
  return state().instrument_named(name(symbol));
}

CommandId CoreFixture::fresh_id() { return make_uuid7(static_cast<std::uint64_t>(now_millis_), 0, ++ids_); }

CommandFrame CoreFixture::next_frame(FrameClass frame_class) const {
  CommandFrame frame;
  frame.sequence = CmdSequence{engine_->cmd_sequence().value() + 1};
  frame.broker_time = now();
  frame.frame_class = frame_class;
  return frame;
}

const Answer& CoreFixture::after_answer() {
  const Answer& answer = log_.back();
  for (const OrderEvent& event : answer.order_events) client_ids_.emplace(event.order_id, event.client_order_id.str());
  const Status applied = replica_->apply(answer);
  EXPECT_TRUE(applied.ok()) << applied.error().message;
  if (log_.size() % compare_every_ == 0) {
    EXPECT_EQ(replica_->state_hash(), engine_->state_hash());
    EXPECT_EQ(replica_->trading_hash(), engine_->trading_hash());
    engine_->state().check();
  }
  return answer;
}

const Answer& CoreFixture::send(const std::vector<OrderCommand>& commands) {
  CommandFrame frame = next_frame(FrameClass::kOrders);
  frame.orders = commands;
  engine_->execute(frame, latch_, log_.emplace_back());
  EXPECT_EQ(log_.back().outcomes.size(), commands.size());
  return after_answer();
}

const Answer& CoreFixture::control(const std::vector<ControlCommand>& commands) {
  CommandFrame frame = next_frame(FrameClass::kControl);
  frame.controls = commands;
  engine_->execute(frame, latch_, log_.emplace_back());
  EXPECT_EQ(log_.back().outcomes.size(), commands.size());
  return after_answer();
}

const Answer& CoreFixture::control(std::string_view by, ControlCommandBody body) {
  return control({{.command_id = fresh_id(), .principal = principal(by), .body = std::move(body)}});
}

const Answer& CoreFixture::reject_frame(FrameFault fault) {
  engine_->reject_frame(next_frame(FrameClass::kOrders), fault, log_.emplace_back());
  return after_answer();
}

bool CoreFixture::latch_idle(const EngageKillSwitch& kill, std::string_view by) {
  Answer answer;
  if (!engine_->engage({kill, principal(by)}, answer)) return false;
  log_.push_back(answer);
  after_answer();
  return true;
}

void CoreFixture::restore_from_image() {
  auto restored = Engine::restore(engine_->image(), capacity_);
  ASSERT_TRUE(restored.ok()) << restored.error().message;
  EXPECT_EQ(restored.value()->state_hash(), engine_->state_hash());
  engine_ = std::move(restored).value();
}

std::unique_ptr<Engine> CoreFixture::replayed() const {
  auto engine = std::make_unique<Engine>(genesis_, capacity_);
  for (const Answer& answer : log_) EXPECT_TRUE(engine->apply(answer).ok());
  return engine;
}

OrderCommand limit(CoreFixture& core, AccountId account, std::string_view id, Side side, std::int64_t price,
                   std::int64_t quantity) {
  OrderCommand command;
  command.command_id = core.fresh_id();
  command.kind = OrderCommandKind::kSubmit;
  command.account = account;
  command.instrument = InstrumentId{1};
  command.client_order_id = client_id(id);
  command.type = OrderType::kLimit;
  command.tif = TimeInForce::kGtc;
  command.side = side;
  command.price = Price{price};
  command.quantity = Quantity{quantity};
  return command;
}

OrderCommand market(CoreFixture& core, AccountId account, std::string_view id, Side side, std::int64_t quantity) {
  OrderCommand command = limit(core, account, id, side, 0, quantity);
  command.type = OrderType::kMarket;
  return command;
}

OrderCommand cancel(CoreFixture& core, AccountId account, std::string_view id) {
  OrderCommand command;
  command.command_id = core.fresh_id();
  command.kind = OrderCommandKind::kCancel;
  command.account = account;
  command.instrument = InstrumentId{1};
  command.client_order_id = client_id(id);
  return command;
}

OrderCommand replace(CoreFixture& core, AccountId account, std::string_view id, std::optional<std::int64_t> price,
                     std::optional<std::int64_t> quantity) {
  OrderCommand command = cancel(core, account, id);
  command.kind = OrderCommandKind::kReplace;
  command.price = Price{price.value_or(0)};
  command.quantity = Quantity{quantity.value_or(0)};
  command.fields = static_cast<std::uint8_t>((price ? kFieldPrice : 0) | (quantity ? kFieldQuantity : 0));
  return command;
}

EngageKillSwitch kill(CoreFixture& core, KillScope scope, std::string_view key) {
  EngageKillSwitch command;
  command.kill_id = core.fresh_id();
  command.scope = scope;
  command.key = name(key);
  return command;
}

std::vector<std::string> order_events(const Answer& answer, const CoreFixture& core) {
  const auto number = [](auto value) { return std::to_string(value.value()); };
  std::vector<std::string> texts;
  for (const OrderEvent& event : answer.order_events) {
    const std::string order = core.client_id_of(event.order_id);
    switch (event.kind) {
      case OrderEventKind::kAccepted:
        texts.push_back("accepted " + order + " " + number(event.quantity) + "@" + number(event.price));
        break;
      case OrderEventKind::kTraded:
        texts.push_back("traded " + order + "/" + core.client_id_of(event.other_order_id) + " " +
                        number(event.quantity) + "@" + number(event.price) + " left " + number(event.remaining) + "/" +
                        number(event.other_remaining));
        break;
      case OrderEventKind::kCancelled:
        texts.push_back("cancelled " + order + " " + number(event.quantity) + " " + std::string(name_of(event.reason)));
        break;
      case OrderEventKind::kReplaced:
        texts.push_back("replaced " + order + " " + number(event.quantity) + "@" + number(event.price) + " left " +
                        number(event.remaining));
        break;
      case OrderEventKind::kDecremented: texts.push_back("decremented " + order + " " + number(event.quantity)); break;
      case OrderEventKind::kTriggered: texts.push_back("triggered " + order); break;
    }
  }
  return texts;
}

RejectReason reason(const Answer& answer) {
  EXPECT_EQ(answer.outcomes.size(), 1u);
  return answer.outcomes.front().reason;
}

}  // namespace sluice::core
