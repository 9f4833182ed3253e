// Strong<Tag, Rep>: an integer that cannot be mixed up with another. Converts only through value(); same size and
// layout as Rep.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>

namespace sluice {

template <typename Tag, typename Rep>
class Strong {
 public:
  using rep = Rep;
  constexpr Strong() = default;
  constexpr explicit Strong(Rep value) : value_(value) {}
  constexpr Rep value() const { return value_; }
  constexpr auto operator<=>(const Strong&) const = default;

 private:
  Rep value_{};
};

}  // namespace sluice

template <typename Tag, typename Rep>
struct std::hash<sluice::Strong<Tag, Rep>> {
  std::size_t operator()(const sluice::Strong<Tag, Rep>& strong) const noexcept {
    return std::hash<Rep>{}(strong.value());
  }
};
