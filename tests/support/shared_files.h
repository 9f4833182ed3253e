// The shared test inputs (scenarios, market data). They live beside the repository, not in it: $SLUICE_SHARED, else
// ../shared. Tests that need one which is absent are skipped by name.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace sluice::test {

inline std::filesystem::path shared_path(const std::string& inside) {
  const char* shared = std::getenv("SLUICE_SHARED");
  const std::filesystem::path folder = shared != nullptr ? shared : std::string(SLUICE_SOURCE_DIR) + "/../shared";
  return folder / inside;
}

/// The whole file; empty if it cannot be read.
inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return file ? text.str() : std::string();
}

}  // namespace sluice::test

/// In a test body: ends the test as skipped, naming the file, if `path` is absent.
#define SKIP_IF_ABSENT(path) \
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "absent: " << (path).string() << " (set SLUICE_SHARED)"
