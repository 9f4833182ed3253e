// Figures as a person reads them. Pure functions.
#pragma once

#include <cstdint>
#include <string>

namespace sluice::cli {

/// 1234567 → `1,234,567`.
std::string grouped(std::uint64_t value);
std::string grouped(std::int64_t value);
/// A rate or the like, without decimals.
std::string grouped(double value);
/// Filled with spaces to at least `columns` characters (UTF-8).
std::string pad_left(const std::string& text, std::size_t columns);
std::string pad_right(const std::string& text, std::size_t columns);

}  // namespace sluice::cli
