// A file in the engine's folder and a signal to its process stop trade.
#include "engine/local_kills.h"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include "support/few_spans.h"
#include "support/process.h"

namespace sluice::engine {
namespace {

using test::eventually;

TEST(KillFile, EmptyStopsEverything) {
  const FileKill read = read_kill_file("");
  EXPECT_EQ(read.problem, "");
  EXPECT_EQ(read.kill.kill.scope, KillScope::kGlobal);
  EXPECT_EQ(read.kill.kill.mode, KillMode::kBlockAndCancel);
  EXPECT_FALSE(read.kill.kill.kill_id.is_nil());
}

TEST(KillFile, NamesScopeKeyModeReasonAndWho) {
  const FileKill read = read_kill_file(
      "# at the desk\nscope = account\nkey = \"ACME\"\nmode=block-only\n\nreason = runaway\nby = alice\n");
  EXPECT_EQ(read.problem, "");
  EXPECT_EQ(read.kill.kill.scope, KillScope::kAccount);
  EXPECT_EQ(read.kill.kill.key.view(), "ACME");
  EXPECT_EQ(read.kill.kill.mode, KillMode::kBlockOnly);
  EXPECT_EQ(read.kill.kill.reason.view(), "runaway");
  EXPECT_EQ(read.kill.by.view(), "alice");
}

TEST(KillFile, WhatCannotBeReadStopsEverything) {
  for (const char* text : {"scope = acount\nkey = A", "stop", "scope = account", "key = A", "mode = sometimes",
                           "scope = account\nkey = 123456789012345678901234567890123"}) {
    const FileKill read = read_kill_file(text);
    EXPECT_NE(read.problem, "") << text;
    EXPECT_EQ(read.kill.kill.scope, KillScope::kGlobal) << text;
    EXPECT_TRUE(read.kill.kill.key.empty()) << text;
  }
}

class Local : public testing::Test {
 protected:
  Local() { status_.role.store(Role::kOwner); }
  std::filesystem::path file() const { return dir_.path() / "kill"; }

  test::TempDir dir_;
  core::KillLatch latch_;
  runtime::Doorbell bell_;
  EmergencyFile emergency_{dir_.path() / "emergency.kills"};
  telemetry::Spans spans_{test::kFewSpans};
  EngineStatus status_{spans_};
  KillDesk desk_{latch_, bell_, emergency_, status_};
};

TEST_F(Local, AFileIsTakenOnceAndKeptUnderAnotherName) {
  const LocalKills local(dir_.path(), desk_);
  std::ofstream(dir_.path() / "new") << "scope = symbol\nkey = X\n";
  std::filesystem::rename(dir_.path() / "new", file());
  ASSERT_TRUE(eventually([&] { return emergency_.kills().size() == 1 && latch_.pending(); }));
  const core::LatchedKill kill = latch_.take();
  EXPECT_EQ(kill.kill.scope, KillScope::kSymbol);
  EXPECT_EQ(kill.kill.key.view(), "X");
  EXPECT_FALSE(std::filesystem::exists(file()));
  EXPECT_TRUE(std::filesystem::exists(file().string() + ".taken-" + to_string(kill.kill.kill_id)));
  std::ofstream(dir_.path() / "new").close();
  std::filesystem::rename(dir_.path() / "new", file());
  ASSERT_TRUE(eventually([&] { return latch_.pending(); }));
  EXPECT_EQ(latch_.take().kill.scope, KillScope::kGlobal);
}

TEST_F(Local, ASignalStopsEverything) {
  const LocalKills local(dir_.path(), desk_);
  ASSERT_EQ(::raise(SIGUSR1), 0);
  ASSERT_TRUE(eventually([&] { return emergency_.kills().size() == 1; }));
  const core::LatchedKill kill = latch_.take();
  EXPECT_EQ(kill.kill.scope, KillScope::kGlobal);
  EXPECT_EQ(kill.by.view(), "signal");
}

}  // namespace
}  // namespace sluice::engine
