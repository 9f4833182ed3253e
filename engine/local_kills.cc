#include "engine/local_kills.h"

#include <csignal>
#include <sstream>

#include "domain/text.h"
#include "runtime/clock.h"
#include "runtime/ids.h"
#include "runtime/logging.h"
#include "runtime/this_thread.h"

namespace sluice::engine {

namespace {

constexpr Nanos kEvery{50 * kNanosPerMilli};
std::atomic<bool> signalled{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void on_signal(int) { signalled.store(true); }

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\"'";
  const auto from = text.find_first_not_of(kBlank);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kBlank) - from + 1);
}

bool set_scope(std::string_view value, EngageKillSwitch& kill) {
  for (const KillScope scope : kKillScopes) {
    if (value != name_of(scope)) continue;
    kill.scope = scope;
    return true;
  }
  return false;
}

bool set_mode(std::string_view value, EngageKillSwitch& kill) {
  constexpr std::string_view kModes[] = {"block-and-cancel", "block-only", "reduce-only", "flatten"};
  for (std::size_t i = 0; i < std::size(kModes); ++i) {
    if (value != kModes[i]) continue;
    kill.mode = static_cast<KillMode>(i + 1);
    return true;
  }
  return false;
}

template <typename T>
bool set_text(std::string_view value, T& text) {
  const auto read = T::from(value);
  if (read) text = *read;
  return read.has_value();
}

bool set_field(std::string_view name, std::string_view value, core::LatchedKill& kill) {
  if (name == "scope") return set_scope(value, kill.kill);
  if (name == "mode") return set_mode(value, kill.kill);
  if (name == "key") return set_text(value, kill.kill.key);
  if (name == "reason") return set_text(value, kill.kill.reason);
  return name == "by" && set_text(value, kill.by);
}

core::LatchedKill everything(std::string_view by, std::string_view reason) {
  core::LatchedKill kill;
  kill.kill.kill_id = runtime::new_uuid();
  kill.kill.scope = KillScope::kGlobal;
  kill.kill.mode = KillMode::kBlockAndCancel;
  kill.kill.reason = *Note::from(reason);
  kill.by = *Principal::from(by);
  return kill;
}

}  // namespace

FileKill read_kill_file(std::string_view text) {
  const core::LatchedKill global = everything("file", "a file was dropped into the engine's folder");
  FileKill read{global, {}};
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line) && read.problem.empty();) {
    const std::string_view content = trimmed(line);
    if (content.empty() || content.front() == '#') continue;
    const auto equals = content.find('=');
    if (equals == std::string_view::npos ||
        !set_field(trimmed(content.substr(0, equals)), trimmed(content.substr(equals + 1)), read.kill))
      read.problem = "cannot read '" + std::string(content.substr(0, 60)) + "'";
  }
  const EngageKillSwitch& kill = read.kill.kill;
  if (read.problem.empty() && (kill.scope == KillScope::kGlobal) != kill.key.empty())
    read.problem = "a key is needed, except for the global scope";
  if (!read.problem.empty()) read.kill = global;
  return read;
}

LocalKills::LocalKills(std::filesystem::path folder, KillDesk& desk) : folder_(std::move(folder)), desk_(desk) {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGUSR1, &action, nullptr);
  thread_ = std::thread([this] { run(); });
}

LocalKills::~LocalKills() {
  stop_.store(true, std::memory_order_release);
  bell_.ring();
  thread_.join();
}

void LocalKills::run() {
  runtime::name_this_thread("local-kills");
  while (!stop_.load(std::memory_order_acquire)) {
    const std::uint32_t seen = bell_.value();
    look_for_signal();
    look_for_file();
    bell_.wait(seen, kEvery);
  }
}

void LocalKills::look_for_signal() {
  if (signalled.exchange(false)) latch(everything("signal", "SIGUSR1 was sent to the engine"));
}

void LocalKills::look_for_file() {
  const std::filesystem::path path = folder_ / "kill";
  std::error_code error;
  const bool there = std::filesystem::exists(path, error);
  if (!there) stuck_ = false;
  if (!there || stuck_) return;
  const auto bytes = read_file(path);
  const std::string text =
      bytes.ok() ? std::string(reinterpret_cast<const char*>(bytes.value().data()), bytes.value().size()) : "?";
  const FileKill read = read_kill_file(text);
  const std::string id = to_string(read.kill.kill.kill_id);
  if (!read.problem.empty())
    runtime::log_error("a kill file stops everything", {{"path", path.string()}, {"why", read.problem}});
  std::filesystem::rename(path, path.string() + ".taken-" + id, error);
  stuck_ = static_cast<bool>(error);
  latch(read.kill);
  if (stuck_)
    runtime::log_error("a kill file cannot be taken away", {{"path", path.string()}, {"why", error.message()}});
}

void LocalKills::latch(const core::LatchedKill& kill) {
  const auto latched = desk_.latch(kill, runtime::steady_now());
  runtime::log_warn("local kill", {{"kill_id", to_string(kill.kill.kill_id)},
                                   {"scope", name_of(kill.kill.scope)},
                                   {"key", kill.kill.key.str()},
                                   {"by", kill.by.str()},
                                   {"synced", latched.ok() ? "yes" : latched.error().message}});
}

}  // namespace sluice::engine
