#include "tests/property/property_run.h"

#include <gtest/gtest.h>

namespace sluice::property {

using core::CoreFixture;

PropertyRun::PropertyRun(const RunOptions& options)
    : options_(options),
      flow_(options.seed, options.mix),
      core_(CoreFixture::default_genesis(), {.orders = 1024, .keys = 1u << 14}),
      chance_(options.seed ^ 0x5eed) {
  core_.compare_every(16);
  for (std::uint32_t i = 1; i <= kAccounts; ++i) core_.account("A" + std::to_string(i));
  for (std::uint32_t i = 1; i <= kStrategies; ++i) core_.strategy("S" + std::to_string(i));
  for (std::uint32_t i = 1; i <= kInstruments; ++i) core_.instrument("I" + std::to_string(i));
  for (const Answer& answer : core_.log()) checker_.read(answer);
}

void PropertyRun::run() {
  for (std::size_t i = 0; i < options_.steps && !testing::Test::HasFailure(); ++i) {
    std::visit([this](const auto& step) { perform(step); }, flow_.next());
  }
  flush();
  compare_books();
}

Name PropertyRun::name_of(const KillStep& step) const {
  const core::State& state = core_.state();
  switch (step.scope) {
    case KillScope::kGlobal: return Name{};
    case KillScope::kAccount: return state.account(AccountId{step.id})->registered.name;
    case KillScope::kSymbol: return state.instrument(InstrumentId{step.id})->defined.definition.symbol;
    case KillScope::kStrategy: return state.strategy(StrategyId{step.id})->registered.name;
  }
  return Name{};
}

void PropertyRun::perform(OrderCommand command) {
  const bool resend = chance_() % 40 == 0 && !sent_.empty();
  if (resend) {
    // A client that heard nothing sends again: the first outcome, no event, whatever has happened since.
    const std::size_t back = 1 + chance_() % std::min<std::size_t>(sent_.size(), 50);
    const auto& [again, first_reason] = sent_[sent_.size() - back];
    batch_.push_back(again);
    expected_reasons_.push_back(first_reason);
  }
  command.command_id = core_.fresh_id();
  batch_.push_back(command);
  expected_reasons_.push_back(reference_.perform(command, expected_events_));
  sent_.emplace_back(command, expected_reasons_.back());
  if (batch_.size() >= 1 + chance_() % options_.frame_max) flush();
}

void PropertyRun::perform(const KillStep& step) {
  flush();
  if (step.release) return release(step);
  const EngageKillSwitch command = core::kill(core_, step.scope, name_of(step).view());
  reference_.kill({step.scope, step.id}, expected_events_);
  if (step.by_latch) {
    latched_ = core_.latch().store({command, core::principal("officer")});
    EXPECT_TRUE(latched_);
    return;
  }
  const std::vector<std::string> expected = std::exchange(expected_events_, {});
  core_.control("officer", command);
  after_frame(expected);
}

void PropertyRun::release(const KillStep& step) {
  // A latched kill takes effect before the next command; an empty frame of the control class brings it.
  const std::vector<std::string> expected = std::exchange(expected_events_, {});
  core_.control("engine", Tick{});
  after_frame(expected);
  latched_ = false;
  const KillImage* scope = core_.state().kills().find(step.scope, name_of(step));
  ASSERT_NE(scope, nullptr);
  const bool engaged = scope->engaged;
  RequestRelease request;
  request.release_id = core_.fresh_id();
  request.scope = step.scope;
  request.key = name_of(step);
  request.kill_id = scope->newest.kill.kill_id;
  EXPECT_EQ(core::reason(core_.control("ann", request)), engaged ? RejectReason::kNone : RejectReason::kUnknownKill);
  after_frame({});
  EXPECT_EQ(core::reason(core_.control("bob", ApproveRelease{request.release_id, {}})),
            engaged ? RejectReason::kNone : RejectReason::kUnknownRelease);
  after_frame({});
  reference_.release({step.scope, step.id});
}

void PropertyRun::perform(const LimitStep& step) {
  flush();
  SetLimits limits;
  limits.account = core_.state().account(AccountId{step.account})->registered.name;
  limits.changes[static_cast<std::size_t>(step.kind)] = {step.value ? LimitAction::kSet : LimitAction::kLift,
                                                         step.value.value_or(0)};
  const std::vector<std::string> expected = std::exchange(expected_events_, {});
  EXPECT_EQ(core::reason(core_.control("officer", limits)), RejectReason::kNone);
  latched_ = false;
  reference_.set_limit(step.account, step.kind, step.value);
  after_frame(expected);
}

void PropertyRun::flush() {
  if (batch_.empty()) return;
  const std::vector<OrderCommand> commands = std::exchange(batch_, {});
  const std::vector<std::string> expected = std::exchange(expected_events_, {});
  const std::vector<RejectReason> reasons = std::exchange(expected_reasons_, {});
  const Hash128 before = core_.engine().trading_hash();
  const bool had_latch = std::exchange(latched_, false);
  const Answer& answer = core_.send(commands);
  bool any_executed = had_latch;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    EXPECT_EQ(sluice::name_of(answer.outcomes[i].reason), sluice::name_of(reasons[i]));
    EXPECT_EQ(answer.outcomes[i].command_id, commands[i].command_id);
    const bool changed = answer.outcomes[i].reason == RejectReason::kNone && answer.outcomes[i].flags == 0;
    any_executed = any_executed || changed;
  }
  if (!any_executed) {
    EXPECT_EQ(core_.engine().trading_hash(), before) << "refused and repeated commands change nothing";
  }
  after_frame(expected);
}

void PropertyRun::after_frame(const std::vector<std::string>& expected) {
  const std::vector<std::string> got = core::order_events(core_.last(), core_);
  EXPECT_EQ(got, expected) << "seed " << options_.seed << " frame " << frames_;
  all_events_.insert(all_events_.end(), got.begin(), got.end());
  checker_.read(core_.last());
  core_.advance_millis(1);
  if (++frames_ % 16 == 0 && expected_events_.empty()) compare_books();
  if (options_.restore_every != 0 && frames_ % options_.restore_every == 0) core_.restore_from_image();
}

void PropertyRun::compare_books() {
  if (!expected_events_.empty()) return;  // a latched kill is under way: the reference is ahead
  const core::State& state = core_.state();
  EXPECT_EQ(state.orders().size(), reference_.live().size());
  for (std::uint32_t instrument = 1; instrument <= kInstruments; ++instrument) {
    const core::OrderBook& book = state.instrument(InstrumentId{instrument})->book;
    EXPECT_FALSE(book.crossed());
    for (const Side side : {Side::kBuy, Side::kSell}) {
      for (std::int64_t price = kLowestPrice; price <= kHighestPrice; ++price) {
        std::vector<std::string> queue;
        const core::Level* level = book.find(side, Price{price});
        for (auto i = level == nullptr ? kNoSlot : level->head; i != kNoSlot; i = state.orders().node(i).next) {
          queue.push_back(state.orders()[i].accepted.client_order_id.str());
        }
        EXPECT_EQ(queue, reference_.queue(instrument, side, price));
        const std::int64_t shown = level == nullptr ? 0 : level->total.value();
        EXPECT_EQ(shown, reference_.shown(instrument, side, price)) << "R-ICE: what is hidden is in no level";
      }
    }
    for (std::uint32_t account = 1; account <= kAccounts; ++account) {
      EXPECT_EQ(state.position(AccountId{account}, InstrumentId{instrument}).value(),
                reference_.position(account, instrument));
    }
  }
}

}  // namespace sluice::property
