#include "base/slot_index.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace sluice::core {
namespace {

TEST(SlotIndex, AgreesWithAMapThroughInsertsErasuresAndGrowth) {
  std::mt19937_64 chance(11);
  std::map<std::uint32_t, std::uint64_t> model;  // slot → hash
  SlotIndex index(4);
  for (std::uint32_t step = 0; step < 20'000; ++step) {
    const std::uint32_t slot = static_cast<std::uint32_t>(chance() % 300);
    // Few distinct hashes: long runs of collisions are what deletion must survive.
    const std::uint64_t hash = mix_words(slot % 40);
    if (model.contains(slot)) {
      index.erase(model.at(slot), slot);
      model.erase(slot);
    } else {
      index.insert(hash, slot);
      model.emplace(slot, hash);
    }
    const std::uint32_t probe = static_cast<std::uint32_t>(chance() % 300);
    const std::uint32_t found =
        index.find(mix_words(probe % 40), [&](std::uint32_t candidate) { return candidate == probe; });
    ASSERT_EQ(found == probe, model.contains(probe));
    ASSERT_EQ(index.size(), model.size());
  }
}

TEST(SlotIndex, TheSlotAtHomeIsTheOnlyOneOfItsHash) {
  SlotIndex index(4);
  EXPECT_EQ(index.at_home(mix_words(7)), kNoSlot);
  index.insert(mix_words(7), 3);
  EXPECT_EQ(index.at_home(mix_words(7)), 3u);
  index.erase(mix_words(7), 3);
  EXPECT_EQ(index.at_home(mix_words(7)), kNoSlot);
}

}  // namespace
}  // namespace sluice::core
