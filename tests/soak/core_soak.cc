// Differential soak of the core: histories without end, each through the core, a replay, a second execution, the log
// checker and the reference exchange at once, with state hashes compared after each frame. Nothing is sampled: all of
// this happens to every command; only whole books are compared every 32 frames.
//
// Threads share nothing but a counter of histories, so that a history depends on the first seed and its number alone.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/property/rapid.h"

namespace {

using namespace sluice::property;
using Clock = std::chrono::steady_clock;

struct Options {
  std::uint64_t commands = 10'000'000;
  std::uint64_t seed = 1;
  unsigned threads = 1;
  std::filesystem::path folder = ".";
};

constexpr std::size_t kSteps = 1000;  // of a history
constexpr auto kShrinkMax = std::chrono::seconds(120);

RunOptions run_options() {
  RunOptions options;
  options.reexecute = true;
  options.books_every = 32;
  return options;
}

/// Histories of all sorts take turns.
Mix mix_of(std::uint64_t number) {
  switch (number % 6) {
    case 0: return {.stops = 35, .icebergs = 35};
    case 1: return {.limits = 6, .limits_from_the_start = true};
    case 2: return {.kills = 6, .waits = 5, .resends = 10, .restores = 5, .wrong = 10};
    case 3: return {.limits = 6, .extreme = 8};
    case 4: return {.kills = 0, .limits = 0, .restores = 0, .wrong = 0, .plain_units = true};
    default: return {};
  }
}

class Soak {
 public:
  explicit Soak(const Options& options) : options_(options) {}

  int run() {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < options_.threads; ++i) threads.emplace_back([this] { work(); });
    const auto begin = Clock::now();
    while (!over()) {
      std::this_thread::sleep_for(
          std::chrono::milliseconds(200));  // the pace of the progress line, not a wait for the workers
      report(begin, false);
    }
    threads.clear();
    report(begin, true);
    return failed_ ? 1 : 0;
  }

 private:
  bool over() const { return failed_ || commands_ >= options_.commands; }

  void work() {
    while (!over()) {
      const std::uint64_t seed = options_.seed + next_++;
      const History history = make_history(seed, mix_of(seed), kSteps);
      LogTotals totals;
      const auto finding = find_fault(history, run_options(), &totals);
      if (finding) return fail(seed, history, *finding);
      commands_ += totals.commands;
      trades_ += totals.trades;
      kills_ += totals.kills;
    }
  }

  void fail(std::uint64_t seed, const History& history, const Finding& finding) {
    const std::scoped_lock lock(mutex_);
    if (failed_.exchange(true)) return;
    std::printf("core soak: FAILED at seed %llu: %s\n", static_cast<unsigned long long>(seed),
                to_text(finding).c_str());
    std::fflush(stdout);
    const auto [least, why] = shrink(history, finding);
    const auto file = options_.folder / ("core-soak-" + std::to_string(seed) + ".txt");
    std::filesystem::create_directories(options_.folder);
    std::ofstream(file) << "# core soak, seed " << seed << "\n" << to_text(least);
    std::printf(
        "core soak: shrunk from %zu to %zu steps: %s\ncore soak: written to %s; put it into "
        "tests/property/regressions\n",
        history.steps.size(), least.steps.size(), to_text(why).c_str(), file.c_str());
  }

  /// The least history found in time that still has a fault.
  static std::pair<History, Finding> shrink(const History& history, Finding finding) {
    const auto until = Clock::now() + kShrinkMax;
    rc::Shrinkable<History> least = shrinkable(history);
    for (bool found = true; found && Clock::now() < until;) {
      found = false;
      for (auto smaller = least.shrinks(); auto next = smaller.next();) {
        if (Clock::now() >= until) break;
        const auto still = find_fault(next->value(), run_options());
        if (!still) continue;
        finding = *still;
        least = *next;
        found = true;
        break;
      }
    }
    return {least.value(), finding};
  }

  void report(Clock::time_point begin, bool last) {
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    if (!last && seconds < next_report_) return;
    next_report_ = seconds + 5;
    const auto done = static_cast<double>(commands_.load());
    const double rate = seconds > 0 ? done / seconds : 0;
    const double left = rate > 0 ? (static_cast<double>(options_.commands) - done) / rate : 0;
    std::printf("core soak: %.0f commands, %llu trades, %llu kills, %llu histories, %.0f commands/s, %s %.0f s\n", done,
                static_cast<unsigned long long>(trades_.load()), static_cast<unsigned long long>(kills_.load()),
                static_cast<unsigned long long>(next_.load()), rate, last ? "took" : "still", last ? seconds : left);
    std::fflush(stdout);
  }

  const Options options_;
  std::atomic<std::uint64_t> next_{0}, commands_{0}, trades_{0}, kills_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  double next_report_ = 5;
};

int usage() {
  std::fprintf(stderr, "Usage: core_soak [--commands N] [--seed S] [--threads T] [--out FOLDER] [--replay FILE]\n");
  return 2;
}

/// Runs one kept history, everything compared after every frame.
int replay(const std::string& file) {
  std::ifstream in(file);
  const auto history = parse_history(std::string(std::istreambuf_iterator<char>(in), {}));
  if (!history) return usage();
  RunOptions options = run_options();
  options.books_every = 1;
  const auto finding = find_fault(*history, options);
  std::printf("%s\n", finding ? to_text(*finding).c_str() : "no finding");
  return finding ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  options.threads = std::max(1u, std::thread::hardware_concurrency());
  for (int i = 1; i < argc; i += 2) {
    const std::string flag = argv[i];
    if (i + 1 == argc) return usage();
    if (flag == "--replay") return replay(argv[i + 1]);
    if (flag == "--commands") options.commands = std::stoull(argv[i + 1]);
    else if (flag == "--seed") options.seed = std::stoull(argv[i + 1]);
    else if (flag == "--threads") options.threads = static_cast<unsigned>(std::stoul(argv[i + 1]));
    else if (flag == "--out") options.folder = argv[i + 1];
    else return usage();
  }
  return Soak(options).run();
}
