#include "cli/load/report.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>

namespace sluice::load {

namespace {

__attribute__((format(printf, 2, 3))) void append(std::string& out, const char* format, ...) {
  char line[512];
  va_list values;
  va_start(values, format);
  const int length = std::vsnprintf(line, sizeof(line), format, values);
  va_end(values);
  out.append(line, static_cast<std::size_t>(std::min<int>(length, sizeof(line) - 1)));
}

unsigned long long count(std::uint64_t value) { return value; }

/// One without enough samples behind it is not given.
std::string quantile_text(const Histogram& histogram, double quantile) {
  return histogram.resolves(quantile) ? format_nanos(histogram.quantile(quantile)) : "unresolved";
}

void append_percentiles(std::string& out, const char* name, const Histogram& histogram) {
  append(out, "  %-30s", name);
  for (const Percentile& percentile : kPercentiles) {
    append(out, " %10s", quantile_text(histogram, percentile.quantile).c_str());
  }
  append(out, " %10s %10llu\n", histogram.count() > 0 ? format_nanos(histogram.max()).c_str() : "none",
         count(histogram.count()));
}

nlohmann::ordered_json percentiles_json(const Histogram& histogram) {
  nlohmann::ordered_json json{{"count", histogram.count()}};
  for (const Percentile& percentile : kPercentiles) {
    auto& value = json[std::string(percentile.name) + "_ns"];
    if (histogram.resolves(percentile.quantile)) value = histogram.quantile(percentile.quantile);
  }
  json["max_ns"] = histogram.max();
  json["mean_ns"] = histogram.mean();
  return json;
}

/// `REJECT_REASON_UNKNOWN_ORDER` → `unknown_order`.
std::string reason_name(std::size_t reason) {
  std::string name = v1::RejectReason_Name(static_cast<v1::RejectReason>(reason));
  constexpr std::string_view kPrefix = "REJECT_REASON_";
  if (!name.starts_with(kPrefix)) return std::to_string(reason);
  name.erase(0, kPrefix.size());
  for (char& letter : name) letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  return name;
}

const char* name_of(const LoadOptions& options) {
  if (!options.lobster.empty()) return "recorded day";
  if (options.rate == 0) return "closed loop";
  switch (options.arrivals) {
    case Arrivals::kConstant: return "constant";
    case Arrivals::kPoisson: return "poisson";
    case Arrivals::kFlow: return "flow";
  }
  return "flow";
}

const char* level_name(v1::WaitLevel level) { return level == v1::WAIT_LEVEL_LOGGED ? "logged" : "executed"; }

void append_csv(std::string& out, const char* series, const Histogram& histogram) {
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < Histogram::kBuckets && seen < histogram.count(); ++i) {
    if (histogram.count_in(i) == 0) continue;
    seen += histogram.count_in(i);
    append(out, "%s,%llu,%.8f,%llu\n", series, count(Histogram::value_of(i)),
           static_cast<double>(seen) / static_cast<double>(histogram.count()), count(seen));
  }
}

}  // namespace

std::string format_nanos(std::uint64_t nanos) {
  const auto value = static_cast<double>(nanos);
  std::string text;
  if (nanos < 1'000) append(text, "%.0f ns", value);
  else if (nanos < 1'000'000) append(text, nanos < 100'000 ? "%.1f us" : "%.0f us", value / 1e3);
  else if (nanos < 1'000'000'000) append(text, nanos < 100'000'000 ? "%.2f ms" : "%.0f ms", value / 1e6);
  else append(text, "%.2f s", value / 1e9);
  return text;
}

std::string describe(const LoadOptions& options, std::size_t connections) {
  std::string text = name_of(options);
  if (!options.lobster.empty()) append(text, " at %g times its speed", options.speed);
  else if (options.rate > 0) append(text, " arrivals, %.0f/s", options.rate);
  else append(text, ", %u messages in flight a connection", options.in_flight);
  append(text,
         ", %s, %zu connection%s, at most %u commands a message, %zu accounts, %zu instruments, wait %s, seed %llu",
         options.via == Via::kStream ? "stream" : "unary", connections, connections == 1 ? "" : "s",
         options.via == Via::kStream ? options.batch : 1, options.accounts.size(), options.symbols.size(),
         level_name(options.level), count(options.seed));
  return text;
}

std::vector<std::string> warnings(const LoadResult& result) {
  std::vector<std::string> said;
  if (result.sender_was_slow()) {
    std::string text = "THE LOAD GENERATOR WAS LATE, so these figures are not the system's alone: lateness p99 ";
    append(text,
           "%s against latency p99 %s, %.0f/s sent of %.0f/s intended. Lower --rate, raise --batch or "
           "--connections, or free a processor",
           format_nanos(result.tally.lateness.quantile(0.99)).c_str(),
           format_nanos(result.tally.latency.quantile(0.99)).c_str(), result.achieved_rate(), result.intended_rate());
    append(text, ". %.2f s of %.2f s went by inside send: if that is much, the connection took no more",
           result.sending_seconds, result.seconds);
    said.push_back(text);
  }
  if (result.overrun) said.emplace_back("the rest of the schedule was not sent: the sender was 10 s behind at its end");
  if (result.stopped) said.emplace_back("stopped before its time");
  if (const std::uint64_t unknown = result.tally.of(Outcome::kUnknown); unknown > 0)
    said.push_back(std::to_string(unknown) + " commands stayed without a definite result: " + result.tally.error);
  else if (result.tally.of(Outcome::kRefused) + result.tally.of(Outcome::kInvalid) > 0)
    said.push_back("refused, for example: " + result.tally.error);
  if (result.kills.released < result.kills.asked)
    said.push_back("a kill was not confirmed or not released: " + result.kills.error +
                   ". Look at 'sluice kill status'");
  return said;
}

std::string report_text(const LoadOptions& options, std::size_t connections, const LoadResult& result) {
  const Tally& tally = result.tally;
  std::string out;
  const auto& late = tally.lateness;
  if (result.closed_loop)
    out += "closed loop: commands wait for the window, so nothing is late and queueing is not in the latency\n";
  else
    append(out, "lateness of the sender: p50 %s, p99 %s, max %s; %.0f/s sent of %.0f/s intended\n",
           quantile_text(late, 0.5).c_str(), quantile_text(late, 0.99).c_str(), format_nanos(late.max()).c_str(),
           result.achieved_rate(), result.intended_rate());
  for (const std::string& warning : warnings(result)) out += "WARNING: " + warning + "\n";
  out += describe(options, connections) + "\n";
  append(out, "%llu commands in %.2f s (%.0f/s), answered:", count(tally.sent), result.seconds, result.achieved_rate());
  for (const Outcome outcome : kOutcomes) {
    if (tally.of(outcome) > 0) append(out, " %llu %s", count(tally.of(outcome)), load::name_of(outcome));
  }
  out += "\n";
  for (std::size_t i = 0; i < tally.reasons.size(); ++i) {
    if (tally.reasons[i] > 0) append(out, "  rejected %-22s %llu\n", reason_name(i).c_str(), count(tally.reasons[i]));
  }
  append(out, "  %-30s", "");
  for (const Percentile& percentile : kPercentiles) append(out, " %10s", percentile.name);
  append(out, " %10s %10s\n", "max", "samples");
  if (!result.closed_loop) append_percentiles(out, "latency (intended -> answer)", tally.latency);
  append_percentiles(out, "response (sent -> answer)", tally.response);
  if (!result.closed_loop) append_percentiles(out, "lateness (intended -> sent)", tally.lateness);
  for (const StageInterval& stage : result.stages.intervals) {
    if (stage.nanos.count() > 0) append_percentiles(out, stage.name, stage.nanos);
  }
  if (options.sample > 0 && result.stages.complete == 0)
    out += "  no stages: the services did not tell when commands passed them\n";
  if (result.kills.asked > 0) {
    append(out, "%llu kills: %llu confirmed, %llu released\n", count(result.kills.asked), count(result.kills.confirmed),
           count(result.kills.released));
    append_percentiles(out, "kill asked -> confirmed", result.kills.confirm);
  }
  return out;
}

nlohmann::ordered_json report_json(const LoadOptions& options, std::size_t connections, const LoadResult& result) {
  const Tally& tally = result.tally;
  nlohmann::ordered_json json;
  json["lateness"] = percentiles_json(tally.lateness);
  json["sender_was_slow"] = result.sender_was_slow();
  json["warnings"] = warnings(result);
  json["load"] = describe(options, connections);
  json["arrivals"] = name_of(options);
  json["intended_per_s"] = result.closed_loop ? 0.0 : result.intended_rate();
  json["achieved_per_s"] = result.achieved_rate();
  json["seconds"] = result.seconds;
  json["sending_seconds"] = result.sending_seconds;
  json["commands"] = tally.sent;
  for (const Outcome outcome : kOutcomes) json["outcomes"][load::name_of(outcome)] = tally.of(outcome);
  json["rejections"] = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < tally.reasons.size(); ++i) {
    if (tally.reasons[i] > 0) json["rejections"][reason_name(i)] = tally.reasons[i];
  }
  json["repeated"] = tally.repeated;
  json["latency"] = percentiles_json(tally.latency);
  json["response"] = percentiles_json(tally.response);
  json["stages"] = nlohmann::ordered_json::object();
  for (const StageInterval& stage : result.stages.intervals) {
    if (stage.nanos.count() == 0) continue;
    json["stages"][stage.name] = percentiles_json(stage.nanos);
    json["stages"][stage.name]["negative"] = stage.negative;
  }
  json["kills"] = {{"asked", result.kills.asked},
                   {"confirmed", result.kills.confirmed},
                   {"released", result.kills.released},
                   {"confirm", percentiles_json(result.kills.confirm)}};
  return json;
}

std::string distribution_csv(const LoadResult& result) {
  std::string out = "series,value_ns,quantile,count\n";
  append_csv(out, "latency", result.tally.latency);
  append_csv(out, "response", result.tally.response);
  append_csv(out, "lateness", result.tally.lateness);
  return out;
}

std::string seconds_csv(const LoadResult& result) {
  std::string out = "second,sent,answered,killed,lateness_max_ns,latency_p50_ns,latency_p99_ns,latency_max_ns\n";
  for (std::size_t i = 0; i < result.tally.seconds.size(); ++i) {
    const Second& second = result.tally.seconds[i];
    append(out, "%zu,%llu,%llu,%llu,%llu,%llu,%llu,%llu\n", i, count(second.sent), count(second.answered),
           count(second.killed), count(second.lateness_max_ns), count(second.latency_p50_ns),
           count(second.latency_p99_ns), count(second.latency_max_ns));
  }
  return out;
}

}  // namespace sluice::load
