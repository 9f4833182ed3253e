// CRC32C (Castagnoli), as iSCSI, ext4 and SSE4.2 have it: the sum that each audit record carries. With the processor's
// instruction where there is one, else by table. Thread: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "audit/audit_record.h"

namespace sluice::audit {

/// Of any bytes; "123456789" has 0xE3069283.
std::uint32_t crc32c(std::span<const std::byte> bytes);

/// The two ways, for tests that hold one against the other.
std::uint32_t crc32c_by_table(std::span<const std::byte> bytes);
/// Only where has_crc32c_instruction().
std::uint32_t crc32c_by_instruction(std::span<const std::byte> bytes);
bool has_crc32c_instruction();

/// Bytes of a record that its sum covers: all before the sum.
inline constexpr std::size_t kSummedBytes = offsetof(AuditRecord, crc);
static_assert(kSummedBytes == 60);

inline std::uint32_t sum_of(const AuditRecord& record) {
  return crc32c(std::as_bytes(std::span(&record, 1)).first<kSummedBytes>());
}
/// True if the record is one: its sum is right. A zeroed record is none.
inline bool is_whole(const AuditRecord& record) { return record.crc == sum_of(record); }
/// `record` with its sum.
inline AuditRecord summed(AuditRecord record) {
  record.crc = sum_of(record);
  return record;
}

}  // namespace sluice::audit
