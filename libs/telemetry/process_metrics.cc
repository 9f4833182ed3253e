#include "telemetry/process_metrics.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace sluice::telemetry {

namespace {

double clock_ticks_per_second() {
  static const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  return ticks;
}

/// Field of /proc/self/stat, from 1 as proc(5) counts; from the third on.
double process_field(std::size_t number) {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  // The second field is the program's name, which may hold anything but ends with the last bracket.
  std::istringstream rest(line.substr(std::min(line.size(), line.rfind(')') + 2)));
  std::string field;
  for (std::size_t at = 3; at <= number && rest >> field; ++at) {}
  return field.empty() ? 0 : std::stod(field);
}

constexpr std::size_t kUserTicks = 14, kSystemTicks = 15, kThreads = 20, kStartTicks = 22, kResidentPages = 24;

double boot_seconds() {
  std::ifstream file("/proc/stat");
  for (std::string word; file >> word;) {
    if (word == "btime") {
      double seconds = 0;
      file >> seconds;
      return seconds;
    }
  }
  return 0;
}

/// The machine's CPU time in /proc/stat: user nice system idle iowait irq softirq steal.
std::array<double, 8> cpu_ticks() {
  std::ifstream file("/proc/stat");
  std::string word;
  std::array<double, 8> ticks{};
  file >> word;
  for (double& one : ticks) file >> one;
  return ticks;
}

double memory_bytes(const std::string& key) {
  std::ifstream file("/proc/meminfo");
  for (std::string name; file >> name;) {
    double kibibytes = 0;
    std::string unit;
    file >> kibibytes;
    std::getline(file, unit);
    if (name == key) return kibibytes * 1024;
  }
  return 0;
}

double open_files() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  return error ? 0 : static_cast<double>(std::distance(begin(files), end(files)));
}

}  // namespace

void register_process_metrics(Registry& registry) {
  registry.counter_function("process_cpu_seconds_total", "CPU time of this process, user and system, in seconds.", [] {
    return (process_field(kUserTicks) + process_field(kSystemTicks)) / clock_ticks_per_second();
  });
  registry.gauge_function("process_resident_memory_bytes", "Memory of this process that is in RAM.",
                          [] { return process_field(kResidentPages) * static_cast<double>(::sysconf(_SC_PAGESIZE)); });
  registry.gauge_function("process_threads", "Threads of this process.", [] { return process_field(kThreads); });
  registry.gauge_function("process_open_fds", "Open files and sockets of this process.", open_files);
  registry.gauge_function("process_start_time_seconds", "When this process started, Unix time.",
                          [] { return boot_seconds() + process_field(kStartTicks) / clock_ticks_per_second(); });
  const std::string cpu = "CPU time of the whole machine since it started, by what it was used for.";
  registry.counter_function("sluice_machine_cpu_seconds_total", cpu,
                            [] {
                              const auto t = cpu_ticks();
                              return (t[0] + t[1] + t[2] + t[5] + t[6]) / clock_ticks_per_second();
                            },
                            {{"state", "busy"}});
  registry.counter_function("sluice_machine_cpu_seconds_total", cpu,
                            [] {
                              const auto t = cpu_ticks();
                              return (t[3] + t[4]) / clock_ticks_per_second();
                            },
                            {{"state", "idle"}});
  registry.counter_function("sluice_machine_cpu_seconds_total", cpu,
                            [] { return cpu_ticks()[7] / clock_ticks_per_second(); }, {{"state", "stolen"}});
  const std::string memory = "Memory of the whole machine.";
  registry.gauge_function("sluice_machine_memory_bytes", memory,
                          [] { return memory_bytes("MemTotal:") - memory_bytes("MemAvailable:"); },
                          {{"state", "used"}});
  registry.gauge_function("sluice_machine_memory_bytes", memory, [] { return memory_bytes("MemAvailable:"); },
                          {{"state", "available"}});
}

}  // namespace sluice::telemetry
