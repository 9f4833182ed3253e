#include "runtime/ready_file.h"

#include <fstream>
#include <system_error>

namespace sluice::runtime {

Status write_ready_file(const std::filesystem::path& path,
                        const std::vector<std::pair<std::string, std::string>>& addresses) {
  if (path.empty()) return ok_status();
  std::string json = "{";
  for (const auto& [name, address] : addresses) {
    json += (json.size() > 1 ? ",\"" : "\"") + name + "\":\"" + address + '"';
  }
  json += "}\n";
  std::filesystem::path temporary = path;
  temporary += ".tmp";
  std::ofstream file(temporary, std::ios::trunc);
  file << json;
  file.close();
  std::error_code failed;
  if (file) std::filesystem::rename(temporary, path, failed);
  if (!file || failed) return Error{ErrorCode::kUnavailable, "cannot write " + path.string()};
  return ok_status();
}

}  // namespace sluice::runtime
