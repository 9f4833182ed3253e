// NatsConnection: one TCP connection to a NATS server, driven by the one thread that owns it (docs/adr/0001). It sends
// when told to and reads when asked to; nothing is buffered across connections, so nothing is ever sent late. Only
// wake() is for other threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/money.h"

namespace sluice::eventlog {

/// A message as received; views into the connection's buffer, valid until the next call.
struct NatsMessage {
  std::string_view subject;
  std::string_view reply;
  std::uint64_t sid = 0;
  std::string_view headers;  // whole block with "NATS/1.0…", empty if none
  std::string_view payload;

  /// Value of header `name`, or empty.
  std::string_view header(std::string_view name) const;
  /// Status code of the header line (100, 503, …), 0 if none.
  int status() const;
};

class NatsConnection {
 public:
  /// `url` nats://host:port or host:port (numeric IPv4 address or localhost).
  NatsConnection(std::string url, std::string name);
  ~NatsConnection();
  NatsConnection(const NatsConnection&) = delete;
  NatsConnection& operator=(const NatsConnection&) = delete;

  /// Connects and waits for the server's answer, at most `timeout`. Errors: kUnavailable, kInvalidArgument (bad url).
  Status connect(Nanos timeout);
  void close();
  bool connected() const { return socket_ >= 0; }

  /// Queues protocol text; flush() sends it. After an error the connection is closed.
  void subscribe(std::string_view subject, std::uint64_t sid);
  void unsubscribe(std::uint64_t sid);
  /// `headers`: "Name: value\r\n" lines without the version line, or empty.
  void publish(std::string_view subject, std::string_view reply, std::string_view headers, std::string_view payload);
  /// Sends what is queued; blocks only while the socket is full, at most 5 s. Errors: kUnavailable.
  Status flush();

  /// The next message. Errors: kTimeout, kCancelled (woken), kUnavailable (connection lost; it is closed).
  Result<NatsMessage> next(Nanos timeout);
  /// Makes a present or the next next() return kCancelled. Any thread.
  void wake();
  /// Waits until there is something to read, wake() was called, or `timeout` passed. May run beside any other call but
  /// next() and pause().
  void await_readable(Nanos timeout);
  /// Waits until wake() or `timeout`, connected or not.
  void pause(Nanos timeout);
  /// Largest message that the server takes.
  std::size_t payload_bytes_max() const { return payload_bytes_max_; }
  const std::string& server_version() const { return server_version_; }

 private:
  Status lost(const std::string& why);
  Result<bool> parse(NatsMessage& message);
  Status handle_control(std::string_view line);
  Status fill(Nanos deadline);

  std::string url_;
  std::string name_;
  std::atomic<int> socket_{-1};  // await_readable() looks at it from another thread
  int wake_fd_ = -1;
  std::size_t payload_bytes_max_ = 1 << 20;
  std::string server_version_;
  std::vector<char> out_;
  std::vector<char> in_;
  std::size_t in_begin_ = 0;
  std::size_t in_end_ = 0;
  std::size_t consumed_ = 0;  // bytes of the message handed out last, dropped by the next call
  bool pong_ = false;
};

}  // namespace sluice::eventlog
