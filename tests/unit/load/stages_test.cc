// Ways between stages of a sampled command.
#include "cli/load/stages.h"

#include <gtest/gtest.h>

namespace sluice::load {
namespace {

std::map<std::string, std::uint64_t> nanos_of(const StageTally& tally) {
  std::map<std::string, std::uint64_t> found;
  for (const StageInterval& way : tally.intervals) {
    if (way.nanos.count() > 0) found[way.name] = way.nanos.max();
  }
  return found;
}

StageSample sample() {
  StageSample sample{0, Nanos{1'000}, Nanos{2'000}, {}};
  sample.times.set_received_unix_nanos(1'010);
  sample.times.set_framed_unix_nanos(1'030);
  sample.times.set_acknowledged_unix_nanos(1'100);
  sample.times.set_answered_unix_nanos(1'900);
  return sample;
}

TEST(Stages, AWayIsCountedWhereBothEndsAreKnown) {
  StageTally tally = new_stage_tally();
  add_stages(tally, sample());
  EXPECT_EQ(nanos_of(tally), (std::map<std::string, std::uint64_t>{{"intended -> received", 10},
                                                                   {"received -> framed", 20},
                                                                   {"framed -> acknowledged", 70},
                                                                   {"executed -> answered", 800},
                                                                   {"answered -> client", 100}}));
  EXPECT_EQ(tally.complete, 0u) << "the engine told nothing";
}

TEST(Stages, TheWholeWay) {
  StageSample whole = sample();
  whole.times.set_engine_in_unix_nanos(1'090);  // before the acknowledgement was back
  whole.times.set_decided_unix_nanos(1'200);
  whole.times.set_event_acknowledged_unix_nanos(1'500);
  whole.times.set_executed_unix_nanos(1'600);
  whole.times.set_projected_unix_nanos(1'700);
  StageTally tally = new_stage_tally();
  add_stages(tally, whole);
  const auto found = nanos_of(tally);
  EXPECT_EQ(found.size(), tally.intervals.size());
  EXPECT_EQ(found.at("acknowledged -> engine in"), 0u);
  EXPECT_EQ(tally.intervals[3].negative, 1u) << "and it is said";
  EXPECT_EQ(found.at("engine in -> decided"), 110u);
  EXPECT_EQ(found.at("executed -> answered"), 300u);
  EXPECT_EQ(found.at("event acknowledged -> projected"), 200u);
  EXPECT_EQ(tally.complete, 1u);
}

TEST(Stages, WithoutServicesSamplesCountWithWhatTheReceiptSays) {
  StageCollector collector({});
  collector.sampled(sample());
  const StageTally tally = collector.stop();
  EXPECT_EQ(tally.sampled, 1u);
  EXPECT_EQ(nanos_of(tally).size(), 5u);
}

}  // namespace
}  // namespace sluice::load
