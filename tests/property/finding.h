// Finding: what a check found wrong, with the number of the property (PROPERTIES) that does not hold. Thrown, because
// after it nothing that was folded from the log can be trusted any more.
#pragma once

#include <string>
#include <utility>

namespace sluice::property {

/// Not a property of one number: the core and the reference exchange differ.
inline constexpr int kDifferential = 0;
/// An INVARIANT of the core failed, or something was thrown.
inline constexpr int kBroken = -1;

struct Finding {
  int property = kDifferential;
  std::string what;
};

inline std::string to_text(const Finding& finding) {
  if (finding.property == kBroken) return "broken: " + finding.what;
  if (finding.property == kDifferential) return "differs from the reference exchange: " + finding.what;
  return "property " + std::to_string(finding.property) + " does not hold: " + finding.what;
}

/// `only` limits the checks to those of one property.
class Requirements {
 public:
  static constexpr int kAll = -2;
  explicit Requirements(int only = kAll) : only_(only) {}

  void require(int property, bool holds, const char* what) const {
    if (!holds && wants(property)) throw Finding{property, what};
  }
  /// `what()` makes the text, only if it is needed.
  template <typename What>
  void require_that(int property, bool holds, What&& what) const {
    if (!holds && wants(property)) throw Finding{property, std::forward<What>(what)()};
  }
  bool wants(int property) const { return only_ == kAll || only_ == property; }

 private:
  int only_;
};

}  // namespace sluice::property
