// FUZZ_TARGET(name) { … bytes … }: what a fuzzer feeds. Alone with libFuzzer it is a fuzzer; in corpus_test all targets
// are together, each run on the inputs kept in corpus/<name>. Whatever the bytes are, a target must come back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#ifdef SLUICE_LIBFUZZER
#define FUZZ_TARGET(name)                                                             \
  static void fuzz_##name(std::span<const std::byte> bytes);                          \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
    fuzz_##name(std::as_bytes(std::span(data, size)));                                \
    return 0;                                                                         \
  }                                                                                   \
  static void fuzz_##name(std::span<const std::byte> bytes)
#else
#define FUZZ_TARGET(name)                             \
  void fuzz_##name(std::span<const std::byte> bytes); \
  void fuzz_##name(std::span<const std::byte> bytes)
#endif
