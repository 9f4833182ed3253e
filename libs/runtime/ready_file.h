// The file by which a process tells its supervisor that it listens, and where. Thread: main.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sluice::runtime {

/// Writes {"name":"host:port",…} to `path`, whole or not at all (temporary file and rename). Does nothing for an empty
/// path. Errors: kUnavailable.
Status write_ready_file(const std::filesystem::path& path,
                        const std::vector<std::pair<std::string, std::string>>& addresses);

}  // namespace sluice::runtime
