// AnchorHash: the SHA-256 of an anchor while its records come: of the record it starts from (the anchor before, or the
// segment record) and of every record since. One thread. OpenSSL 3.0 allocates its small state with each begin().
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "audit/audit_record.h"

namespace sluice::audit {

/// A SHA-256 as it stands in a record's data: its bytes, in their order.
using ChainValue = std::array<std::uint64_t, 4>;

class AnchorHash {
 public:
  AnchorHash();
  ~AnchorHash();
  AnchorHash(AnchorHash&& other) noexcept;
  AnchorHash& operator=(AnchorHash&& other) noexcept;

  /// Forgets what was added and starts from the 64 bytes of `record`.
  void begin(const AuditRecord& record);
  void add(std::span<const AuditRecord> records);
  /// Of all since begin(), which must follow.
  ChainValue finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace sluice::audit
