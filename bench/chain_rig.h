// What the parts of bench chain share: the options, and the system under measurement. One thread.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/report.h"
#include "cli/deployment.h"
#include "cli/load/load_run.h"
#include "runtime/child_process.h"

namespace sluice::bench {

struct ChainOptions {
  bool json = false;
  bool full = false;
  std::string commit = "unknown";
  Nanos slice{220 * kNanosPerMilli};  // of one measurement of one round; 5 rounds at 1,000/s resolve a p99
  int rounds = 5;                     // at least 2: the confidence intervals come from their spread
};

/// What fails ends the run: a figure of half a measurement would be believed. Throws std::runtime_error.
template <typename T>
T need(Result<T>&& result, const char* what) {
  if (result.ok()) return std::move(result).value();
  throw std::runtime_error(std::string(what) + ": " + result.error().message);
}

struct Load {
  load::Via via = load::Via::kStream;
  v1::WaitLevel level = v1::WAIT_LEVEL_EXECUTED;
  double rate = 0;  // 0: closed loop
  std::uint32_t batch = 1;
  Nanos duration;
};

/// A deployment of one shard in a temporary folder, with or without fsync of every append.
class Chain {
 public:
  /// Throws std::runtime_error if it does not start.
  explicit Chain(bool sync);
  ~Chain();
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;

  const std::string& nats() const { return deployment_->endpoints().nats; }
  const std::string& command() const { return deployment_->endpoints().command; }
  const std::string& kill() const { return deployment_->endpoints().kill; }
  const std::filesystem::path& data_dir() const { return dir_; }
  static std::vector<std::string> accounts();
  /// "synced" or "unsynced": the first part of a metric's name.
  const char* label() const { return sync_ ? "synced" : "unsynced"; }
  std::string workload(const std::string& what) const;

  /// Loads `address`, which may be this chain's command service or a bare one. Throws std::runtime_error if a command
  /// has no clear answer.
  /// `stop`: asked every few milliseconds; true ends it.
  load::LoadResult run(const std::string& address, const Load& load, const std::function<bool()>& stop = {});

  /// Ends the query service and deletes what it knows.
  void delete_read_models();
  /// Its address.
  std::string start_query();

 private:
  const bool sync_;
  std::filesystem::path dir_;
  std::unique_ptr<cli::Deployment> deployment_;
  std::uint64_t seed_ = 0;
};

/// The floors' gRPC server, in a process of its own as the command service is.
class BareServer {
 public:
  /// Throws std::runtime_error if it does not start.
  BareServer();
  ~BareServer();
  BareServer(const BareServer&) = delete;
  BareServer& operator=(const BareServer&) = delete;

  const std::string& address() const { return address_; }

 private:
  std::filesystem::path dir_;
  std::unique_ptr<runtime::ChildProcess> process_;
  std::string address_;
};

/// Latency of a command, open loop at `rate`, beside bare gRPC and the bare log. `streams`: over streams too.
void latencies(Report& report, const ChainOptions& options, Chain& chain, const std::string& bare, double rate,
               bool streams);
/// Executed commands a second, closed loop, at each batch size, beside a bare gRPC stream.
void throughput(Report& report, const ChainOptions& options, Chain& chain, const std::string& bare,
                const std::vector<std::uint32_t>& batches);
/// EVT → state and EVT → read models, beside a read of EVT that decodes nothing. Fills the log of `chain`, which must
/// be new, with one load of its own.
void replays(Report& report, const ChainOptions& options, Chain& chain);

}  // namespace sluice::bench
