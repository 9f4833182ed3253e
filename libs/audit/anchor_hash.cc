#include "audit/anchor_hash.h"

#include <openssl/evp.h>

#include <cstring>

#include "base/invariant.h"

namespace sluice::audit {

struct AnchorHash::Context {
  // Fetched once: a look-up per hash costs more than a short hash.
  static const EVP_MD* digest() {
    static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return fetched;
  }
  Context() : evp(EVP_MD_CTX_new()) { INVARIANT(evp != nullptr); }
  ~Context() { EVP_MD_CTX_free(evp); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  EVP_MD_CTX* const evp;
};

AnchorHash::AnchorHash() : context_(std::make_unique<Context>()) {}
AnchorHash::~AnchorHash() = default;
AnchorHash::AnchorHash(AnchorHash&& other) noexcept = default;
AnchorHash& AnchorHash::operator=(AnchorHash&& other) noexcept = default;

void AnchorHash::begin(const AuditRecord& record) {
  INVARIANT(EVP_DigestInit_ex(context_->evp, Context::digest(), nullptr) == 1);
  add(std::span(&record, 1));
}

void AnchorHash::add(std::span<const AuditRecord> records) {
  INVARIANT(EVP_DigestUpdate(context_->evp, records.data(), records.size_bytes()) == 1);
}

ChainValue AnchorHash::finish() {
  std::array<unsigned char, sizeof(ChainValue)> bytes{};
  INVARIANT(EVP_DigestFinal_ex(context_->evp, bytes.data(), nullptr) == 1);
  ChainValue value{};
  std::memcpy(value.data(), bytes.data(), sizeof value);
  return value;
}

}  // namespace sluice::audit
