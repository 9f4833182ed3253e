#include <openssl/evp.h>

#include "eventlog/codec.h"

namespace sluice::eventlog {

namespace {
const EVP_MD* digest() {
  static const EVP_MD* fetched =
      EVP_MD_fetch(nullptr, "SHA256", nullptr);  // fetched once: a look-up per call costs more than the hash
  return fetched;
}
/// One context a thread: creating one per message would allocate.
EVP_MD_CTX* context() {
  struct Holder {
    EVP_MD_CTX* ctx = EVP_MD_CTX_new();
    ~Holder() { EVP_MD_CTX_free(ctx); }
  };
  thread_local Holder holder;
  return holder.ctx;
}
}  // namespace

Sha256 sha256(std::span<const std::byte> bytes) {
  Sha256 result{};
  INVARIANT(EVP_DigestInit_ex(context(), digest(), nullptr) == 1);
  INVARIANT(EVP_DigestUpdate(context(), bytes.data(), bytes.size()) == 1);
  INVARIANT(EVP_DigestFinal_ex(context(), result.data(), nullptr) == 1);
  return result;
}

Sha256 chain_of(const Sha256& prev_chain, Epoch epoch, OwnerId owner, std::span<const std::byte> body) {
  const std::uint64_t epoch_value = epoch.value();  // little-endian, as everything in the log
  const std::uint64_t owner_value = owner.value();
  Sha256 result{};
  INVARIANT(EVP_DigestInit_ex(context(), digest(), nullptr) == 1);
  INVARIANT(EVP_DigestUpdate(context(), prev_chain.data(), prev_chain.size()) == 1);
  INVARIANT(EVP_DigestUpdate(context(), &epoch_value, sizeof epoch_value) == 1);
  INVARIANT(EVP_DigestUpdate(context(), &owner_value, sizeof owner_value) == 1);
  INVARIANT(EVP_DigestUpdate(context(), body.data(), body.size()) == 1);
  INVARIANT(EVP_DigestFinal_ex(context(), result.data(), nullptr) == 1);
  return result;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

}  // namespace sluice::eventlog
