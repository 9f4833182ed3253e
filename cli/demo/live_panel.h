// LivePanel: keeps the panel of a Screen up to date while something else goes on. One thread of its own asks the system
// and draws; methods: any thread.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>

#include "cli/demo/gauge_reader.h"
#include "cli/demo/screen.h"
#include "cli/load/load_run.h"
#include "runtime/doorbell.h"

namespace sluice::cli {

class LivePanel {
 public:
  /// Without a terminal behind `screen` it does nothing at all. `symbol`: whose book is shown.
  LivePanel(Screen& screen, const Endpoints& endpoints, std::string symbol);
  ~LivePanel();

  void title(const std::string& title);
  /// What a load tells of itself; the panel shows its latencies until the next one.
  void flow(const std::string& name, const load::LoadProgress& progress);

 private:
  void run();

  Screen& screen_;
  GaugeReader reader_;
  std::mutex mutex_;  // of the next two
  std::string title_;
  FlowGauge flow_;
  std::atomic<bool> stop_{false};
  runtime::Doorbell bell_;
  std::thread thread_;
};

}  // namespace sluice::cli
