// Narrative: the steps of the demo and its checks, as they are told and counted. One thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "cli/demo/screen.h"

namespace sluice::cli {

class Narrative {
 public:
  explicit Narrative(Screen& screen) : screen_(screen) {}

  /// `2  order flow: …`, a heading with the next number.
  void step(const std::string& title);
  /// A line that is no check.
  void tell(const std::string& text);
  /// `  ok    name (detail)` or `  FAILED name: detail`; counts it and returns `held`.
  bool check(const std::string& name, bool held, const std::string& detail = {});

  int checks() const { return checks_; }
  int held() const { return held_; }
  bool all_held() const { return checks_ > 0 && held_ == checks_; }
  /// Every check: step, name, held, detail.
  const nlohmann::ordered_json& record() const { return record_; }

 private:
  Screen& screen_;
  int step_ = 0, checks_ = 0, held_ = 0;
  nlohmann::ordered_json record_ = nlohmann::ordered_json::array();
};

}  // namespace sluice::cli
