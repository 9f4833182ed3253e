// bench kill: from a kill in the latch to an executing thread that has stopped. Started by scripts/bench.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <string>

#include "bench/kill_rig.h"
#include "bench/report.h"

namespace sluice::bench {

namespace {

using telemetry::Histogram;

struct KillOptions {
  bool json = false;
  bool full = false;
  std::string commit = "unknown";
  std::uint64_t kills = 0;  // of a case; 0: by default
};

constexpr std::array kLoads{std::pair{Load::kIdle, "idle"}, std::pair{Load::k100k, "100k"},
                            std::pair{Load::kSaturated, "saturated"}};
constexpr std::array kSinks{std::pair{Sink::kHealthy, "healthy"}, std::pair{Sink::kStalled, "stalled"},
                            std::pair{Sink::kDiskFull, "disk_full"}};
constexpr const char* kFloor = "a flag handed over, in turn with it";
constexpr std::array<const char*, kBands> kBandNames{"below_80", "from_80", "from_95", "reserve_full"};

std::string workload_of(Load load, Sink sink, bool real_time) {
  std::string text = load == Load::kIdle   ? "a frame of 16 commands at a time, killed somewhere in it"
                     : load == Load::k100k ? "100,000 commands/s in frames of 16, killed somewhere in one"
                                           : "a queue of frames of 128 commands that never ends";
  text += "; 100 accounts, one killed and let go again; ";
  text += sink == Sink::kHealthy   ? "the audit sink works"
          : sink == Sink::kStalled ? "the audit sink stands still again and again until all is full"
                                   : "the audit's disk is full again and again";
  text += "; executing thread and the rest pinned to a processor each, the former ";
  return text +
         (real_time ? "before all others there (SCHED_FIFO)" : "one among others: real-time is not permitted here");
}

/// False if something leaked or an audit record was lost.
bool run_case(Report& report, const std::string& name, Load load, Sink sink, const KillOptions& options) {
  const std::uint64_t kills = options.kills != 0 ? options.kills : options.full ? 115'000 : 4'000;
  // Files apart: in memory if there is such a disk, so that the kernel's writing does not take the processor away.
  const std::filesystem::path memory = "/dev/shm";
  const auto parent = std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
  const auto folder = parent / ("sluice-bench-kill-" + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  KillSamples samples;
  {
    KillRig rig(load, sink, folder, 7);
    samples = rig.run(kills);
  }
  std::filesystem::remove_all(folder);
  const std::string workload = workload_of(load, sink, samples.real_time);
  std::vector<Histogram> floor;
  floor.push_back(std::move(samples.floor));
  report.add_count(name + ".leaks", samples.leaks, workload);
  report.add_count(name + ".kills", samples.kills, workload);
  report.add_count(name + ".audit_lost", samples.lost, workload);
  say(name + ": " + std::to_string(samples.kills) + " kills, " + std::to_string(samples.executing.count()) +
      " while commands were executed, " + std::to_string(samples.held.count()) + " while held, " +
      std::to_string(samples.idle.count()) + " idle; " + std::to_string(samples.commands) + " commands, " +
      std::to_string(samples.leaks) + " leaks, " + std::to_string(samples.lost) + " audit records lost");
  report.add_tail(std::move(samples.executing), name + ".latch_to_stop", workload, kFloor, floor);
  report.add_tail(std::move(samples.idle), name + ".wake_up", workload + "; nothing to execute: it had stopped", kFloor,
                  floor);
  for (std::size_t band = 0; band < kBands; ++band) {
    report.add_tail(std::move(samples.bands[band]), name + ".audit_" + kBandNames[band] + ".latch_to_stop",
                    workload + (band >= 2 ? "; held" : ""), kFloor, floor);
  }
  return samples.leaks == 0 && samples.lost == 0;
}

int run(const KillOptions& options) {
  Report report("kill", options.json, options.commit);
  bool good = true;
  for (const auto& [load, load_name] : kLoads) {
    for (const auto& [sink, sink_name] : kSinks)
      good = run_case(report, std::string(load_name) + "." + sink_name, load, sink, options) && good;
  }
  report.print_disturbances();
  return good ? 0 : 1;
}

}  // namespace

}  // namespace sluice::bench

int main(int argc, char** argv) {
  sluice::bench::KillOptions options;
  std::string output = "text";
  CLI::App app("From a kill in the latch to an executing thread that has stopped");
  app.add_option("--output", output, "text or json")->check(CLI::IsMember({"text", "json"}));
  app.add_option("--commit", options.commit, "what was built");
  app.add_flag("--full", options.full, "115,000 kills a case, a million and more in all; not 4,000");
  app.add_option("--kills", options.kills, "kills of a case; 0: by default");
  CLI11_PARSE(app, argc, argv);
  options.json = output == "json";
  return sluice::bench::run(options);
}
