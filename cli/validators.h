// Checks of numbers on the command line whose messages say what is wanted; CLI11's own print the range of a double.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace sluice::cli {

inline CLI::Validator number_check(const char* wanted, bool (*fits)(double)) {
  const auto check = [wanted, fits](const std::string& text) {
    double value = 0;
    if (CLI::detail::lexical_cast(text, value) && fits(value)) return std::string();
    return "must be " + std::string(wanted) + ", not " + text;
  };
  return {check, wanted, "number"};
}
inline CLI::Validator positive() {
  return number_check("a number above 0", [](double value) { return value > 0; });
}
inline CLI::Validator not_negative() {
  return number_check("a number from 0 on", [](double value) { return value >= 0; });
}

}  // namespace sluice::cli
