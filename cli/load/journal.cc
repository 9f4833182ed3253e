#include "cli/load/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "cli/load/recorder.h"

namespace sluice::load {

namespace {

constexpr Nanos kSyncEvery{100 * kNanosPerMilli};

const std::string& account_of(const v1::Command& command) {
  switch (command.body_case()) {
    case v1::Command::kCancel: return command.cancel().account();
    case v1::Command::kReplace: return command.replace().account();
    case v1::Command::kCancelAll: return command.cancel_all().account();
    default: return command.submit().account();
  }
}

/// Ids and accounts are names of a few plain characters: they need no escaping, and a dump per line would cost more
/// than the answer itself.
void begin_line(std::string& out, const v1::Command& command, const Stamp& stamp, Nanos to_unix) {
  out.append(R"({"id":")").append(command.options().command_id());
  out.append(R"(","account":")").append(account_of(command));
  out.append(R"(","intended":)").append(std::to_string((stamp.intended + to_unix).value()));
  out.append(R"(,"sent":)").append(std::to_string((stamp.sent + to_unix).value()));
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(const std::filesystem::path& path, Nanos to_unix) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0)
    return Error{ErrorCode::kInvalidArgument,
                 path.string() + " cannot be written: " + std::strerror(errno) + "; give another path with --journal"};
  return std::unique_ptr<Journal>(new Journal(file, path, to_unix));
}

Journal::Journal(int file, std::filesystem::path path, Nanos to_unix)
    : file_(file), path_(std::move(path)), to_unix_(to_unix), writer_([this] { run(); }) {}

Journal::~Journal() {
  (void)close();
  ::close(file_);
}

void Journal::answered(std::span<const Answer> answers, Nanos now) {
  std::string lines;
  for (const Answer& answer : answers) {
    begin_line(lines, *answer.command, answer.stamp, to_unix_);
    lines.append(R"(,"answered":)").append(std::to_string((now + to_unix_).value()));
    lines.append(R"(,"outcome":")").append(name_of(outcome_of(*answer.result))).append("\"");
    if (answer.result->error_code() == 0) {
      const v1::CommandResult& result = answer.result->result();
      lines.append(R"(,"shard":)").append(std::to_string(result.shard()));
      lines.append(R"(,"sequence":)").append(std::to_string(result.sequence()));
      lines.append(R"(,"index":)").append(std::to_string(result.index()));
      lines.append(R"(,"reason":)").append(std::to_string(static_cast<int>(result.reason())));
      lines.append(result.repeated() ? R"(,"repeated":true)" : R"(,"repeated":false)");
    }
    lines.append("}\n");
  }
  add(lines);
}

void Journal::given_up(const Batch& batch, const std::string& why) {
  std::string lines;
  for (std::size_t i = 0; i < batch.stamps.size(); ++i) {
    begin_line(lines, batch.request.commands(static_cast<int>(i)), batch.stamps[i], to_unix_);
    lines.append(R"(,"outcome":"unknown","why":)");
    lines.append(nlohmann::json(why).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)).append("}\n");
  }
  add(lines);
}

Status Journal::close() {
  if (!stop_.exchange(true)) {
    bell_.ring();
    writer_.join();
  }
  if (failed_.load() == 0) return ok_status();
  return Error{ErrorCode::kUnavailable,
               path_.string() + " is not complete: " + std::strerror(failed_.load()) + "; free space, then run again"};
}

void Journal::add(const std::string& lines) {
  const std::lock_guard lock(mutex_);
  waiting_.append(lines);
}

void Journal::run() {
  while (!stop_.load()) {
    bell_.wait(bell_.value(), kSyncEvery);
    write_out();
  }
  write_out();
}

void Journal::write_out() {
  std::string lines;
  {
    const std::lock_guard lock(mutex_);
    lines.swap(waiting_);
  }
  if (lines.empty() || failed_.load() != 0) return;
  for (std::size_t done = 0; done < lines.size();) {
    const ssize_t written = ::write(file_, lines.data() + done, lines.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      failed_.store(errno);
      return;
    }
    done += static_cast<std::size_t>(written);
  }
  if (::fdatasync(file_) != 0) failed_.store(errno);
}

}  // namespace sluice::load
