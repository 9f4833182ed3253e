#include "engine/snapshot_store.h"

#include <gtest/gtest.h>

#include <fstream>

#include "engine/core/engine.h"
#include "engine/emergency_file.h"
#include "support/process.h"

namespace sluice::engine {
namespace {

class SnapshotStoreTest : public testing::Test {
 protected:
  static eventlog::Snapshot snapshot(std::uint64_t cmd_sequence) {
    const core::Engine engine(Genesis{}, {.orders = 16, .keys = 16});
    eventlog::Snapshot made{.checkpoint = {}, .state_hash = engine.state_hash(), .image = engine.image()};
    made.checkpoint.cmd_sequence = CmdSequence{cmd_sequence};
    return made;
  }
  /// Command sequence of the newest snapshot that can be read; 0 if there is none.
  std::uint64_t newest() {
    skipped_.clear();
    const auto found =
        store_.newest([](const eventlog::Snapshot&) { return ok_status(); },
                      [this](const std::string& path, const Error& why) { skipped_.emplace_back(path, why.code); });
    return found ? found->checkpoint.cmd_sequence.value() : 0;
  }

  test::TempDir dir_;
  SnapshotStore store_{dir_.path() / "snapshots"};
  std::vector<std::pair<std::string, ErrorCode>> skipped_;
};

TEST_F(SnapshotStoreTest, KeepsTheNewestThree) {
  // 9 and 10: names sort as numbers.
  for (const std::uint64_t sequence : {8u, 9u, 10u, 11u, 100u}) ASSERT_TRUE(store_.save(snapshot(sequence)).ok());
  EXPECT_EQ(store_.list().size(), SnapshotStore::kKept);
  EXPECT_EQ(newest(), 100u);
  EXPECT_NE(store_.list().back().filename().string().find("10.snapshot"), std::string::npos);
}

TEST_F(SnapshotStoreTest, EmptyHasNone) {
  EXPECT_EQ(newest(), 0u);
  EXPECT_TRUE(skipped_.empty());
}

TEST_F(SnapshotStoreTest, DamagedOnesAreSkippedAndNamed) {
  for (const std::uint64_t sequence : {1u, 2u, 3u}) ASSERT_TRUE(store_.save(snapshot(sequence)).ok());
  const auto files = store_.list();
  std::filesystem::resize_file(files[0], std::filesystem::file_size(files[0]) / 2);
  std::fstream(files[1], std::ios::in | std::ios::out | std::ios::binary).seekp(60).put('!');
  EXPECT_EQ(newest(), 1u);
  ASSERT_EQ(skipped_.size(), 2u);
  EXPECT_EQ(skipped_[0], std::pair(files[0].string(), ErrorCode::kCorrupt));
  EXPECT_EQ(skipped_[1], std::pair(files[1].string(), ErrorCode::kCorrupt));
}

TEST_F(SnapshotStoreTest, EveryTruncationIsRecognised) {
  ASSERT_TRUE(store_.save(snapshot(1)).ok());
  const auto file = store_.list().front();
  for (auto size = std::filesystem::file_size(file); size-- > 0;) {
    std::filesystem::resize_file(file, size);
    ASSERT_EQ(newest(), 0u) << size;
  }
}

TEST_F(SnapshotStoreTest, OneThatDoesNotFitIsPassedOver) {
  for (const std::uint64_t sequence : {1u, 2u}) ASSERT_TRUE(store_.save(snapshot(sequence)).ok());
  const auto found = store_.newest(
      [](const eventlog::Snapshot& s) {
        return s.checkpoint.cmd_sequence == CmdSequence{2} ? Status(Error{ErrorCode::kCorrupt, "no"}) : ok_status();
      },
      [](const std::string&, const Error&) {});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->checkpoint.cmd_sequence, CmdSequence{1});
}

TEST_F(SnapshotStoreTest, ATemporaryFileOfACrashIsNoSnapshot) {
  std::ofstream(dir_.path() / "snapshots" / "00000000000000000005.snapshot.tmp") << "half";
  EXPECT_EQ(newest(), 0u);
  EXPECT_TRUE(skipped_.empty());
}

}  // namespace
}  // namespace sluice::engine
