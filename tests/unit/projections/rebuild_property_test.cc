// Properties over random flows through the real engine core: however the log is cut into batches and restarts, the rows
// are the same; and what the views say is what the engine's own state says.
#include <map>
#include <random>

#include "projections/views/book_view.h"
#include "projections/views/kill_switches_view.h"
#include "projections/views/positions_view.h"
#include "projections/views/reference_view.h"
#include "projector_fixture.h"

namespace sluice::projections {
namespace {

using test::RandomFlow;

class RebuildProperty : public ProjectorFixture, public testing::WithParamInterface<std::uint64_t> {};

TEST_P(RebuildProperty, KeptUpInAnyBatchesEqualsRebuiltFromNothing) {
  std::mt19937_64 chance(GetParam());
  RandomFlow flow(rig_, GetParam());
  for (int restart = 0; restart < 4; ++restart) {
    const auto process = start("kept_up", nullptr, 1 + chance() % 40);
    for (std::uint64_t steps = chance() % 40; steps > 0; --steps) flow.step();
    ASSERT_TRUE(caught_up(*process));
  }
  const auto kept_up = start("kept_up");
  const auto rebuilt = start("rebuilt");
  ASSERT_TRUE(caught_up(*kept_up));
  ASSERT_TRUE(caught_up(*rebuilt));
  const Digest a = kept_up->store->digest(ShardId{0}).value();
  const Digest b = rebuilt->store->digest(ShardId{0}).value();
  EXPECT_EQ(a.hash, b.hash);
  EXPECT_EQ(a.rows, b.rows);
}

using Queue = std::vector<std::pair<OrderId, Quantity>>;  // oldest first
using Books = std::map<std::tuple<InstrumentId, Side, Price>, Queue>;

Books books_of(const StateImage& image) {
  std::vector<OrderImage> orders = image.orders;
  std::sort(orders.begin(), orders.end(),
            [](const OrderImage& a, const OrderImage& b) { return a.priority < b.priority; });
  Books books;
  for (const OrderImage& order : orders) {
    books[{order.accepted.instrument, order.accepted.side, order.accepted.price}].emplace_back(order.accepted.order_id,
                                                                                               order.remaining);
  }
  return books;
}

Books books_of(const ReadView& view, const std::vector<InstrumentId>& instruments) {
  Books books;
  for (const InstrumentId instrument : instruments) {
    for (const Side side : {Side::kBuy, Side::kSell}) {
      book_view::list(view, ShardId{0}, instrument, side, [&](const BookRow& row) {
        books[{instrument, side, row.price}].emplace_back(row.order_id, row.shown);
        return true;
      });
    }
  }
  return books;
}

void expect_same_positions(const ReadView& view, const StateImage& image) {
  std::map<std::pair<AccountId, InstrumentId>, Quantity> seen;
  positions_view::list(view, ShardId{0}, AccountId{}, [&](const PositionRow& row) {
    EXPECT_EQ(row.net, row.bought - row.sold);
    seen[{row.account, row.instrument}] = row.net;
    return true;
  });
  std::map<std::pair<AccountId, InstrumentId>, Quantity> expected;
  for (const PositionImage& position : image.positions)
    expected[{position.account, position.instrument}] = position.holding.net;
  EXPECT_EQ(seen, expected);
  // The engine and the read models keep the same books.
  for (const PositionImage& position : image.positions) {
    positions_view::list(view, ShardId{0}, position.account, [&](const PositionRow& row) {
      if (row.instrument != position.instrument) return true;
      EXPECT_TRUE(value_of(row.cash) == position.holding.cash);
      EXPECT_TRUE(value_of(row.cost) == position.holding.cost);
      return false;
    });
  }
}

void expect_same_orders(const ReadView& view, const StateImage& image, const std::vector<AccountId>& accounts) {
  for (const OrderImage& order : image.orders) {
    const auto row = orders_view::find(view, order.accepted.order_id);
    ASSERT_TRUE(row.has_value());
    EXPECT_EQ(row->state, OrderState::kLive);
    EXPECT_EQ(row->filled, order.filled);
    EXPECT_EQ(row->remaining, order.remaining);
    EXPECT_EQ(row->quantity, order.accepted.quantity);
    EXPECT_EQ(row->price, order.accepted.price);
  }
  std::size_t live = 0, all = 0;
  for (const AccountId account : accounts) {
    orders_view::list(view, ShardId{0}, account, true, OrderId{}, [&](const OrderRow&) { return ++live > 0; });
    orders_view::list(view, ShardId{0}, account, false, OrderId{}, [&](const OrderRow&) { return ++all > 0; });
  }
  EXPECT_EQ(live, image.orders.size());
  EXPECT_EQ(all, image.counters.orders);
}

void expect_same_kills(const ReadView& view, const StateImage& image) {
  std::map<std::pair<KillScope, Name>, std::pair<KillId, bool>> seen, expected;
  kill_switches_view::list(view, ShardId{0}, [&](const KillSwitchRow& row) {
    seen[{row.scope, row.key}] = {row.kill_id, row.engaged};
    return true;
  });
  for (const KillImage& kill : image.kills) expected[{kill.scope, kill.key}] = {kill.newest.kill.kill_id, kill.engaged};
  EXPECT_EQ(seen, expected);
  std::vector<Uuid> open, requested;
  kill_switches_view::list_releases(view, ShardId{0}, [&](const ReleaseRow& row) {
    open.push_back(row.release_id);
    return true;
  });
  for (const ReleaseImage& release : image.releases) requested.push_back(release.requested.request.release_id);
  EXPECT_EQ(open, requested);
}

void expect_same_limits(const ReadView& view, const StateImage& image) {
  for (const LimitsImage& limits : image.limits) {
    const AccountRegistered& account = image.accounts.at(limits.account.value() - 1);
    const auto row = reference_view::find_account(view, ShardId{0}, account.name);
    ASSERT_TRUE(row.has_value());
    for (std::size_t kind = 0; kind < kLimitKinds; ++kind) {
      EXPECT_EQ(row->limits.has[kind], limits.values[kind].has_value());
      EXPECT_EQ(row->limits.values[kind], limits.values[kind].value_or(0));
    }
  }
}

TEST_P(RebuildProperty, ViewsSayWhatTheEngineSays) {
  RandomFlow flow(rig_, GetParam());
  const auto process = start();
  for (int part = 0; part < 4; ++part) {
    for (int i = 0; i < 40; ++i) flow.step();
    ASSERT_TRUE(caught_up(*process));
    const StateImage image = rig_.engine().image();
    const ReadView view = process->store->read();
    EXPECT_EQ(books_of(view, flow.instruments()), books_of(image));
    expect_same_orders(view, image, flow.accounts());
    expect_same_positions(view, image);
    expect_same_kills(view, image);
    expect_same_limits(view, image);
    for (const InstrumentImage& instrument : image.instruments) {
      EXPECT_EQ(book_view::last_price(view, ShardId{0}, instrument.defined.id), instrument.last_price);
    }
    ASSERT_TRUE(view.status().ok());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RebuildProperty, testing::Range<std::uint64_t>(1, 5));

}  // namespace
}  // namespace sluice::projections
