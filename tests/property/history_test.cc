// The tools themselves: a history survives its text, the same seed makes the same history, shrinking keeps the fault.
#include "tests/property/rapid.h"

namespace sluice::property {
namespace {

TEST(Histories, SurviveTheirText) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const History history = make_history(seed, {.extreme = 5}, 200);
    const auto read = parse_history(to_text(history));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(to_text(*read), to_text(history));
    EXPECT_EQ(read->world, history.world);
  }
}

TEST(Histories, ABrokenTextIsRefused) {
  for (const char* text : {"", "order qty=1\n", "world\nexplode\n", "world\norder qty=x\n", "world\norder qqty=1\n",
                           "world accounts=\n", "world\norder qty\n"})
    EXPECT_FALSE(parse_history(text).has_value()) << text;
  EXPECT_TRUE(parse_history("# why\nworld accounts=3\n\nwait value=5\n").has_value());
}

TEST(Histories, TheSameSeedMakesTheSameHistory) {
  EXPECT_EQ(to_text(make_history(7, {}, 100)), to_text(make_history(7, {}, 100)));
  EXPECT_NE(to_text(make_history(7, {}, 100)), to_text(make_history(8, {}, 100)));
}

// The fault here is a history's having two kills: the least of them has nothing else.
TEST(Histories, ShrinkToTheStepsThatMatter) {
  const auto kills = [](const History& history) {
    return std::count_if(history.steps.begin(), history.steps.end(),
                         [](const Step& step) { return step.kind == StepKind::kKill; });
  };
  rc::Shrinkable<History> least = shrinkable(make_history(3, {.kills = 10}, 200));
  for (bool found = true; found;) {
    found = false;
    for (auto smaller = least.shrinks(); auto next = smaller.next();) {
      if (kills(next->value()) < 2) continue;
      least = *next;
      found = true;
      break;
    }
  }
  EXPECT_EQ(least.value().steps.size(), 2u) << to_text(least.value());
}

}  // namespace
}  // namespace sluice::property
