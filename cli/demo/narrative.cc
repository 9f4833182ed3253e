#include "cli/demo/narrative.h"

namespace sluice::cli {

void Narrative::step(const std::string& title) { screen_.say(std::to_string(++step_) + "  " + title, Tone::kStrong); }

void Narrative::tell(const std::string& text) { screen_.say("        " + text); }

bool Narrative::check(const std::string& name, bool held, const std::string& detail) {
  ++checks_;
  if (held) ++held_;
  record_.push_back({{"step", step_}, {"name", name}, {"held", held}, {"detail", detail}});
  if (held) screen_.say("  ok    " + name + (detail.empty() ? "" : " (" + detail + ")"), Tone::kGood);
  else screen_.say("  FAILED " + name + (detail.empty() ? "" : ": " + detail), Tone::kBad);
  return held;
}

}  // namespace sluice::cli
