// Directory and KillBook: what the events of each shard say of names and kills.
#include <gtest/gtest.h>

#include <thread>

#include "command/directory.h"
#include "command/kill_book.h"
#include "probe.h"

namespace sluice::command {
namespace {

constexpr ShardId kZero{0};
constexpr ShardId kOne{1};

Name name(std::string_view text) { return *Name::from(text); }

Answer events(std::vector<ControlEventBody> bodies) {
  Answer answer;
  answer.log_time = Nanos{77};
  for (auto& body : bodies) answer.control_events.push_back({0, 0, std::move(body)});
  return answer;
}

InstrumentDefined defined(std::uint32_t id, std::string_view symbol, ShardId home) {
  DefineInstrument definition;
  definition.symbol = name(symbol);
  definition.home = home;
  return {InstrumentId{id}, definition};
}

TEST(DirectoryTest, IdsAreThoseOfTheShard) {
  Directory directory(2);
  directory.fold(kZero, events({AccountRegistered{AccountId{1}, name("A")}, AccountRegistered{AccountId{2}, name("B")},
                                StrategyRegistered{StrategyId{1}, name("mm")}}));
  directory.fold(kOne, events({AccountRegistered{AccountId{1}, name("B")}}));
  EXPECT_EQ(directory.account(kZero, name("B")), AccountId{2});
  EXPECT_EQ(directory.account(kOne, name("B")), AccountId{1});
  EXPECT_EQ(directory.account(kOne, name("A")), AccountId{}) << "not registered there yet";
  EXPECT_EQ(directory.account_name(kOne, AccountId{1}), "B");
  EXPECT_EQ(directory.strategy(kZero, name("mm")), StrategyId{1});
  EXPECT_EQ(directory.strategy_name(kZero, StrategyId{1}), "mm");
  EXPECT_EQ(directory.strategy(kOne, name("mm")), StrategyId{});
}

TEST(DirectoryTest, IdsThatWereNeverGivenHaveNoName) {
  Directory directory(1);
  directory.fold(kZero, events({AccountRegistered{AccountId{1}, name("A")}}));
  EXPECT_EQ(directory.account_name(kZero, AccountId{}), "");
  EXPECT_EQ(directory.account_name(kZero, AccountId{2}), "");
  EXPECT_EQ(directory.symbol(kZero, InstrumentId{1}), "");
}

TEST(DirectoryTest, AnInstrumentsHomeIsTheSameWhicheverShardSaysIt) {
  Directory directory(2);
  EXPECT_FALSE(directory.home_of(name("X")).has_value());
  directory.fold(kZero, events({defined(3, "X", kOne)}));
  EXPECT_EQ(directory.home_of(name("X")), kOne);
  EXPECT_EQ(directory.instrument_id(kOne, name("X")), InstrumentId{}) << "its home has not said so yet";
  directory.fold(kOne, events({defined(8, "X", kOne)}));
  EXPECT_EQ(directory.home_of(name("X")), kOne);
  EXPECT_EQ(directory.instrument_id(kOne, name("X")), InstrumentId{8});
  EXPECT_EQ(directory.symbol(kZero, InstrumentId{3}), "X");
}

TEST(DirectoryTest, NamesStayWhereTheyAreWhileOthersCome) {
  Directory directory(1);
  directory.fold(kZero, events({AccountRegistered{AccountId{1}, name("first")}}));
  const std::string_view kept = directory.account_name(kZero, AccountId{1});
  for (std::uint32_t id = 2; id < 5000; ++id)
    directory.fold(kZero, events({AccountRegistered{AccountId{id}, name("n" + std::to_string(id))}}));
  EXPECT_EQ(kept, "first");
  EXPECT_EQ(kept.data(), directory.account_name(kZero, AccountId{1}).data());
}

TEST(DirectoryTest, KnowsWhatAKillWouldCover) {
  Directory directory(2);
  directory.fold(kOne, events({AccountRegistered{AccountId{1}, name("A")}, StrategyRegistered{StrategyId{1}, name("S")},
                               defined(1, "X", kOne)}));
  EXPECT_TRUE(directory.knows(KillScope::kGlobal, Name{}));
  EXPECT_TRUE(directory.knows(KillScope::kAccount, name("A")));
  EXPECT_TRUE(directory.knows(KillScope::kSymbol, name("X")));
  EXPECT_TRUE(directory.knows(KillScope::kStrategy, name("S")));
  EXPECT_FALSE(directory.knows(KillScope::kAccount, name("X"))) << "a symbol is no account";
  EXPECT_FALSE(directory.knows(KillScope::kSymbol, name("S")));
  EXPECT_FALSE(directory.knows(KillScope::kStrategy, name("A")));
}

class KillBookTest : public testing::Test {
 protected:
  static KillSwitchEngaged engaged(std::uint64_t id, std::string_view account, std::uint64_t cancelled = 0) {
    KillSwitchEngaged event;
    event.kill.kill_id = {id, id};
    event.kill.scope = KillScope::kAccount;
    event.kill.key = name(account);
    event.orders_cancelled = cancelled;
    return event;
  }
  static ReleaseRequested requested(std::uint64_t release, std::uint64_t kill, std::string_view account) {
    RequestRelease request;
    request.release_id = {release, release};
    request.scope = KillScope::kAccount;
    request.key = name(account);
    request.kill_id = {kill, kill};
    return {request, *Principal::from("alice")};
  }
  static KillSwitchReleased released(std::uint64_t release, std::string_view account) {
    KillSwitchReleased event;
    event.release_id = {release, release};
    event.scope = KillScope::kAccount;
    event.key = name(account);
    return event;
  }
  void fold(ShardId shard, ControlEventBody body, std::uint64_t sequence) {
    Sha256 chain{};
    chain[0] = 0xab;
    book_.fold(shard, events({std::move(body)}), EvtSequence{sequence}, chain);
  }
  std::optional<KillState> state(std::string_view account) {
    return book_.state(kZero, KillScope::kAccount, name(account));
  }

  KillBook book_{2};
};

TEST_F(KillBookTest, ARecordSaysWhereTheShardRecordsTheKill) {
  EXPECT_FALSE(book_.record(kZero, {1, 1}).has_value());
  fold(kZero, engaged(1, "A", 12), 40);
  const auto record = book_.record(kZero, {1, 1});
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->sequence.value(), 40u);
  EXPECT_EQ(record->orders_cancelled, 12u);
  EXPECT_EQ(record->chain, "ab" + std::string(62, '0'));
  EXPECT_FALSE(book_.record(kOne, {1, 1}).has_value());
}

TEST_F(KillBookTest, ANewerKillOfTheScopeMakesOpenReleasesSuperseded) {
  fold(kZero, engaged(1, "A"), 40);
  fold(kZero, requested(5, 1, "A"), 41);
  ASSERT_EQ(state("A")->open_releases.size(), 1u);
  EXPECT_EQ(state("A")->open_releases.front().request.release_id, (Uuid{5, 5}));
  fold(kZero, engaged(2, "A"), 42);
  EXPECT_TRUE(state("A")->open_releases.empty());
  EXPECT_EQ(state("A")->newest.kill.kill_id, (Uuid{2, 2}));
  EXPECT_EQ(state("A")->sequence.value(), 42u);
  EXPECT_EQ(state("A")->since, Nanos{77});
  EXPECT_TRUE(book_.record(kZero, {1, 1}).has_value()) << "the older kill stays on record";
}

TEST_F(KillBookTest, AReleaseEndsItsScopeOnly) {
  fold(kZero, engaged(1, "A"), 40);
  fold(kZero, engaged(2, "B"), 41);
  fold(kZero, requested(5, 1, "A"), 42);
  fold(kZero, requested(6, 1, "A"), 43);
  fold(kZero, released(5, "A"), 44);
  EXPECT_FALSE(state("A")->engaged);
  EXPECT_TRUE(state("A")->open_releases.empty()) << "the other one asks for a kill that is lifted";
  EXPECT_TRUE(book_.released(kZero, {5, 5}));
  EXPECT_FALSE(book_.released(kZero, {6, 6}));
  EXPECT_FALSE(book_.released(kOne, {5, 5}));
  EXPECT_TRUE(state("B")->engaged);
  EXPECT_EQ(book_.states(kZero).size(), 2u);
  EXPECT_TRUE(book_.states(kOne).empty());
  fold(kZero, engaged(3, "A"), 45);
  EXPECT_FALSE(book_.released(kZero, {5, 5})) << "a newer kill holds";
}

TEST_F(KillBookTest, TheStrictestModeSinceTheScopeWasOpenHolds) {
  const auto engage = [this](std::uint64_t id, KillMode mode) {
    KillSwitchEngaged event = engaged(id, "A");
    event.kill.mode = mode;
    fold(kZero, event, 40 + id);
    return state("A")->mode;
  };
  EXPECT_EQ(engage(1, KillMode::kReduceOnly), KillMode::kReduceOnly);
  EXPECT_EQ(engage(2, KillMode::kBlockAndCancel), KillMode::kBlockAndCancel);
  EXPECT_EQ(engage(3, KillMode::kBlockOnly), KillMode::kBlockAndCancel) << "a weaker one does not soften it";
  fold(kZero, released(5, "A"), 50);
  EXPECT_EQ(engage(4, KillMode::kBlockOnly), KillMode::kBlockOnly) << "it begins anew";
}

TEST_F(KillBookTest, WaitingEndsWhenTheLastShardRecordsTheKill) {
  fold(kZero, engaged(1, "A"), 40);
  EXPECT_FALSE(book_.wait_recorded({1, 1}, test::long_ago())) << "one shard is missing";
  std::atomic<bool> recorded{false};
  std::thread waiting([&] { recorded = book_.wait_recorded({1, 1}, test::in_an_hour()); });
  fold(kOne, engaged(2, "A"), 50);  // another kill
  fold(kOne, engaged(1, "A"), 51);
  waiting.join();
  EXPECT_TRUE(recorded);
}

}  // namespace
}  // namespace sluice::command
