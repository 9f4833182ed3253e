#include "telemetry/scrape.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <sstream>

namespace sluice::telemetry {

namespace {

constexpr std::string_view kEndOfHeaders = "\r\n\r\n";
constexpr std::string_view kLength = "Content-Length: ";
constexpr std::string_view kRequest = "GET /metrics HTTP/1.0\r\n\r\n";

/// True if `answer` is whole: the server lingers before it closes, so its end is not waited for.
bool whole(const std::string& answer) {
  const std::size_t body = answer.find(kEndOfHeaders);
  const std::size_t length = answer.find(kLength);
  if (body == std::string::npos || length == std::string::npos) return false;
  return answer.size() >=
         body + kEndOfHeaders.size() + std::strtoul(answer.c_str() + length + kLength.size(), nullptr, 10);
}

void bound_waits(int fd, Nanos timeout) {
  timeval span{};
  span.tv_sec = timeout.value() / kNanosPerSecond;
  span.tv_usec = timeout.value() % kNanosPerSecond / 1000;
  for (const int side : {SO_RCVTIMEO, SO_SNDTIMEO}) ::setsockopt(fd, SOL_SOCKET, side, &span, sizeof span);
}

std::string get(const std::string& address, Nanos timeout) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return {};
  bound_waits(fd, timeout);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::strtoul(address.c_str() + address.rfind(':') + 1, nullptr, 10)));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 &&
      ::send(fd, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(kRequest.size())) {
    std::array<char, 4096> buffer{};
    while (!whole(answer)) {
      const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
      if (got <= 0) break;
      answer.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }
  ::close(fd);
  return answer;
}

}  // namespace

Series scrape(const std::string& address, Nanos timeout) {
  Series series;
  if (address.find(':') == std::string::npos) return series;
  const std::string answer = get(address, timeout);
  const std::size_t body = answer.find(kEndOfHeaders);
  if (body == std::string::npos) return series;
  std::istringstream lines(answer.substr(body + kEndOfHeaders.size()));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t space = line.rfind(' ');
    if (!line.starts_with('#') && !line.starts_with("exposer_") && space != std::string::npos)
      series[line.substr(0, space)] = std::strtod(line.c_str() + space + 1, nullptr);
  }
  return series;
}

}  // namespace sluice::telemetry
