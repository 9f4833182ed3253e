// A certificate holds only against the log it was made from, and what is wrong is named.
#include "planted_log.h"

namespace sluice::cli {
namespace {

class CertificateCheck : public testing::Test, protected PlantedLog {
 protected:
  CertificateCheck() {
    kill();
    answer({event(Kind::kAccepted, 2, kB)}, {}, {refused(kA)});
    certificate_ = proven();
    end_ = chain_.log.info(test::kEvt).value().last_sequence;
  }
  /// The log again without its last answer, and its chain there.
  void cut() {
    const auto before = chain_.log.get(test::kEvt, end_ - 1).value();
    chain_.log.truncate(test::kEvt, end_ - 1);
    chain_.chain = eventlog::open_sealed(before.payload()).value().header.chain;
    --command_;
  }

  json certificate_;
  std::uint64_t end_ = 0;
};

TEST_F(CertificateCheck, HoldsWhileTheLogGrows) {
  EXPECT_EQ(check(certificate_), "");
  answer({event(Kind::kAccepted, 3, kB)});
  EXPECT_EQ(check(certificate_), "");
  release();
  EXPECT_EQ(check(certificate_), "") << "it says how far it looked";
}

TEST_F(CertificateCheck, AChangedCertificateIsTampered) {
  std::string text = certificate_text(certificate_);
  const auto at = text.find("\"orders_cancelled\": 0");
  ASSERT_NE(at, std::string::npos);
  text[at + 20] = '7';
  EXPECT_EQ(check(text).rfind("tampered: ", 0), 0u) << check(text);
}

TEST_F(CertificateCheck, AForgedCertificateIsContradictedLineByLine) {
  json forged = certificate_;
  forged["shards"][0]["commands_refused"] = 99;
  forged = seal_certificate(forged);
  const std::string said = check(forged);
  EXPECT_EQ(said.rfind("line ", 0), 0u) << said;
  EXPECT_NE(said.find("\"commands_refused\": 99, where"), std::string::npos) << said;
  forged = certificate_;
  forged["kill"]["reason"] = "another";
  EXPECT_EQ(check(seal_certificate(forged)).rfind("line ", 0), 0u);
  forged = certificate_;
  forged["shards"].push_back(forged["shards"][0]);
  EXPECT_EQ(check(seal_certificate(forged)).rfind("line ", 0), 0u);
}

TEST_F(CertificateCheck, ALogOfAnotherDeploymentIsNamed) {
  json other = certificate_;
  other["deployment"] = to_string(Uuid{9, 9});
  EXPECT_EQ(check(seal_certificate(other)).rfind("deployment: ", 0), 0u);
}

TEST_F(CertificateCheck, ATruncatedLogIsNamed) {
  cut();
  EXPECT_EQ(check(certificate_).rfind("truncated: shard 0: ", 0), 0u) << check(certificate_);
}

TEST_F(CertificateCheck, ARefilledLogIsNamed) {
  cut();
  answer({event(Kind::kAccepted, 3, kB)}, {}, {refused(kA)});
  const std::string said = check(certificate_);
  EXPECT_NE(said.find("refilled: event message " + std::to_string(end_)), std::string::npos) << said;
}

TEST_F(CertificateCheck, ADamagedLogHaltsWithItsRule) {
  chain_.log.corrupt(test::kEvt, 3, eventlog::kEventHeaderBytes + 20);
  EXPECT_NE(check(certificate_).find("EVT message 3"), std::string::npos) << check(certificate_);
}

TEST_F(CertificateCheck, WhatIsNoCertificateIsSaidToBeNone) {
  json other_version = certificate_;
  other_version["version"] = 2;
  json no_place = certificate_;
  no_place["shards"][0].erase("until");
  for (const std::string& text : {std::string(), std::string("{}"), std::string("[1]"), certificate_text(other_version),
                                  certificate_text(seal_certificate(no_place))})
    EXPECT_EQ(check(text).rfind("certificate: ", 0), 0u) << text;
}

}  // namespace
}  // namespace sluice::cli
