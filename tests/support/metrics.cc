#include "support/metrics.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <sstream>

namespace sluice::test {

namespace {

constexpr std::string_view kEndOfHeaders = "\r\n\r\n";
constexpr std::string_view kLength = "Content-Length: ";

/// True if `answer` is whole: the server lingers before it closes, so its end is not waited for.
bool whole(const std::string& answer) {
  const std::size_t body = answer.find(kEndOfHeaders);
  const std::size_t length = answer.find(kLength);
  if (body == std::string::npos || length == std::string::npos) return false;
  return answer.size() >= body + kEndOfHeaders.size() + std::stoul(answer.substr(length + kLength.size()));
}

std::string http_get(const std::string& address, const std::string& path) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  const std::string request = "GET " + path + " HTTP/1.0\r\n\r\n";
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 &&
      ::write(fd, request.data(), request.size()) == static_cast<ssize_t>(request.size())) {
    std::array<char, 4096> buffer{};
    while (!whole(answer)) {
      const ssize_t got = ::read(fd, buffer.data(), buffer.size());
      if (got <= 0) break;
      answer.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }
  ::close(fd);
  return answer;
}

}  // namespace

Metrics scrape(const std::string& address) {
  Metrics metrics;
  std::istringstream lines(http_get(address, "/metrics"));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t space = line.rfind(' ');
    if (line.starts_with("sluice_") && space != std::string::npos)
      metrics[line.substr(0, space)] = std::stod(line.substr(space + 1));
  }
  return metrics;
}

}  // namespace sluice::test
