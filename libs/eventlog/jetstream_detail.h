// What the parts of JetstreamLog share. Private to libs/eventlog. Pure functions; any thread.
#pragma once

#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "eventlog/jetstream_log.h"
#include "runtime/ids.h"

namespace sluice::eventlog::detail {

/// How long a closed connection waits before it is tried again.
inline constexpr Nanos kReconnectPause{20 * kNanosPerMilli};

/// The number behind `key` in `text`; 0 if there is none.
inline std::uint64_t number_after(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return 0;
  std::size_t begin = at + key.size();
  while (begin < text.size() && text[begin] == ' ') ++begin;
  std::uint64_t number = 0;
  std::from_chars(text.data() + begin, text.data() + text.size(), number);
  return number;
}

inline std::string new_inbox() { return "_INBOX." + std::to_string(runtime::random_u64()); }

/// The broker's error object as an Error that a caller can act on.
Error error_of(const nlohmann::json& error);

std::unique_ptr<Appender> make_jetstream_appender(const JetstreamOptions& options, const std::string& name);
std::unique_ptr<Reader> make_jetstream_reader(const JetstreamOptions& options, const std::string& name, StreamId stream,
                                              std::uint64_t from);

}  // namespace sluice::eventlog::detail
