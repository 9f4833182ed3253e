#include "bench/core_flow.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "base/invariant.h"
#include "engine/core/state.h"

namespace sluice::bench {

namespace {

/// Ids are dense from 1, in order of arrival.
std::size_t largest_id(const BookFlow& flow) {
  std::int64_t largest = 0;
  for (const auto* commands : {&flow.opening, &flow.commands})
    for (const BookCommand& command : *commands) largest = std::max(largest, command.id);
  return static_cast<std::size_t>(largest);
}

ClientOrderId client_id(std::int64_t id) {
  std::array<char, 20> text{'o', '-'};
  const auto end = std::to_chars(text.data() + 2, text.data() + text.size(), id).ptr;
  return *ClientOrderId::from({text.data(), static_cast<std::size_t>(end - text.data())});
}

/// Every limit there is, far from what the flow does: each is looked at, none refuses.
LimitChanges wide_limits() {
  LimitChanges changes{};
  const auto set = [&](LimitKind kind, std::int64_t value) {
    changes[static_cast<std::size_t>(kind)] = {LimitAction::kSet, value};
  };
  constexpr std::int64_t kFar = std::int64_t{1} << 50;
  for (const LimitKind kind : {LimitKind::kMaxOrderQuantity, LimitKind::kMaxOrderNotional, LimitKind::kMaxOpenOrders,
                               LimitKind::kMaxPosition, LimitKind::kMaxOpenNotional, LimitKind::kMaxOrdersPerSecond})
    set(kind, kFar);
  set(LimitKind::kPriceBandBps, 9'000);
  return changes;
}

void execute(core::Engine& engine, core::KillLatch& latch, Answer& answer, CommandFrame frame, Nanos at) {
  frame.sequence = CmdSequence{engine.cmd_sequence().value() + 1};
  frame.broker_time = at;
  engine.execute(frame, latch, answer);
  for (const Outcome& outcome : answer.outcomes) INVARIANT(outcome.code == OutcomeCode::kExecuted);
}

}  // namespace

CoreFlow::CoreFlow(const FlowOptions& options, const BookFlow& flow)
    : options_(options), flow_(flow), books_(options.books, static_cast<std::uint32_t>(flow.resting_max + 16)) {
  fills_.filled.resize(largest_id(flow) + 1);
}

Genesis CoreFlow::genesis() {
  Genesis genesis;
  genesis.deployment = Uuid{7, 7};
  genesis.key_window = Nanos{kNanosPerSecond};
  return genesis;
}

std::unique_ptr<core::Engine> CoreFlow::engine(core::Capacity capacity, core::KillLatch& latch, Answer& answer) {
  auto engine = std::make_unique<core::Engine>(genesis(), capacity);
  std::vector<ControlCommand> controls;
  const auto add = [&](ControlCommandBody body) {
    const CommandId id = make_uuid7(static_cast<std::uint64_t>(kStart.value() / kNanosPerMilli), 1, ++commands_);
    controls.push_back({id, *Principal::from("bench"), std::move(body)});
  };
  for (std::uint16_t book = 0; book < options_.books; ++book) {
    DefineInstrument instrument;
    instrument.symbol = *Name::from("S" + std::to_string(book));
    add(instrument);
  }
  for (std::uint32_t account = 0; account < kAccounts; ++account) {
    const Name name = *Name::from("A" + std::to_string(account));
    add(RegisterAccount{name});
    add(SetLimits{name, wide_limits()});
  }
  CommandFrame frame;
  frame.frame_class = FrameClass::kReference;
  frame.controls = controls;
  execute(*engine, latch, answer, frame, kStart);
  return engine;
}

void CoreFlow::open(core::Engine& engine, core::KillLatch& latch, Answer& answer) {
  std::vector<OrderCommand> orders;
  for (const BookCommand& command : flow_.opening) {
    orders.push_back(command_of(command, kStart));
    if (orders.size() < kFrame && &command != &flow_.opening.back()) continue;
    CommandFrame frame;
    frame.orders = orders;
    execute(engine, latch, answer, frame, kStart);
    orders.clear();
  }
}

void CoreFlow::next(std::size_t count, Nanos at, std::vector<OrderCommand>& orders) {
  orders.clear();
  for (; orders.size() < count && !ended(); ++next_) orders.push_back(command_of(flow_.commands[next_], at));
}

OrderCommand CoreFlow::command_of(const BookCommand& from, Nanos at) {
  OrderCommand to;
  to.command_id = make_uuid7(static_cast<std::uint64_t>(at.value() / kNanosPerMilli), 0, ++commands_);
  to.account = AccountId{static_cast<std::uint32_t>(from.id % kAccounts) + 1};
  to.instrument = InstrumentId{from.book + 1u};
  switch (from.action) {
    case BookAction::kNew:
    case BookAction::kIoc:
      to.kind = OrderCommandKind::kSubmit;
      to.type = OrderType::kLimit;
      to.tif = from.action == BookAction::kIoc ? TimeInForce::kIoc : TimeInForce::kGtc;
      to.side = from.side;
      to.price = Price{from.price};
      to.quantity = Quantity{from.quantity};
      to.client_order_id = client_id(from.id);
      break;
    case BookAction::kCancel:
      to.kind = OrderCommandKind::kCancel;
      to.client_order_id = client_id(from.id);
      break;
    case BookAction::kReplace:
      to.kind = OrderCommandKind::kReplace;
      to.order_id = make_order_id(genesis().shard, static_cast<std::uint64_t>(from.id));
      to.fields = kFieldPrice | kFieldQuantity;
      to.price = Price{from.price};
      to.quantity = Quantity{fills_.filled[static_cast<std::size_t>(from.id)] + from.quantity};
      break;
  }
  perform(books_[from.book], from, fills_);
  return to;
}

std::uint64_t CoreFlow::hash_of(const core::Engine& engine, std::uint16_t books) {
  const core::OrderStore& orders = engine.state().orders();
  std::uint64_t hash = 0;
  for (std::uint16_t number = 0; number < books; ++number) {
    const core::OrderBook& book = engine.state().instrument(InstrumentId{number + 1u})->book;
    hash = hash_of_book(hash, book, [&](core::OrderIndex at) -> const core::BookNode& { return orders.node(at); });
  }
  return hash;
}

}  // namespace sluice::bench
