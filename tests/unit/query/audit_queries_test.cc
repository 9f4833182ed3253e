// ListAudit: pages through the audits of a deployment, filtered, and says what it could not read.
#include <fstream>

#include "audit/audit_entry.h"
#include "audit/audit_sink.h"
#include "query_fixture.h"

namespace sluice::query {
namespace {

using audit::Action;
using audit::AuditEntry;
using audit::AuditRecord;
using audit::Field;
using Stub = v1::QueryService::Stub;

class AuditQueriesTest : public QueryFixture {
 protected:
  void SetUp() override {
    alice_ = rig_.account("alice");
    QueryAppOptions options = options_in(dir_.path() / "query");
    options.audit_dir = dir_.path();
    start(options);
  }
  /// A life of a process: each entry once, and an order of alice's after each.
  void write(const std::string& process, const std::vector<AuditEntry>& entries,
             std::uint64_t segment_bytes = 64 << 20) {
    audit::AuditRing ring(4'096, 512);
    audit::AuditSinkOptions options;
    options.folder = dir_.path() / process / "audit";
    options.segment_bytes_max = segment_bytes;
    const auto sink = audit::AuditSink::start(options, {&ring}, clock_);
    ASSERT_TRUE(sink.ok());
    for (const AuditEntry& entry : entries) {
      ASSERT_TRUE(test::eventually([&] { return ring.write(entry, audit::Priority::kReserved); }));
      AuditRecord order = record(Action::kSubmit, 7);
      order.actor = alice_.value();
      order.data = {1, 2, 3, 0};
      ASSERT_TRUE(test::eventually([&] { return ring.write(order, audit::Priority::kOrders); }));
      // A segment ends when the sink looks, so it gets to look.
      if (&entry - entries.data() == 30) {
        ASSERT_TRUE(test::eventually([&] { return ring.used() == 0; }));
      }
    }
    sink.value()->stop();
  }
  static AuditRecord record(Action action, std::uint64_t sequence) {
    AuditRecord record;
    record.time = Nanos{1'000 + static_cast<std::int64_t>(sequence)};
    record.sequence = sequence;
    record.action = action;
    return record;
  }
  static std::vector<AuditEntry> kills(std::uint64_t count) {
    std::vector<AuditEntry> entries;
    for (std::uint64_t i = 1; i <= count; ++i)
      entries.push_back(AuditEntry(record(Action::kKillEngaged, i))
                            .add(Field::kPrincipal, "olga")
                            .add(Field::kKey, "desk-" + std::to_string(i % 2))
                            .add(Field::kReason, std::string(100, 'r')));
    return entries;
  }
  grpc::Status list(const v1::ListAuditRequest& request) { return call(&Stub::ListAudit, request, response_); }
  /// All pages.
  std::vector<v1::AuditEntry> all(v1::ListAuditRequest request) {
    std::vector<v1::AuditEntry> entries;
    do {
      const grpc::Status status = list(request);
      EXPECT_TRUE(status.ok()) << status.error_message();
      if (!status.ok()) break;
      entries.insert(entries.end(), response_.entries().begin(), response_.entries().end());
      for (const auto& damage : response_.damage()) damage_.push_back(damage);
      request.set_page_token(response_.next_page_token());
    } while (!response_.next_page_token().empty());
    return entries;
  }

  AccountId alice_;
  runtime::SystemClock clock_;
  v1::ListAuditResponse response_;
  std::vector<std::string> damage_;
};

TEST_F(AuditQueriesTest, PagesGoThroughEveryLineOfEverySourceOnce) {
  for (int life = 0; life < 3; ++life) write("engine-0", kills(40), 64 * 100);  // each has a segment of its own
  write("command", kills(15));
  for (const int page_size : {1, 7, 100, 1000}) {
    v1::ListAuditRequest request;
    request.set_page_size(page_size);
    const auto entries = all(request);
    ASSERT_EQ(entries.size(), 2 * 135u) << page_size;
    EXPECT_EQ(entries.front().source(), "command");
    EXPECT_EQ(entries.back().source(), "engine-0");
    for (std::size_t i = 0; i < entries.size(); i += 2) {
      const v1::AuditEntry& kill = entries[i];
      EXPECT_EQ(kill.action(), "kill_engaged");
      EXPECT_EQ(kill.command_sequence(), i < 30 ? i / 2 + 1 : (i - 30) / 2 % 40 + 1);
      EXPECT_EQ(kill.principal(), "olga");
      EXPECT_EQ(kill.reason(), std::string(100, 'r'));
      EXPECT_EQ(entries[i + 1].account(), "alice");
      EXPECT_EQ(entries[i + 1].details().at("order_id"), "3");
    }
    EXPECT_GT(entries.back().segment(), 1u) << "the files were rotated";
  }
}

TEST_F(AuditQueriesTest, FiltersLetOnlyWhatTheyNameThrough) {
  write("engine-0", kills(20));
  v1::ListAuditRequest request;
  request.add_actions("kill_engaged");
  EXPECT_EQ(all(request).size(), 20u);
  request.set_key("desk-1");
  EXPECT_EQ(all(request).size(), 10u);
  request.set_command_sequence(3);
  EXPECT_EQ(all(request).size(), 1u);
  request.Clear();
  request.set_account("alice");
  EXPECT_EQ(all(request).size(), 20u);
  request.Clear();
  request.set_principal("olga");
  request.set_from_unix_nanos(1'005);
  request.set_until_unix_nanos(1'010);
  EXPECT_EQ(all(request).size(), 5u);
  request.Clear();
  request.set_kind("rejected");
  EXPECT_TRUE(all(request).empty());
  request.Clear();
  request.set_source("engine-0");
  EXPECT_EQ(all(request).size(), 40u);
  request.add_actions("anchor");
  EXPECT_FALSE(all(request).empty()) << "the files' own records, when they are asked for";
}

TEST_F(AuditQueriesTest, BadInputIsNamed) {
  write("engine-0", kills(3));
  const auto expect_invalid = [&](const v1::ListAuditRequest& request, const std::string& word) {
    const grpc::Status status = list(request);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << word;
    EXPECT_NE(status.error_message().find(word), std::string::npos) << status.error_message();
  };
  v1::ListAuditRequest request;
  request.set_page_size(1001);
  expect_invalid(request, "page_size");
  request.Clear();
  request.add_actions("stolen");
  expect_invalid(request, "stolen");
  request.Clear();
  request.set_kind("maybe");
  expect_invalid(request, "kind");
  request.Clear();
  request.set_from_unix_nanos(10);
  request.set_until_unix_nanos(10);
  expect_invalid(request, "until_unix_nanos");
  request.Clear();
  for (const char* token : {"x", "1.2.3", "1.2.3.engine-0", "99999999999999999999.1.1.e", ".", "1.."}) {
    request.set_page_token(token);
    expect_invalid(request, "page_token");
  }
  request.Clear();
  request.set_page_size(2);
  ASSERT_TRUE(list(request).ok());
  request.set_page_token(response_.next_page_token());
  request.set_key("other filters");
  expect_invalid(request, "page_token");
  request.Clear();
  request.set_source("engine-9");
  const grpc::Status missing = list(request);
  EXPECT_EQ(missing.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_NE(missing.error_message().find("engine-0"), std::string::npos) << "says which there are";
  request.Clear();
  request.set_account("nobody");
  EXPECT_EQ(list(request).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(AuditQueriesTest, DamageIsToldAndPassedOver) {
  write("engine-0", kills(10));
  std::fstream file(audit::segment_path(dir_.path() / "engine-0" / "audit", 1), std::ios::in | std::ios::out);
  file.seekp(64 * 4 + 20);  // a text
  file.put('!');
  file.close();
  v1::ListAuditRequest request;
  request.add_actions("submit");
  EXPECT_EQ(all(request).size(), 10u);
  ASSERT_EQ(damage_.size(), 1u);
  EXPECT_NE(damage_[0].find("record 4"), std::string::npos) << damage_[0];
}

TEST_F(AuditQueriesTest, AReplicaWithoutAuditsSaysWhatToDo) {
  app_.reset();
  start();
  const grpc::Status status = list({});
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_NE(status.error_message().find("--audit-dir"), std::string::npos);
}

}  // namespace
}  // namespace sluice::query
