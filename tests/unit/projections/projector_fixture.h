// A projector over a MemoryLog: started and stopped at will, on the same directory.
#pragma once

#include <gtest/gtest.h>

#include "projections/projector.h"
#include "support/process.h"
#include "support/random_flow.h"
#include "support/shard_rig.h"

namespace sluice::projections {

class ProjectorFixture : public testing::Test {
 protected:
  /// What one process has; destroying it is a clean stop.
  struct Process {
    Process(eventlog::EventLog& log, const std::filesystem::path& directory, AnswerSink* sink, ProjectorOptions options)
        : store(std::move(Store::open(directory).value())),
          projector(std::make_unique<Projector>(log, *store, names, board, metrics, sink, options)) {
      projector->start();
    }
    std::unique_ptr<Store> store;
    ReferenceCache names{1};
    ProgressBoard board{1};
    telemetry::Registry metrics;
    std::unique_ptr<Projector> projector;
  };

  std::unique_ptr<Process> start(const char* directory = "views", AnswerSink* sink = nullptr,
                                 std::size_t batch = 1024) {
    ProjectorOptions options;
    options.batch_answers_max = batch;
    return std::make_unique<Process>(log_, dir_.path() / directory, sink, options);
  }
  bool caught_up(Process& process) {
    return process.board.wait({{ShardId{0}, rig_.cmd_sequence()}}, Nanos{60 * kNanosPerSecond});
  }
  /// Waits until the board says something; progress has no condition of its own but command sequences.
  static bool eventually(const std::function<bool()>& condition) { return test::eventually(condition); }

  test::TempDir dir_;
  eventlog::MemoryLog log_{1};
  test::ShardRig rig_{log_};
};

}  // namespace sluice::projections
