#include "runtime/child_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "base/invariant.h"

namespace sluice::runtime {

ChildProcess::ChildProcess(std::vector<std::string> argv, const std::filesystem::path& log,
                           const std::map<std::string, std::string>& environment) {
  pid_ = fork();
  INVARIANT(pid_ >= 0);
  if (pid_ != 0) return;
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  // The parent may have blocked signals for its own shutdown; the child begins with none blocked.
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> args;
  for (std::string& arg : argv) args.push_back(arg.data());
  args.push_back(nullptr);
  execvp(args[0], args.data());
  _exit(127);
}

ChildProcess::~ChildProcess() {
  if (!running()) return;
  kill(SIGKILL);
  wait();
}

void ChildProcess::kill(int signal) {
  if (exit_code_ < 0) ::kill(pid_, signal);
}

int ChildProcess::wait() {
  if (exit_code_ >= 0) return exit_code_;
  int status = 0;
  INVARIANT(waitpid(pid_, &status, 0) == pid_);
  reaped(status);
  return exit_code_;
}

bool ChildProcess::running() {
  if (exit_code_ >= 0) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) == 0) return true;
  reaped(status);
  return false;
}

void ChildProcess::reaped(int status) { exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  INVARIANT(::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
  INVARIANT(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  ::close(fd);
  return ntohs(address.sin_port);
}

}  // namespace sluice::runtime
