// sluice perf status, sluice perf measuring.
#include <algorithm>
#include <cstdio>

#include "cli/perf/commands.h"
#include "cli/perf/plot.h"
#include "cli/print.h"
#include "domain/utc.h"
#include "runtime/channel.h"
#include "sluice/v1/performance.grpc.pb.h"
#include "sluice/v1/query.grpc.pb.h"

namespace sluice::cli {

namespace {

struct StatusFlags {
  std::string window = "60s";
  std::string process;
  bool all = false;
};

std::string value_text(std::uint64_t value, const std::string& unit) {
  return unit == "ns" ? span_text(static_cast<double>(value)) : std::to_string(value);
}

std::string percentile_text(const v1::WindowPerformance& window, double percentile, const std::string& unit) {
  for (const v1::PercentileValue& one : window.percentiles()) {
    if (one.percentile() == percentile) return value_text(one.value(), unit);
  }
  return "-";
}

std::string verdict_text(const v1::ObjectiveState& state) {
  if (state.violated()) return "VIOLATED";
  switch (state.verdict()) {
    case v1::OBJECTIVE_VERDICT_MET: return "met";
    case v1::OBJECTIVE_VERDICT_VIOLATED: return "above its limit, not for long enough yet";
    case v1::OBJECTIVE_VERDICT_TOO_FEW_SAMPLES: return "too few samples";
    default: return "no data";
  }
}

void print_stages(const v1::GetPerformanceResponse& process, const StatusFlags& flags) {
  std::printf("  %-16s %10s %10s %10s %10s %10s %10s %10s %10s\n", "stage", "count", "mean", "p50", "p95", "p99",
              "p99.9", "p99.99", "max");
  for (const v1::StagePerformance& stage : process.stages()) {
    for (const v1::WindowPerformance& window : stage.windows()) {
      if (window.window() != flags.window || (window.samples() == 0 && !flags.all)) continue;
      const std::string mean = stage.unit() == "ns" ? span_text(window.mean()) : std::to_string(window.mean());
      std::printf("  %-16s %10llu %10s", stage.stage().c_str(), static_cast<unsigned long long>(window.count()),
                  mean.c_str());
      for (const double percentile : {50.0, 95.0, 99.0, 99.9, 99.99})
        std::printf(" %10s", percentile_text(window, percentile, stage.unit()).c_str());
      std::printf(" %10s\n", value_text(window.max(), stage.unit()).c_str());
    }
  }
}

void print_objectives(const v1::GetPerformanceResponse& process, const StatusFlags& flags) {
  for (const v1::ObjectiveState& state : process.objectives()) {
    if (state.verdict() == v1::OBJECTIVE_VERDICT_NO_DATA && !state.violated() && !flags.all) continue;
    std::printf("  objective %s: %s", state.text().c_str(), verdict_text(state).c_str());
    if (state.samples() > 0)
      std::printf(" (%llu of %llu above)", static_cast<unsigned long long>(state.above()),
                  static_cast<unsigned long long>(state.samples()));
    if (state.since_unix_nanos() != 0) std::printf(", since %s", utc_text(Nanos{state.since_unix_nanos()}).c_str());
    if (state.violations() > 0) std::printf(", %llu violations", static_cast<unsigned long long>(state.violations()));
    std::printf("\n");
  }
}

void print(const v1::GetPerformanceResponse& process, const StatusFlags& flags) {
  std::printf(
      "%s, %s%s\n", process.process().c_str(),
      flags.window == "start" ? "since its start" : ("last " + flags.window).c_str(),
      process.measuring() ? "" : ": MEASURING IS SWITCHED OFF (but kills, audit and what a kill objective watches)");
  print_stages(process, flags);
  print_objectives(process, flags);
  if (process.lost() > 0)
    std::printf("  %llu records found no room\n", static_cast<unsigned long long>(process.lost()));
  if (process.sampling() > 1)
    std::printf("  overloaded: one in %llu is recorded\n", static_cast<unsigned long long>(process.sampling()));
}

int status(const Context& context, const StatusFlags& flags) {
  const auto endpoints = context.endpoints();
  if (!endpoints.ok()) return fail(endpoints.error());
  const auto query = v1::QueryService::NewStub(runtime::open_channel(endpoints.value().query));
  grpc::ClientContext call;
  context.prepare(call);
  v1::ListPerformanceResponse response;
  if (const auto asked = query->ListPerformance(&call, {}, &response); !asked.ok()) return fail(asked);
  auto* processes = response.mutable_processes();
  if (!flags.process.empty()) {
    std::string names;
    for (const auto& one : *processes) names += (names.empty() ? "" : ", ") + one.process();
    processes->erase(std::remove_if(processes->begin(), processes->end(),
                                    [&](const auto& one) { return one.process() != flags.process; }),
                     processes->end());
    if (processes->empty())
      return fail(Error{ErrorCode::kInvalidArgument, "no process '" + flags.process + "'; there are: " + names});
  }
  bool violated = false;
  for (const auto& process : response.processes()) {
    for (const auto& state : process.objectives()) violated = violated || state.violated();
  }
  if (context.json()) {
    std::printf("%s\n", to_json_line(response).c_str());
  } else {
    for (const auto& process : response.processes()) print(process, flags);
    for (const auto& one : response.unreached())
      std::printf("%s: NOT REACHED: %s\n", one.address().c_str(), one.error().c_str());
  }
  if (violated) return kExitFailed;
  return response.unreached_size() > 0 ? kExitUnavailable : kExitOk;
}

int set_measuring(const Context& context, bool on) {
  const auto endpoints = context.endpoints();
  if (!endpoints.ok()) return fail(endpoints.error());
  std::vector<std::string> addresses = endpoints.value().engines;
  addresses.insert(addresses.end(), endpoints.value().standbys.begin(), endpoints.value().standbys.end());
  addresses.push_back(endpoints.value().command);
  addresses.push_back(endpoints.value().query);
  int code = kExitOk;
  for (const std::string& address : addresses) {
    const auto stub = v1::PerformanceService::NewStub(runtime::open_channel(address));
    grpc::ClientContext call;
    context.prepare(call);
    v1::SetMeasuringRequest request;
    request.set_measuring(on);
    v1::SetMeasuringResponse response;
    if (const auto asked = stub->SetMeasuring(&call, request, &response); !asked.ok()) {
      std::fprintf(stderr, "%s: ", address.c_str());
      code = fail(asked);
    } else if (context.json()) {
      std::printf("%s\n",
                  nlohmann::json{{"address", address}, {"measuring", on}, {"was_measuring", response.was_measuring()}}
                      .dump()
                      .c_str());
    } else {
      std::printf("%s: %s\n", address.c_str(),
                  response.was_measuring() == on ? (on ? "was on" : "was off") : (on ? "on" : "off"));
    }
  }
  return code;
}

}  // namespace

void add_perf_status(CLI::App& family, Context& context, Action& action) {
  static StatusFlags flags;
  auto* command = family.add_subcommand("status", "stages and objectives of every process");
  command->footer(
      "A percentile with fewer than ten samples beyond it is shown as '-'.\n"
      "Exit codes: 1 if an objective is violated, 4 if a process was not reached.\nExample: sluice perf status "
      "--window 5s");
  command->add_option("--window", flags.window, "1s, 5s, 60s, or start")
      ->check(CLI::IsMember({"1s", "5s", "60s", "start"}))
      ->capture_default_str();
  command->add_option("--process", flags.process, "only this one, for example engine-0");
  command->add_flag("--all", flags.all, "also what has no data");
  command->callback([&] { action = [&] { return status(context, flags); }; });
}

void add_perf_measuring(CLI::App& family, Context& context, Action& action) {
  static std::string state;
  auto* command = family.add_subcommand("measuring", "switch measuring on or off in every process, at once");
  command->footer(
      "Kills, audit and what an objective with a kill watches are measured always.\nExample: sluice perf measuring "
      "off");
  command->add_option("state", state, "on or off")->required()->check(CLI::IsMember({"on", "off"}));
  command->callback([&] { action = [&] { return set_measuring(context, state == "on"); }; });
}

}  // namespace sluice::cli
