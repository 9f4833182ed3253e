#include "engine/emergency_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/cmd_feed.h"
#include "support/process.h"

namespace sluice::engine {
namespace {

using test::CmdFeed;

class EmergencyFileTest : public testing::Test {
 protected:
  static eventlog::EmergencyKill kill(std::string_view key) {
    return {CmdFeed::kill(KillScope::kAccount, key), *Principal::from("alice")};
  }
  std::vector<std::string> keys_after_restart() {
    EmergencyFile file(path_);
    const Status loaded = file.load();
    EXPECT_TRUE(loaded.ok()) << loaded.error().message;
    std::vector<std::string> keys;
    for (const auto& k : file.kills()) keys.push_back(k.kill.key.str());
    return keys;
  }
  void flip_byte_at(std::streamoff at) {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(at);
    const char byte = static_cast<char>(file.get());
    file.seekp(at);
    file.put(static_cast<char>(byte ^ 1));
  }

  test::TempDir dir_;
  const std::filesystem::path path_ = dir_.path() / "emergency.kills";
};

using Keys = std::vector<std::string>;

TEST_F(EmergencyFileTest, NoFileIsNoKill) { EXPECT_EQ(keys_after_restart(), Keys{}); }

TEST_F(EmergencyFileTest, KillsSurviveARestartInTheirOrder) {
  EmergencyFile file(path_);
  ASSERT_TRUE(file.add(kill("A")).ok());
  ASSERT_TRUE(file.add(kill("B")).ok());
  EXPECT_EQ(keys_after_restart(), (Keys{"A", "B"}));
}

TEST_F(EmergencyFileTest, TheSameKillIsKeptOnce) {
  EmergencyFile file(path_);
  const auto same = kill("A");
  ASSERT_TRUE(file.add(same).ok());
  ASSERT_TRUE(file.add(same).ok());
  EXPECT_EQ(keys_after_restart(), Keys{"A"});
}

TEST_F(EmergencyFileTest, RemovedKillsDoNotComeBack) {
  EmergencyFile file(path_);
  const auto gone = kill("A");
  ASSERT_TRUE(file.add(gone).ok());
  ASSERT_TRUE(file.add(kill("B")).ok());
  ASSERT_TRUE(file.remove(gone.kill.kill_id).ok());
  EXPECT_TRUE(file.remove(gone.kill.kill_id).ok()) << "again is no error";
  EXPECT_EQ(keys_after_restart(), Keys{"B"});
}

// The file is replaced whole (written aside, synced, renamed), so no crash leaves a part of it: a short file is damage.
TEST_F(EmergencyFileTest, AShortFileIsDamageAndIsSaidAtEveryLength) {
  EmergencyFile file(path_);
  ASSERT_TRUE(file.add(kill("A")).ok());
  const auto whole = std::filesystem::file_size(path_);
  ASSERT_TRUE(file.add(kill("B")).ok());
  for (auto size = std::filesystem::file_size(path_) - 1; size > whole; size -= 7) {
    std::filesystem::resize_file(path_, size);
    EmergencyFile cut(path_);
    const Status loaded = cut.load();
    ASSERT_FALSE(loaded.ok()) << size;
    EXPECT_EQ(loaded.error().code, ErrorCode::kCorrupt) << size;
  }
}

TEST_F(EmergencyFileTest, AHalfWrittenReplacementDoesNotTouchTheFile) {
  EmergencyFile file(path_);
  ASSERT_TRUE(file.add(kill("A")).ok());
  std::ofstream(path_.string() + ".tmp", std::ios::binary) << "half";
  EXPECT_EQ(keys_after_restart(), Keys{"A"});
}

TEST_F(EmergencyFileTest, AChangedByteIsSaidBecauseAKillMayBeLost) {
  EmergencyFile file(path_);
  ASSERT_TRUE(file.add(kill("A")).ok());
  flip_byte_at(static_cast<std::streamoff>(std::filesystem::file_size(path_) - 1));
  EmergencyFile damaged(path_);
  const Status loaded = damaged.load();
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code, ErrorCode::kCorrupt);
  EXPECT_NE(loaded.error().message.find(path_.string()), std::string::npos) << "an operator must find it";
}

TEST_F(EmergencyFileTest, AKillThatComesBeforeTheFileIsReadJoinsThoseInIt) {
  {
    EmergencyFile earlier(path_);
    ASSERT_TRUE(earlier.add(kill("A")).ok());
  }
  EmergencyFile file(path_);
  ASSERT_TRUE(file.add(kill("B")).ok());
  ASSERT_TRUE(file.load().ok());
  EXPECT_EQ(file.kills().size(), 2u);
  EXPECT_EQ(keys_after_restart(), (Keys{"A", "B"}));
}

TEST_F(EmergencyFileTest, ADamagedFileIsNotReplacedByANewKill) {
  {
    EmergencyFile earlier(path_);
    ASSERT_TRUE(earlier.add(kill("A")).ok());
  }
  flip_byte_at(static_cast<std::streamoff>(std::filesystem::file_size(path_) - 1));
  EmergencyFile file(path_);
  const Status added = file.add(kill("B"));
  ASSERT_FALSE(added.ok());
  EXPECT_EQ(added.error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(EmergencyFile(path_).load().error().code, ErrorCode::kCorrupt) << "what it held must still be found";
}

TEST_F(EmergencyFileTest, EachChangeIsCountedAndNothingElse) {
  EmergencyFile file(path_);
  const auto one = kill("A");
  ASSERT_TRUE(file.add(one).ok());
  const std::uint64_t added = file.changes();
  ASSERT_TRUE(file.add(one).ok());
  ASSERT_TRUE(file.remove(kill("B").kill.kill_id).ok());
  EXPECT_EQ(file.changes(), added) << "nothing changed";
  ASSERT_TRUE(file.remove(one.kill.kill_id).ok());
  EXPECT_GT(file.changes(), added);
}

TEST_F(EmergencyFileTest, ADiskThatRefusesIsSaidAndTheKillIsKept) {
  EmergencyFile file(dir_.path() / "no such folder" / "emergency.kills");
  const Status added = file.add(kill("A"));
  ASSERT_FALSE(added.ok());
  EXPECT_EQ(added.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(file.kills().size(), 1u);
}

}  // namespace
}  // namespace sluice::engine
