#include "cli/demo/live_panel.h"

namespace sluice::cli {

namespace {
constexpr Nanos kFrameEvery{150 * kNanosPerMilli};
}  // namespace

LivePanel::LivePanel(Screen& screen, const Endpoints& endpoints, std::string symbol)
    : screen_(screen), reader_(endpoints, std::move(symbol)) {
  if (screen_.pinned()) thread_ = std::thread([this] { run(); });
}

LivePanel::~LivePanel() {
  stop_.store(true);
  bell_.ring();
  if (thread_.joinable()) thread_.join();
  screen_.show({});
}

void LivePanel::title(const std::string& title) {
  const std::lock_guard lock(mutex_);
  title_ = title;
}

void LivePanel::flow(const std::string& name, const load::LoadProgress& progress) {
  const std::lock_guard lock(mutex_);
  flow_ = {name, progress.sent, progress.answered, progress.latency, progress.stages};
}

void LivePanel::run() {
  while (!stop_.load()) {
    const std::uint32_t seen = bell_.value();
    Gauges gauges = reader_.read();
    {
      const std::lock_guard lock(mutex_);
      gauges.title = title_;
      gauges.flow = flow_;
    }
    screen_.show(panel_of(gauges, screen_.columns() - 1));
    if (!stop_.load()) bell_.wait(seen, kFrameEvery);
  }
}

}  // namespace sluice::cli
