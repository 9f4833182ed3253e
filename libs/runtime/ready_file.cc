#include "runtime/ready_file.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "runtime/config.h"
#include "runtime/logging.h"

namespace sluice::runtime {

void write_ready_file(const std::string& path, const std::vector<std::pair<std::string, std::string>>& addresses) {
  std::fflush(stdout);
  if (path.empty()) return;
  const std::string temporary = path + ".tmp";
  std::ofstream file(temporary);
  file << '{';
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    file << (i == 0 ? "" : ",") << '"' << addresses[i].first << "\":\"" << addresses[i].second << '"';
  }
  file << "}\n";
  file.close();
  std::error_code error;
  std::filesystem::rename(temporary, path, error);
  if (!file || error) log_error("ready file not written", {{"path", path}, {"why", error.message()}});
}

int usage_error(const Error& error) {
  std::fprintf(stderr, "error: %s\n", error.message.c_str());
  return kUsageExitCode;
}

void exit_halted(const Error& error) {
  log_error("halted", {{"why", error.message}});
  std::_Exit(kHaltedExitCode);
}

}  // namespace sluice::runtime
