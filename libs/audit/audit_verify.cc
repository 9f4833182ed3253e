#include "audit/audit_verify.h"

#include "audit/black_box.h"
#include "audit/segment_check.h"

namespace sluice::audit {

namespace {

class Verifier {
 public:
  explicit Verifier(const VerifyOptions& options) : options_(options) {}

  Result<AuditVerification> run(const std::filesystem::path& folder) {
    const auto listed = list_segments(folder);
    if (!listed.ok()) return listed.error();
    std::vector<SegmentFile> segments = listed.value();
    std::erase_if(segments, [&](const SegmentFile& file) { return file.number < options_.from_segment; });
    for (const SegmentFile& file : segments) {
      std::error_code gone;
      const auto size = std::filesystem::file_size(file.path, gone);
      bytes_of_all_ += gone ? 0 : size;
    }
    for (const SegmentFile& file : segments) {
      if (const Status read = segment(file, &file == &segments.back()); !read.ok()) return read.error();
      if (found_.damage) return found_;
    }
    if (const Status read = black_boxes(folder); !read.ok()) return read.error();
    return found_;
  }

 private:
  void damaged(const SegmentFile& file, std::uint64_t record, std::string what) {
    found_.damage = AuditDamage{file.path, record, std::move(what)};
  }

  Status segment(const SegmentFile& file, bool newest) {
    if (found_.segments > 0 && file.number != found_.last_segment + 1) {
      damaged(file, 0, "segment " + std::to_string(found_.last_segment + 1) + " is missing before it");
      return ok_status();
    }
    const auto scanned = scan_segment(file, newest, [this](std::uint64_t bytes) {
      bytes_read_ += bytes;
      if (options_.progress) options_.progress(bytes_read_, bytes_of_all_);
    });
    // The sink may have removed the oldest since they were listed.
    if (!scanned.ok() && scanned.error().code == ErrorCode::kNotFound && found_.segments == 0) return ok_status();
    if (!scanned.ok()) return scanned.error();
    const SegmentScan& scan = scanned.value();
    if (scan.check.records() > 0 && !continues(file, scan.check)) return ok_status();
    count(file, scan);
    if (scan.damage) {
      damaged(file, scan.damage->record, scan.damage->what);
    } else if (!newest && scan.check.since_anchor() > 0) {
      damaged(file, scan.check.records() - scan.check.since_anchor(),
              "no anchor covers it, but a newer segment follows");
    }
    return ok_status();
  }

  bool continues(const SegmentFile& file, const SegmentCheck& check) {
    const ChainValue before = found_.segments > 0 ? found_.chain : ChainValue{};
    const bool known = found_.segments > 0 || file.number == 1;
    if (known && check.segment().data != before) {
      damaged(file, 0,
              found_.segments > 0 ? "it does not continue the last anchor of the segment before"
                                  : "it continues a segment, but is the first");
    } else if (found_.segments > 0 && check.segment().shard != shard_) {
      damaged(file, 0,
              "it is of shard " + std::to_string(check.segment().shard) + ", the segment before of " +
                  std::to_string(shard_));
    }
    shard_ = check.segment().shard;
    return !found_.damage;
  }

  void count(const SegmentFile& file, const SegmentScan& scan) {
    if (found_.segments++ == 0) found_.first_segment = file.number;
    found_.last_segment = file.number;
    const std::uint64_t own = scan.check.anchors() + (scan.check.records() > 0 ? 1 : 0);
    found_.records += scan.check.records() - own;
    found_.anchors += scan.check.anchors();
    found_.unanchored = scan.check.since_anchor();
    found_.bytes += scan.bytes;
    found_.torn_bytes = scan.torn_bytes;
    if (scan.check.anchors() > 0) found_.last_anchor_time = scan.check.anchor_time();
    if (scan.check.records() > 0) found_.chain = scan.check.chain();
  }

  Status black_boxes(const std::filesystem::path& folder) {
    const auto listed = list_segments(folder, kBlackBoxPrefix);
    if (!listed.ok()) return listed.error();
    for (const SegmentFile& file : listed.value()) {
      const auto scanned = scan_black_box(file);
      if (!scanned.ok()) return scanned.error();
      ++found_.black_boxes;
      found_.black_box_records += scanned.value().records.size();
      if (scanned.value().damage) {
        damaged(file, scanned.value().damage->record, scanned.value().damage->what);
        return ok_status();
      }
    }
    return ok_status();
  }

  const VerifyOptions& options_;
  AuditVerification found_;
  std::uint16_t shard_ = 0;
  std::uint64_t bytes_of_all_ = 0;
  std::uint64_t bytes_read_ = 0;
};

}  // namespace

Result<AuditVerification> verify(const std::filesystem::path& folder, const VerifyOptions& options) {
  return Verifier(options).run(folder);
}

}  // namespace sluice::audit
