#include "runtime/config.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace sluice::runtime {
namespace {

class ConfigTest : public testing::Test {
 protected:
  void SetUp() override {
    file_ = std::filesystem::path(testing::TempDir()) /
            (std::string("config_test_") + testing::UnitTest::GetInstance()->current_test_info()->name() + ".toml");
    config_.key("nats_url", nats_url_, "broker");
    config_.key("shards", shards_, "number of shards");
    config_.key("insecure", insecure_, "allow any address");
    config_.key("peers", peers_, "addresses");
  }
  void TearDown() override {
    unsetenv("SLUICE_SHARDS");
    std::filesystem::remove(file_);
  }
  std::optional<int> parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "program");
    return config_.parse(static_cast<int>(arguments.size()), arguments.data());
  }
  void write_file(const std::string& text) { std::ofstream(file_) << text; }

  std::filesystem::path file_;
  Config config_{"program", "A program."};
  std::string nats_url_ = "nats://127.0.0.1:4222";
  std::uint16_t shards_ = 1;
  bool insecure_ = false;
  std::vector<std::string> peers_;
};

TEST_F(ConfigTest, FileSetsKeysOfEveryType) {
  write_file("nats_url = \"nats://broker:1\"\nshards = 4\ninsecure = true\npeers = [\"a:1\", \"b:2\"]\n");
  EXPECT_EQ(parse({"--config", file_.c_str()}), std::nullopt);
  EXPECT_EQ(nats_url_, "nats://broker:1");
  EXPECT_EQ(shards_, 4);
  EXPECT_TRUE(insecure_);
  EXPECT_EQ(peers_, (std::vector<std::string>{"a:1", "b:2"}));
}

TEST_F(ConfigTest, ValuesForTheRecordAreWithoutPasswords) {
  ASSERT_EQ(parse({"--nats-url", "nats://anna:s3cret@one:1,nats://two:2/x@y", "--shards", "3", "--peers",
                   "tls://bob:pw@a:1,b:2"}),
            std::nullopt);
  const auto values = config_.values();
  ASSERT_EQ(values.size(), 4u);
  EXPECT_EQ(values[0], (std::pair<std::string, std::string>("nats_url", "nats://***@one:1,nats://two:2/x@y")));
  EXPECT_EQ(values[1], (std::pair<std::string, std::string>("shards", "3")));
  EXPECT_EQ(values[2].second, "false");
  EXPECT_EQ(values[3].second.find("pw"), std::string::npos) << values[3].second;
}

TEST_F(ConfigTest, EnvironmentBeatsFile) {
  write_file("shards = 4\n");
  setenv("SLUICE_SHARDS", "5", 1);
  EXPECT_EQ(parse({"--config", file_.c_str()}), std::nullopt);
  EXPECT_EQ(shards_, 5);
}

TEST_F(ConfigTest, FlagBeatsEnvironmentAndFile) {
  write_file("shards = 4\n");
  setenv("SLUICE_SHARDS", "5", 1);
  EXPECT_EQ(parse({"--config", file_.c_str(), "--shards", "6"}), std::nullopt);
  EXPECT_EQ(shards_, 6);
}

TEST_F(ConfigTest, UnknownKeyIsAnErrorThatNamesIt) {
  write_file("shards = 4\nshrads = 5\n");
  testing::internal::CaptureStderr();
  EXPECT_EQ(parse({"--config", file_.c_str()}), kUsageExitCode);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("shrads"), std::string::npos);
}

TEST_F(ConfigTest, WrongFlagValueAndMissingFileAreUsageErrors) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(parse({"--shards", "many"}), kUsageExitCode);
  EXPECT_EQ(parse({"--nonsense"}), kUsageExitCode);
  EXPECT_EQ(parse({"--config", "/nonexistent/file"}), kUsageExitCode);
  testing::internal::GetCapturedStderr();
}

TEST_F(ConfigTest, PrintConfigPrintsWhatCanBeReadBack) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(parse({"--print-config", "--nats-url", "nats://\"odd\"", "--peers", "a:1,b:2"}), 0);
  const std::string printed = testing::internal::GetCapturedStdout();
  EXPECT_EQ(printed, "nats_url = \"nats://\\\"odd\\\"\"\nshards = 1\ninsecure = false\npeers = [\"a:1\", \"b:2\"]\n");
}

TEST(ListenAddressTest, LoopbackNeedsNoPermission) {
  for (const char* address : {"127.0.0.1:0", "127.8.9.10:80", "localhost:1", "[::1]:65535"}) {
    EXPECT_TRUE(check_listen_address(address, false).ok()) << address;
  }
}

TEST(ListenAddressTest, OtherAddressesNeedInsecure) {
  for (const char* address : {"0.0.0.0:1", "10.0.0.1:1", "[::]:1", "127.example.com:1", "host:1"}) {
    EXPECT_FALSE(check_listen_address(address, false).ok()) << address;
    EXPECT_TRUE(check_listen_address(address, true).ok()) << address;
  }
}

TEST(ListenAddressTest, MalformedAddressesAreRefusedAnyway) {
  for (const char* address : {"", "localhost", ":1", "localhost:", "localhost:65536", "localhost:1x", "::1:1"}) {
    EXPECT_FALSE(check_listen_address(address, true).ok()) << address;
  }
}

}  // namespace
}  // namespace sluice::runtime
