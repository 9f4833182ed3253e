#include "cli/demo/text.h"

#include <cmath>

#include "cli/demo/screen.h"

namespace sluice::cli {

std::string grouped(std::uint64_t value) {
  std::string text = std::to_string(value);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

std::string grouped(std::int64_t value) {
  const auto magnitude = static_cast<std::uint64_t>(value);
  return value < 0 ? '-' + grouped(std::uint64_t{0} - magnitude) : grouped(magnitude);
}

std::string grouped(double value) { return grouped(static_cast<std::int64_t>(std::llround(value))); }

std::string pad_left(const std::string& text, std::size_t columns) {
  const std::size_t width = width_of(text);
  return std::string(width < columns ? columns - width : 0, ' ') + text;
}

std::string pad_right(const std::string& text, std::size_t columns) {
  const std::size_t width = width_of(text);
  return text + std::string(width < columns ? columns - width : 0, ' ');
}

}  // namespace sluice::cli
