#include "eventlog/nats_connection.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>

#include "runtime/clock.h"

namespace sluice::eventlog {

namespace {

constexpr std::size_t kInBytes = 256u << 10;
constexpr Nanos kFlushMax{5 * kNanosPerSecond};

std::uint64_t to_number(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// Waits for `events` on `fd`, or for `wake_fd` (-1: none). Returns the fd that is ready, -1 on time-out.
int wait_for(int fd, short events, int wake_fd, Nanos deadline) {
  std::array<pollfd, 2> fds{pollfd{fd, events, 0}, pollfd{wake_fd, POLLIN, 0}};
  const std::int64_t left = std::max<std::int64_t>(0, (deadline - runtime::steady_now()).value());
  const timespec span{left / kNanosPerSecond, left % kNanosPerSecond};
  if (ppoll(fds.data(), wake_fd >= 0 ? 2 : 1, &span, nullptr) <= 0) return -1;
  return (wake_fd >= 0 && (fds[1].revents & POLLIN) != 0) ? wake_fd : fd;
}

}  // namespace

std::string_view NatsMessage::header(std::string_view name) const {
  std::size_t at = headers.find("\r\n");
  while (at != std::string_view::npos && at + 2 < headers.size()) {
    const std::size_t begin = at + 2;
    const std::size_t end = headers.find("\r\n", begin);
    if (end == std::string_view::npos) return {};
    const std::string_view line = headers.substr(begin, end - begin);
    if (line.size() > name.size() && line[name.size()] == ':' && line.substr(0, name.size()) == name) {
      std::string_view value = line.substr(name.size() + 1);
      while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
      return value;
    }
    at = end;
  }
  return {};
}

int NatsMessage::status() const {
  constexpr std::string_view kVersion = "NATS/1.0 ";
  if (headers.size() < kVersion.size() + 3 || headers.substr(0, kVersion.size()) != kVersion) return 0;
  return static_cast<int>(to_number(headers.substr(kVersion.size(), 3)));
}

NatsConnection::NatsConnection(std::string url, std::string name)
    : url_(std::move(url)), name_(std::move(name)), in_(kInBytes) {
  wake_fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  INVARIANT(wake_fd_ >= 0);
}

NatsConnection::~NatsConnection() {
  close();
  ::close(wake_fd_);
}

void NatsConnection::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  out_.clear();
  in_begin_ = in_end_ = consumed_ = 0;
}

Status NatsConnection::lost(const std::string& why) {
  close();
  return Error{ErrorCode::kUnavailable, "nats-server at " + url_ + ": " + why};
}

Status NatsConnection::connect(Nanos timeout) {
  close();
  std::string_view rest = url_;
  if (rest.substr(0, 7) == "nats://") rest.remove_prefix(7);
  const std::size_t colon = rest.rfind(':');
  std::string host(rest.substr(0, colon == std::string_view::npos ? rest.size() : colon));
  const std::uint64_t port = colon == std::string_view::npos ? 4222 : to_number(rest.substr(colon + 1));
  if (host == "localhost") host = "127.0.0.1";
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (port == 0 || port > 65535 || inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
    return Error{ErrorCode::kInvalidArgument,
                 "'" + url_ + "' is no address of a nats-server; write nats://127.0.0.1:4222"};
  }
  const Nanos deadline = runtime::steady_now() + timeout;
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return lost(std::strerror(errno));
  const int one = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    if (errno != EINPROGRESS) return lost(std::strerror(errno));
    if (wait_for(socket_, POLLOUT, -1, deadline) < 0) return lost("no connection in time");
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return lost(std::strerror(error));
  }
  const nlohmann::json options{{"verbose", false}, {"pedantic", false},    {"headers", true}, {"no_responders", true},
                               {"echo", false},    {"lang", "c++"},        {"name", name_},   {"version", "1"},
                               {"protocol", 1},    {"tls_required", false}};
  const std::string hello = "CONNECT " + options.dump() + "\r\nPING\r\n";
  out_.insert(out_.end(), hello.begin(), hello.end());
  if (Status sent = flush(); !sent.ok()) return sent;
  pong_ = false;
  while (!pong_) {  // INFO, then PONG; messages cannot come before a subscription
    NatsMessage message;
    const auto parsed = parse(message);
    if (!parsed.ok()) return parsed.error();
    if (parsed.value() || pong_) continue;
    const Status filled = fill(deadline);
    if (!filled.ok() && filled.error().code == ErrorCode::kCancelled) continue;
    if (!filled.ok()) return lost("no answer to the greeting: " + filled.error().message);
  }
  return ok_status();
}

void NatsConnection::subscribe(std::string_view subject, std::uint64_t sid) {
  const std::string line = "SUB " + std::string(subject) + ' ' + std::to_string(sid) + "\r\n";
  out_.insert(out_.end(), line.begin(), line.end());
}

void NatsConnection::unsubscribe(std::uint64_t sid) {
  const std::string line = "UNSUB " + std::to_string(sid) + "\r\n";
  out_.insert(out_.end(), line.begin(), line.end());
}

void NatsConnection::publish(std::string_view subject, std::string_view reply, std::string_view headers,
                             std::string_view payload) {
  constexpr std::string_view kVersion = "NATS/1.0\r\n";
  const auto put = [this](std::string_view text) { out_.insert(out_.end(), text.begin(), text.end()); };
  const auto put_number = [&put](std::size_t number) {
    std::array<char, 20> digits;
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    put({digits.data(), static_cast<std::size_t>(end - digits.data())});
  };
  put(headers.empty() ? "PUB " : "HPUB ");
  put(subject);
  put(" ");
  if (!reply.empty()) {
    put(reply);
    put(" ");
  }
  if (!headers.empty()) {
    const std::size_t header_bytes = kVersion.size() + headers.size() + 2;
    put_number(header_bytes);
    put(" ");
    put_number(header_bytes + payload.size());
    put("\r\n");
    put(kVersion);
    put(headers);
    put("\r\n");
  } else {
    put_number(payload.size());
    put("\r\n");
  }
  put(payload);
  put("\r\n");
}

Status NatsConnection::flush() {
  if (socket_ < 0) return lost("not connected");
  std::size_t sent = 0;
  const Nanos deadline = runtime::steady_now() + kFlushMax;
  while (sent < out_.size()) {
    const ssize_t n = ::send(socket_, out_.data() + sent, out_.size() - sent, MSG_NOSIGNAL);
    if (n > 0) {
      sent += static_cast<std::size_t>(n);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (wait_for(socket_, POLLOUT, -1, deadline) < 0) return lost("the server does not read what is sent");
    } else if (errno != EINTR) {
      return lost(std::strerror(errno));
    }
  }
  out_.clear();
  return ok_status();
}

Result<NatsMessage> NatsConnection::next(Nanos timeout) {
  if (socket_ < 0) return lost("not connected").error();
  in_begin_ += consumed_;
  consumed_ = 0;
  const Nanos deadline = runtime::steady_now() + timeout;
  while (true) {
    NatsMessage message;
    const auto parsed = parse(message);
    if (!parsed.ok()) return parsed.error();
    if (parsed.value()) return message;
    if (const Status filled = fill(deadline); !filled.ok()) return filled.error();
  }
}

void NatsConnection::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_fd_, &one, sizeof one);  // a full counter is a wake-up too
}

void NatsConnection::await_readable(Nanos timeout) {
  const int socket = socket_;
  if (socket < 0) return pause(timeout);
  if (wait_for(socket, POLLIN, wake_fd_, runtime::steady_now() + timeout) != wake_fd_) return;
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t cleared = ::read(wake_fd_, &count, sizeof count);
}

void NatsConnection::pause(Nanos timeout) {
  if (wait_for(wake_fd_, POLLIN, -1, runtime::steady_now() + timeout) != wake_fd_) return;
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t cleared = ::read(wake_fd_, &count, sizeof count);
}

/// Reads what the socket has into the buffer, waiting until `deadline`.
Status NatsConnection::fill(Nanos deadline) {
  if (in_begin_ > 0 && (in_begin_ == in_end_ || in_end_ == in_.size())) {
    std::memmove(in_.data(), in_.data() + in_begin_, in_end_ - in_begin_);
    in_end_ -= in_begin_;
    in_begin_ = 0;
  }
  if (in_end_ == in_.size()) in_.resize(in_.size() * 2);
  while (true) {
    const ssize_t n = ::recv(socket_, in_.data() + in_end_, in_.size() - in_end_, 0);
    if (n > 0) {
      in_end_ += static_cast<std::size_t>(n);
      return ok_status();
    }
    if (n == 0) return lost("the server closed the connection");
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return lost(std::strerror(errno));
    const int ready = wait_for(socket_, POLLIN, wake_fd_, deadline);
    if (ready == wake_fd_) {
      std::uint64_t count = 0;
      [[maybe_unused]] const ssize_t cleared = ::read(wake_fd_, &count, sizeof count);
      return Error{ErrorCode::kCancelled, "woken"};
    }
    if (ready < 0) return Error{ErrorCode::kTimeout, "nothing arrived"};
  }
}

/// True with the next whole message, false if more bytes are needed. Answers PING and takes note of INFO on the way.
Result<bool> NatsConnection::parse(NatsMessage& message) {
  while (true) {
    const std::string_view buffered(in_.data() + in_begin_, in_end_ - in_begin_);
    const std::size_t line_end = buffered.find("\r\n");
    if (line_end == std::string_view::npos) return false;
    const std::string_view line = buffered.substr(0, line_end);
    const bool with_headers = line.substr(0, 5) == "HMSG ";
    if (!with_headers && line.substr(0, 4) != "MSG ") {
      in_begin_ += line_end + 2;
      if (const Status handled = handle_control(line); !handled.ok()) return handled.error();
      if (pong_ && line.substr(0, 4) == "PONG") return false;
      continue;
    }
    std::array<std::string_view, 6> words;
    std::size_t count = 0;
    for (std::size_t at = line.find(' ') + 1; at < line.size() && count < words.size();) {
      const std::size_t space = std::min(line.find(' ', at), line.size());
      if (space > at) words[count++] = line.substr(at, space - at);
      at = space + 1;
    }
    const std::size_t fixed = with_headers ? 4u : 3u;  // subject sid [reply] [#headers] #total
    if (count != fixed && count != fixed + 1) return lost("protocol error: '" + std::string(line) + "'").error();
    const std::size_t total = to_number(words[count - 1]);
    const std::size_t header_bytes = with_headers ? to_number(words[count - 2]) : 0;
    if (header_bytes > total) return lost("protocol error: sizes").error();
    if (buffered.size() < line_end + 2 + total + 2) return false;
    message.subject = words[0];
    message.sid = to_number(words[1]);
    message.reply = count == fixed + 1 ? words[2] : std::string_view{};
    message.headers = buffered.substr(line_end + 2, header_bytes);
    message.payload = buffered.substr(line_end + 2 + header_bytes, total - header_bytes);
    consumed_ = line_end + 2 + total + 2;
    return true;
  }
}

Status NatsConnection::handle_control(std::string_view line) {
  if (line.substr(0, 4) == "PING") {
    constexpr std::string_view kPong = "PONG\r\n";
    out_.insert(out_.end(), kPong.begin(), kPong.end());
    return flush();
  }
  if (line.substr(0, 4) == "PONG") pong_ = true;
  if (line.substr(0, 5) == "INFO ") {
    const auto info = nlohmann::json::parse(line.substr(5), nullptr, false);
    if (info.is_discarded()) return lost("protocol error: INFO");
    payload_bytes_max_ = info.value("max_payload", std::size_t{1} << 20);
    server_version_ = info.value("version", "");
  }
  if (line.substr(0, 4) == "-ERR") return lost(std::string(line));
  return ok_status();
}

}  // namespace sluice::eventlog
