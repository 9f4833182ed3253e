// A folder of its own, a sink with a ring, and records whose sequence counts: what tests of the audit begin with.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <vector>

#include "audit/audit_reader.h"
#include "audit/audit_sink.h"
#include "audit/audit_verify.h"
#include "support/process.h"

namespace sluice::audit::test {

/// A submit of CMD sequence `sequence`.
AuditRecord order(std::uint64_t sequence);

class AuditTest : public testing::Test {
 protected:
  /// Anchors with every turn that wrote something, so that tests need not wait for a second to pass.
  AuditSinkOptions options() const;
  std::unique_ptr<AuditSink> start(const AuditSinkOptions& options);
  std::unique_ptr<AuditSink> start() { return start(options()); }
  /// Writes `count` orders that count on from the last, as soon as there is room.
  void write(std::uint64_t count);
  /// A whole life: starts, writes, stops.
  void record(std::uint64_t count, const AuditSinkOptions& options);
  void record(std::uint64_t count) { record(count, options()); }

  /// A life that fills segments of about 40 records until the newest is number `segment`, which gets some too.
  void fill_up_to(std::uint64_t segment, AuditSinkOptions options);
  void fill_up_to(std::uint64_t segment) { fill_up_to(segment, options()); }

  AuditVerification verified() const;
  /// CMD sequences of the orders in the files, as they stand.
  std::vector<std::uint64_t> sequences() const;
  /// Every order written so far is in the files once, in order.
  void expect_all_there() const;

  std::filesystem::path segment(std::uint64_t number) const { return segment_path(folder_, number); }
  std::vector<AuditRecord> content(std::uint64_t number) const;
  void replace(std::uint64_t number, const std::vector<AuditRecord>& records) const;
  /// Adds `count` bytes of `fill` behind segment `number`.
  void append_bytes(std::uint64_t number, std::size_t count, char fill) const;

  sluice::test::TempDir dir_;
  const std::filesystem::path folder_ = dir_.path() / "audit";
  runtime::SystemClock clock_;
  AuditRing ring_{4096, 512};
  std::uint64_t written_ = 0;
};

}  // namespace sluice::audit::test
