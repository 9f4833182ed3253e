// `sluice audit` as a process, on files that a sink wrote.
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

#include "audit/audit_entry.h"
#include "audit/black_box.h"
#include "unit/audit/audit_fixture.h"

namespace sluice::audit {
namespace {

using sluice::test::eventually;
using sluice::test::Process;

struct Said {
  int code = -1;
  std::vector<std::string> lines;
  /// The line that is there alone, or all.
  std::string text() const {
    std::string all;
    for (const std::string& line : lines) all += line + '\n';
    return all;
  }
};

class AuditCommandTest : public test::AuditTest {
 protected:
  // Where a deployment has it, so that it is found without --dir.
  AuditCommandTest() { std::filesystem::create_directories(deployment_ / "engine-0"); }

  std::vector<std::string> command(std::vector<std::string> arguments) const {
    std::vector<std::string> all{(std::filesystem::read_symlink("/proc/self/exe").parent_path() / "sluice").string(),
                                 "--data-dir", deployment_.string(), "audit"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return all;
  }
  static std::vector<std::string> lines_of(const std::filesystem::path& file) {
    std::vector<std::string> lines;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }
  Said run(std::vector<std::string> arguments) const {
    std::filesystem::remove(out_);
    Process process(command(std::move(arguments)), out_);
    const int code = process.wait();
    return {code, lines_of(out_)};
  }
  void into_deployment() const { std::filesystem::rename(folder_, deployment_ / "engine-0" / "audit"); }
  /// Five orders and a kill by alice.
  void record_some() {
    const auto sink = start();
    write(5);
    AuditRecord kill;
    kill.time = Nanos{2'000'000'000};
    kill.action = Action::kKillEngaged;
    kill.data = {1, 2, 2 | 1 << 8 | 1 << 16, 3};
    AuditEntry entry(kill);
    entry.add(Field::kPrincipal, "alice").add(Field::kKey, "ACME");
    EXPECT_TRUE(ring_.write(entry, Priority::kReserved));
    sink->stop();
  }

  const std::filesystem::path deployment_ = dir_.path() / "deployment";
  const std::filesystem::path out_ = dir_.path() / "out";
};

TEST_F(AuditCommandTest, FindsTheAuditsOfADeployment) {
  record_some();
  into_deployment();
  const Said said = run({"query"});
  EXPECT_EQ(said.code, 0);
  ASSERT_EQ(said.lines.size(), 6u) << said.text();
  EXPECT_EQ(said.lines[0].substr(0, 59), "1970-01-01T00:00:01.000000001Z shard 0 1/1 submit done acco");
  EXPECT_NE(said.lines[5].find("kill_engaged done by alice key=ACME"), std::string::npos) << said.lines[5];
}

TEST_F(AuditCommandTest, QueriesByFilterAndPrintsJson) {
  record_some();
  const auto query = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"query", "--dir", folder_.string()});
    return run(more).lines.size();
  };
  EXPECT_EQ(query({"--actor", "alice"}), 1u);
  EXPECT_EQ(query({"--actor", "3"}), 1u);
  EXPECT_EQ(query({"--action", "submit"}), 5u);
  EXPECT_EQ(query({"--kind", "rejected"}), 0u);
  EXPECT_EQ(query({"--sequence", "4"}), 1u);
  EXPECT_EQ(query({"--since", "2000000000", "--until", "2000000001"}), 1u);
  EXPECT_EQ(query({"--anchors", "--action", "segment"}), 1u);
  const Said said = run({"query", "--dir", folder_.string(), "--actor", "alice", "--output", "json"});
  const auto json = nlohmann::json::parse(said.text());
  EXPECT_EQ(json["principal"], "alice");
  EXPECT_EQ(json["details"]["scope"], "account");
}

TEST_F(AuditCommandTest, TailShowsTheNewestAndFollows) {
  fill_up_to(3);
  const Said said = run({"tail", "--dir", folder_.string(), "-n", "3"});
  EXPECT_EQ(said.code, 0);
  ASSERT_EQ(said.lines.size(), 3u);
  EXPECT_NE(said.lines[2].find(' ' + std::to_string(written_) + '/'), std::string::npos) << said.lines[2];

  const std::filesystem::path following = dir_.path() / "following";
  Process process(command({"tail", "--dir", folder_.string(), "-n", "1", "--follow"}), following);
  ASSERT_TRUE(eventually([&] { return lines_of(following).size() == 1; }));
  record(5);
  EXPECT_TRUE(eventually([&] { return lines_of(following).size() == 6; }));
  process.kill(SIGTERM);
  process.wait();
}

TEST_F(AuditCommandTest, VerifySaysThatAllIsGood) {
  record_some();
  into_deployment();
  const Said said = run({"verify", "--output", "json"});
  EXPECT_EQ(said.code, 0);
  const auto json = nlohmann::json::parse(said.text());
  EXPECT_EQ(json["good"], true);
  EXPECT_EQ(json["records"], 8) << "five orders, a kill and its two texts";
  EXPECT_EQ(json["unanchored"], 0);
  EXPECT_EQ(json["chain"].get<std::string>().size(), 64u);
}

TEST_F(AuditCommandTest, VerifyNamesTheFirstDamage) {
  record(50);
  auto records = content(1);
  records[20].actor ^= 1;
  replace(1, records);
  const Said said = run({"verify", "--dir", folder_.string()});
  EXPECT_EQ(said.code, 1);
  EXPECT_NE(said.text().find("DAMAGED: " + segment(1).string() + ": record 20 (byte 1280): its sum is wrong"),
            std::string::npos)
      << said.text();
  EXPECT_EQ(run({"query", "--dir", folder_.string()}).code, 1) << "shown, but not as if all were well";
}

TEST_F(AuditCommandTest, ShowsWhatWentToTheBlackBox) {
  record(1);
  auto box = BlackBox::open({.folder = folder_, .records_in_file = 100}, clock_);
  ASSERT_TRUE(box.ok());
  const AuditRecord kept = test::order(77);
  EXPECT_TRUE(box.value()->write(std::span(&kept, 1)));
  box.value()->stop();
  const Said said = run({"query", "--dir", folder_.string(), "--black-box"});
  ASSERT_EQ(said.lines.size(), 1u) << said.text();
  EXPECT_NE(said.lines[0].find(" 77/2 submit done"), std::string::npos) << said.lines[0];
}

TEST_F(AuditCommandTest, ExitCodesAndErrorsArePrecise) {
  record(1);
  const Said none = run({"verify"});
  EXPECT_EQ(none.code, 4);
  EXPECT_NE(none.text().find("error: no audit under " + deployment_.string()), std::string::npos) << none.text();
  EXPECT_EQ(run({"verify", "--dir", "/nonexistent"}).code, 4);
  const Said moment = run({"query", "--dir", folder_.string(), "--since", "yesterday"});
  EXPECT_EQ(moment.code, 2);
  EXPECT_NE(moment.text().find("--since: 'yesterday' is no moment"), std::string::npos) << moment.text();
  EXPECT_EQ(run({"query", "--dir", folder_.string(), "--action", "no_such"}).code, 2);
}

}  // namespace
}  // namespace sluice::audit
