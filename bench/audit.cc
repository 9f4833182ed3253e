// bench audit: what an audit record costs the thread that writes it, that none is lost, how fast files are verified,
// and what a SIGKILL leaves. Started by scripts/bench.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <random>
#include <string>

#include "audit/audit_verify.h"
#include "bench/audit_kills.h"
#include "bench/audit_rounds.h"
#include "bench/report.h"
#include "runtime/clock.h"

namespace sluice::bench {

namespace {

using telemetry::Histogram;

struct AuditOptions {
  bool json = false;
  std::string commit = "unknown";
  bool full = false;
  int rounds = 5;
  int kills = 20;
  std::uint64_t records = 0;  // of each round; 0: by default
  std::uint64_t total = 0;    // of the run with stalls; 0: by default
};

/// A folder of its own, removed at the end.
class Scratch {
 public:
  Scratch()
      : path_(std::filesystem::temp_directory_path() /
              ("sluice-bench-audit-" + std::to_string(std::random_device{}()))) {
    std::filesystem::create_directories(path_);
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  /// A name in it that has not been given out.
  std::filesystem::path next() { return path_ / std::to_string(++given_); }

 private:
  const std::filesystem::path path_;
  int given_ = 0;
};

Measure count_of(const std::string& metric, std::uint64_t value, const std::string& workload, std::uint64_t samples,
                 bool lower_is_better) {
  const auto number = static_cast<double>(value);
  return {.metric = metric,
          .value = number,
          .unit = "count",
          .samples = samples,
          .workload = workload,
          .lower_is_better = lower_is_better,
          .confidence = {number, number},
          .reference = "",
          .reference_value = 0};
}

void measure_records(const AuditOptions& options, Scratch& scratch, Report& report) {
  const std::uint64_t records = options.records != 0 ? options.records : options.full ? 4'000'000 : 1'000'000;
  std::vector<Histogram> ring, stamps, writes, lines;
  for (int round = 1; round <= options.rounds; ++round) {
    say("recording, round " + std::to_string(round) + " of " + std::to_string(options.rounds));
    const auto folder = scratch.next();
    ring.push_back(record_through_ring(folder, records));
    std::filesystem::remove_all(folder);
    stamps.push_back(stamps_alone(records));
    writes.push_back(write_to_file(scratch.next(), records / 8));
    lines.push_back(log_by_spdlog(scratch.next(), records / 8));
  }
  report.add(
      percentile(stamps, 0.5, "floor.timestamp.p50", "the time stamp that every span below contains", "", {}, "ns"));
  const std::string workload =
      "one 64-byte record and its time stamp, bursts of 256 as fast as the ring takes them, the sink drains to disk";
  const std::vector<std::pair<const char*, double>> quantiles{{"p50", 0.5}, {"p99", 0.99}, {"p99.9", 0.999}};
  for (const auto& [name, quantile] : quantiles) {
    report.add(percentile(writes, quantile, std::string("peer.write.") + name,
                          "write(2) of the same 64 bytes to a file, and the stamp", "", {}, "ns"));
    report.add(percentile(
        lines, quantile, std::string("peer.spdlog_async.") + name,
        "spdlog's asynchronous logger, one thread, a queue of 131,072, the same fields as text, and the stamp", "", {},
        "ns"));
    report.add(percentile(ring, quantile, std::string("record.") + name, workload, "write(2)", {&writes}, "ns"));
  }
}

/// False if a record was lost or the files do not verify.
bool measure_files(const AuditOptions& options, Scratch& scratch, Report& report) {
  const std::uint64_t total = options.total != 0 ? options.total : options.full ? 40'000'000 : 10'000'000;
  const auto folder = scratch.next();
  say("recording " + std::to_string(total) + " with a sink that stalls");
  const StallRun run = record_with_stalls(folder, total);
  const std::string workload = std::to_string(run.stalls) + " stalls of 60 ms, the writer waited for room " +
                               std::to_string(run.full) + " times; every number looked for in the files";
  report.add(count_of("records.total", run.found, workload, run.written, false));
  report.add(count_of("records.lost", run.lost, workload, run.written, true));
  say(std::to_string(static_cast<std::uint64_t>(static_cast<double>(run.written) / run.seconds)) +
      " records/s from the writer to the disk, stalls and syncs included");
  Rounds reads, verifies;
  bool good = run.lost == 0;
  std::uint64_t records = 0;
  for (int round = 1; round <= options.rounds; ++round) {
    say("verifying, round " + std::to_string(round) + " of " + std::to_string(options.rounds));
    const double seconds = read_alone(folder);
    const Nanos begin = runtime::steady_now();
    const auto found = audit::verify(folder);
    const double taken = static_cast<double>((runtime::steady_now() - begin).value()) / 1e9;
    good = good && found.ok() && found.value().good() && found.value().unanchored == 0;
    if (!found.ok()) return false;
    records = found.value().records;
    reads.push_back(static_cast<double>(records) / seconds);
    verifies.push_back(static_cast<double>(records) / taken);
  }
  const std::uint64_t samples = records * static_cast<std::uint64_t>(options.rounds);
  report.add(median_rate(reads, "floor.read", "records/s", "the same files read from the page cache, nothing looked at",
                         samples));
  report.add(median_rate(verifies, "verify.records_per_s", "records/s",
                         "every sum, every anchor, every segment; one thread", samples, "reading alone", reads));
  return good;
}

bool measure_kills(const AuditOptions& options, Scratch& scratch, Report& report) {
  say(std::to_string(options.kills) + " SIGKILLs");
  const KillProof proof = kill_while_recording(scratch.next(), options.kills);
  const std::string workload = std::to_string(proof.kills) + " SIGKILLs 5 to 60 ms into recording, " +
                               std::to_string(proof.recorded) + " records in the files at the end";
  report.add(count_of("kill.anchored_lost", proof.anchored_lost,
                      workload + "; records reported as anchored that are not there", proof.kills, true));
  report.add(count_of("kill.not_verified", proof.wrong, workload + "; kills behind which the audit did not verify",
                      proof.kills, true));
  return proof.anchored_lost == 0 && proof.wrong == 0 && proof.recorded > 0;
}

int run(const AuditOptions& options) {
  Report report("audit", options.json, options.commit);
  Scratch scratch;
  // First, while the process has one thread: it forks.
  const bool kept = measure_kills(options, scratch, report);
  measure_records(options, scratch, report);
  const bool whole = measure_files(options, scratch, report);
  say(kept && whole ? "nothing lost, all verified" : "LOST OR NOT VERIFIED");
  report.print_disturbances();
  return kept && whole ? 0 : 1;
}

}  // namespace

}  // namespace sluice::bench

int main(int argc, char** argv) {
  sluice::bench::AuditOptions options;
  std::string output = "text";
  CLI::App app("What an audit record costs, that none is lost, how fast files are verified");
  app.add_option("--output", output, "text or json")->check(CLI::IsMember({"text", "json"}));
  app.add_option("--commit", options.commit, "what was built");
  app.add_flag("--full", options.full, "4 M records a round and 40 M with stalls, not 1 M and 10 M");
  app.add_option("--rounds", options.rounds, "how often each is measured")->check(CLI::Range(2, 100));
  app.add_option("--kills", options.kills, "SIGKILLs")->check(CLI::Range(1, 10'000));
  app.add_option("--records", options.records, "records of a round; 0: by default");
  app.add_option("--total", options.total, "records of the run with stalls; 0: by default");
  CLI11_PARSE(app, argc, argv);
  options.json = output == "json";
  return sluice::bench::run(options);
}
