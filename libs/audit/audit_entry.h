// AuditEntry: a record and the texts that belong to it, side by side in a fixed array, so that AuditRing::write takes
// all of them or none. No allocation. One thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string_view>

#include "audit/audit_record.h"
#include "base/invariant.h"

namespace sluice::audit {

class AuditEntry {
 public:
  /// Bytes of one text that are kept.
  static constexpr std::size_t kTextBytesMax = 128;
  /// The record, and each of the four fields once.
  static constexpr std::size_t kRecordsMax = 1 + 4 * (kTextBytesMax / kTextBytes);

  explicit AuditEntry(const AuditRecord& record) { records_[0] = record; }

  /// Adds a text of at most kTextBytesMax bytes, what is longer without its end; nothing if it is empty. Each field
  /// once at most.
  AuditEntry& add(Field field, std::string_view text) {
    text = text.substr(0, kTextBytesMax);
    for (std::uint32_t part = 0; !text.empty(); ++part) {
      const std::string_view piece = text.substr(0, kTextBytes);
      text.remove_prefix(piece.size());
      INVARIANT(size_ < records_.size());
      AuditRecord& record = records_[size_++];
      record = records_[0];
      record.kind = Kind::kText;
      record.index = static_cast<std::uint32_t>(field) << 8 | part;
      record.data = {};
      std::memcpy(record.data.data(), piece.data(), piece.size());
    }
    return *this;
  }

  /// The record first. Valid while the entry is.
  std::span<const AuditRecord> records() const { return std::span(records_).first(size_); }
  operator std::span<const AuditRecord>() const { return records(); }  // NOLINT(google-explicit-constructor)

 private:
  std::array<AuditRecord, kRecordsMax> records_{};
  std::size_t size_ = 1;
};

}  // namespace sluice::audit
