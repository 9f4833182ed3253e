// R-REL: two different people lift exactly the newest kill of one scope.
#include <gtest/gtest.h>

#include "tests/support/core_fixture.h"

namespace sluice::core {
namespace {

class Release : public testing::Test {
 protected:
  Release() {
    core_.register_usual();
    kill_ = kill(core_, KillScope::kAccount, "A");
    core_.control("officer", kill_);
  }
  RequestRelease request_of(const EngageKillSwitch& command) {
    RequestRelease request;
    request.release_id = core_.fresh_id();
    request.scope = command.scope;
    request.key = command.key;
    request.kill_id = command.kill_id;
    return request;
  }
  RejectReason request(std::string_view by, const RequestRelease& command) {
    return reason(core_.control(by, command));
  }
  RejectReason approve(std::string_view by, const Uuid& release_id) {
    return reason(core_.control(by, ApproveRelease{release_id, {}}));
  }
  bool engaged() { return core_.state().kills().engaged(kill_.scope, kill_.key); }

  CoreFixture core_;
  EngageKillSwitch kill_;
};

TEST_F(Release, TakesARequestAndTheApprovalOfAnotherPerson) {
  const RequestRelease command = request_of(kill_);
  EXPECT_EQ(request("ann", command), RejectReason::kNone);
  EXPECT_TRUE(engaged());
  EXPECT_EQ(approve("bob", command.release_id), RejectReason::kNone);
  const auto& released = std::get<KillSwitchReleased>(core_.last().control_events.at(0).body);
  EXPECT_EQ(released.requested_by, principal("ann"));
  EXPECT_EQ(released.approved_by, principal("bob"));
  EXPECT_EQ(released.kill_id, kill_.kill_id);
  EXPECT_FALSE(engaged());
  EXPECT_EQ(reason(core_.send(limit(core_, AccountId{1}, "a", Side::kBuy, 10, 1))), RejectReason::kNone);
  EXPECT_EQ(approve("bob", command.release_id), RejectReason::kUnknownRelease) << "a request is used once";
}

TEST_F(Release, LiftsOnlyItsOwnScope) {
  core_.control("officer", kill(core_, KillScope::kGlobal));
  const RequestRelease command = request_of(kill_);
  request("ann", command);
  approve("bob", command.release_id);
  EXPECT_EQ(reason(core_.send(limit(core_, AccountId{1}, "a", Side::kBuy, 10, 1))), RejectReason::kKilled)
      << "global still holds";
}

TEST_F(Release, OnePersonIsNotEnough) {
  const RequestRelease command = request_of(kill_);
  request("ann", command);
  EXPECT_EQ(approve("ann", command.release_id), RejectReason::kSamePerson);
  EXPECT_TRUE(engaged());
}

TEST_F(Release, AnApprovalNeedsARequest) { EXPECT_EQ(approve("bob", Uuid{1, 2}), RejectReason::kUnknownRelease); }

TEST_F(Release, ARequestIsGoodForTenMinutes) {
  const RequestRelease first = request_of(kill_);
  request("ann", first);
  core_.advance_millis(600'000);
  EXPECT_EQ(approve("ann", first.release_id), RejectReason::kSamePerson) << "still open at ten minutes";
  core_.advance_millis(1);
  EXPECT_EQ(approve("bob", first.release_id), RejectReason::kReleaseExpired);
  EXPECT_EQ(approve("ann", first.release_id), RejectReason::kReleaseExpired) << "expiry is checked before the person";
  EXPECT_TRUE(engaged());
}

TEST_F(Release, ANewerKillSupersedesRequestAndApproval) {
  const RequestRelease old_request = request_of(kill_);
  request("ann", old_request);
  const EngageKillSwitch newer = kill(core_, KillScope::kAccount, "A");
  core_.control("officer", newer);
  EXPECT_EQ(approve("bob", old_request.release_id), RejectReason::kSuperseded);
  EXPECT_EQ(request("ann", request_of(kill_)), RejectReason::kSuperseded);
  const RequestRelease command = request_of(newer);
  EXPECT_EQ(request("ann", command), RejectReason::kNone);
  EXPECT_EQ(approve("bob", command.release_id), RejectReason::kNone);
  EXPECT_FALSE(engaged());
}

TEST_F(Release, ASecondRequestForAKillThatIsLiftedIsVoid) {
  const RequestRelease first = request_of(kill_);
  const RequestRelease second = request_of(kill_);
  request("ann", first);
  request("ann", second);
  approve("bob", first.release_id);
  EXPECT_EQ(approve("bob", second.release_id), RejectReason::kUnknownKill);
}

TEST_F(Release, TheSameRequestAgainIsExecutedAnotherUnderItsIdIsNot) {
  const RequestRelease command = request_of(kill_);
  request("ann", command);
  EXPECT_EQ(request("ann", command), RejectReason::kNone);
  EXPECT_TRUE(core_.last().control_events.empty());
  EXPECT_EQ(request("bob", command), RejectReason::kAlreadyDefined) << "another person";
  RequestRelease other = command;
  other.key = name("B");
  EXPECT_EQ(request("ann", other), RejectReason::kAlreadyDefined) << "another key";
}

TEST_F(Release, NamesAnEngagedScopeAndAKillThatWas) {
  RequestRelease command = request_of(kill_);
  command.kill_id = Uuid{9, 9};
  EXPECT_EQ(request("ann", command), RejectReason::kUnknownKill) << "no such kill";
  command = request_of(kill_);
  command.key = name("B");
  EXPECT_EQ(request("ann", command), RejectReason::kUnknownKill) << "never engaged";
  command = request_of(kill_);
  command.release_id = {};
  EXPECT_EQ(request("ann", command), RejectReason::kInvalidId);
  command = request_of(kill_);
  request("ann", command);
  approve("bob", command.release_id);
  EXPECT_EQ(request("ann", request_of(kill_)), RejectReason::kUnknownKill) << "engaged no more";
}

TEST_F(Release, AScopeCanBeEngagedAgainByAnotherKillOnly) {
  const RequestRelease command = request_of(kill_);
  request("ann", command);
  approve("bob", command.release_id);
  core_.advance_millis(100'000);
  EXPECT_TRUE(core_.control("officer", kill_).control_events.empty()) << "a kill id counts once, for ever";
  EXPECT_FALSE(engaged());
  core_.control("officer", kill(core_, KillScope::kAccount, "A"));
  EXPECT_TRUE(engaged());
}

TEST_F(Release, AReplayedApprovalIsItsFirstOutcomeAgainAndReleasesNothingLater) {
  const RequestRelease command = request_of(kill_);
  request("ann", command);
  const ControlCommand approval{
      .command_id = core_.fresh_id(), .principal = principal("bob"), .body = ApproveRelease{command.release_id, {}}};
  EXPECT_EQ(reason(core_.control({approval})), RejectReason::kNone);
  core_.control("officer", kill(core_, KillScope::kAccount, "A"));
  const Answer& replayed = core_.control({approval});
  EXPECT_EQ(reason(replayed), RejectReason::kNone) << "what became of it then";
  EXPECT_EQ(replayed.outcomes.at(0).flags & kFlagRepeat, kFlagRepeat);
  EXPECT_TRUE(replayed.control_events.empty());
  EXPECT_TRUE(engaged()) << "the newer kill holds";
}

TEST_F(Release, AnApprovalUnderAUsedCommandIdIsAConflict) {
  const RequestRelease first = request_of(kill_), second = request_of(kill_);
  request("ann", first);
  request("ann", second);
  ControlCommand approval{
      .command_id = core_.fresh_id(), .principal = principal("ann"), .body = ApproveRelease{first.release_id, {}}};
  EXPECT_EQ(reason(core_.control({approval})), RejectReason::kSamePerson);
  approval.body = ApproveRelease{second.release_id, {}};
  EXPECT_EQ(reason(core_.control({approval})), RejectReason::kIdempotencyConflict);
  EXPECT_TRUE(engaged());
}

TEST_F(Release, ARefusedApprovalThatIsReplayedStaysRefused) {
  const RequestRelease command = request_of(kill_);
  const ControlCommand early{
      .command_id = core_.fresh_id(), .principal = principal("bob"), .body = ApproveRelease{command.release_id, {}}};
  EXPECT_EQ(reason(core_.control({early})), RejectReason::kUnknownRelease) << "approved before it was requested";
  request("ann", command);
  EXPECT_EQ(reason(core_.control({early})), RejectReason::kUnknownRelease) << "a blank cheque is not cashed later";
  EXPECT_TRUE(engaged());
}

TEST_F(Release, ARequestForTheKillOfAnotherScopeIsUnknown) {
  const EngageKillSwitch symbol = kill(core_, KillScope::kSymbol, "X");
  core_.control("officer", symbol);
  RequestRelease crossed = request_of(symbol);
  crossed.kill_id = kill_.kill_id;
  // A kill id that is known, but not this scope's newest: the person has not seen what they would lift.
  EXPECT_EQ(request("ann", crossed), RejectReason::kSuperseded);
  EXPECT_EQ(approve("bob", crossed.release_id), RejectReason::kUnknownRelease);
}

TEST_F(Release, RequestAndApprovalMayShareAFrame) {
  const RequestRelease command = request_of(kill_);
  const Answer& answer =
      core_.control({{.command_id = core_.fresh_id(), .principal = principal("ann"), .body = command},
                     {.command_id = core_.fresh_id(),
                      .principal = principal("bob"),
                      .body = ApproveRelease{command.release_id, {}}}});
  EXPECT_EQ(answer.control_events.size(), 2u);
  EXPECT_FALSE(engaged());
}

}  // namespace
}  // namespace sluice::core
