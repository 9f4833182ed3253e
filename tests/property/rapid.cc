#include "tests/property/rapid.h"

#include <cstdlib>

namespace sluice::property {

namespace {

std::uint64_t total_commands = 0;

/// Simpler steps in the place of one.
std::vector<Step> simpler(const Step& step) {
  std::vector<Step> found;
  const auto with = [&](auto&& change) {
    Step changed = step;
    change(changed);
    if (to_text(changed) != to_text(step)) found.push_back(changed);
  };
  with([](Step& s) { s.joins = false; });
  with([](Step& s) { s.stamp = s.valid = 0; });
  with([](Step& s) { s.order.strategy = {}; });
  with([](Step& s) { s.order.stp = SelfTradePrevention::kNone; });
  with([](Step& s) { s.order.display = {}; });
  with([](Step& s) { s.order.flags = 0; });
  with([](Step& s) { s.path = KillPath::kLog; });
  with([](Step& s) {
    if (s.order.quantity > Quantity{1}) s.order.quantity = Quantity{1};
  });
  with([](Step& s) { s.order.quantity = Quantity{s.order.quantity.value() / 2}; });
  with([](Step& s) {
    if (s.order.type != OrderType::kStop && s.order.type != OrderType::kStopLimit) return;
    s.order.type = s.order.type == OrderType::kStop ? OrderType::kMarket : OrderType::kLimit;
    s.order.stop_price = {};
  });
  with([](Step& s) {
    if (s.order.kind == OrderCommandKind::kSubmit) s.order.tif = TimeInForce::kGtc;
  });
  return found;
}

rc::Seq<History> shrinks_of(const History& history) {
  const auto with_steps = [world = history.world](std::vector<Step>&& steps) {
    return History{world, std::move(steps)};
  };
  auto fewer = rc::seq::map(rc::shrink::removeChunks(history.steps), with_steps);
  auto plainer = rc::seq::map(
      rc::shrink::eachElement(history.steps, [](const Step& step) { return rc::seq::fromContainer(simpler(step)); }),
      with_steps);
  return rc::seq::concat(std::move(fewer), std::move(plainer));
}

}  // namespace

rc::Shrinkable<History> shrinkable(History history) {
  return rc::shrinkable::shrinkRecur(std::move(history), &shrinks_of);
}

rc::Gen<History> histories(const Mix& mix, std::size_t steps_max) {
  return rc::Gen<History>([=](const rc::Random& random, int size) {
    rc::Random source = random;
    const std::size_t steps = 1 + steps_max * static_cast<std::size_t>(std::max(size, 1)) / 100;
    return shrinkable(make_history(source.next(), mix, steps));
  });
}

LogTotals check_histories(int runs, const Mix& mix, const RunOptions& options, std::size_t steps_max) {
  LogTotals totals;
  check_property(runs, [&] {
    const History history = *histories(mix, steps_max).as("history");
    const auto finding = find_fault(history, options, &totals);
    if (finding) RC_FAIL(to_text(*finding));
  });
  count_commands(totals.commands);
  return totals;
}

std::uint64_t at_least(std::uint64_t count) {
  const rc::detail::Configuration& configuration = rc::detail::configuration();
  if (!configuration.reproduce.empty()) return 0;
  return count * static_cast<std::uint64_t>(std::min(configuration.testParams.maxSuccess, 100)) / 100;
}

std::uint64_t commands_run() { return total_commands; }
void count_commands(std::uint64_t commands) { total_commands += commands; }

}  // namespace sluice::property
