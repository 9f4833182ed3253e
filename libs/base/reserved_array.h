// ReservedArray: an array whose address space is taken at construction and whose memory comes chunk by chunk, so that
// it never moves and a step beyond what is there is a page fault at worst, not a copy. Elements are zero until written.
//
// One thread uses the elements; any one other thread may call prefault(), which touches memory and no element. On huge
// pages where the kernel gives them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace sluice {

namespace detail {
/// Address space of zero bytes, aligned to a huge page, without memory behind it. Ends the process if there is none.
std::byte* reserve_bytes(std::size_t bytes);
void release_bytes(std::byte* begin, std::size_t bytes);
/// Puts memory behind [begin, begin + bytes) now. What is written there already stays.
void populate_bytes(std::byte* begin, std::size_t bytes);
}  // namespace detail

template <typename T>
class ReservedArray {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  /// Room for `capacity` elements, of which the first `prefaulted` have memory at once.
  ReservedArray(std::size_t capacity, std::size_t prefaulted)
      : capacity_(capacity), elements_(reinterpret_cast<T*>(detail::reserve_bytes(bytes()))) {
    prefault(0, prefaulted < capacity ? prefaulted : capacity);
  }
  ~ReservedArray() { detail::release_bytes(reinterpret_cast<std::byte*>(elements_), bytes()); }
  ReservedArray(const ReservedArray&) = delete;
  ReservedArray& operator=(const ReservedArray&) = delete;

  /// Memory for elements [from, to), now. to <= capacity().
  void prefault(std::size_t from, std::size_t to) {
    if (from < to) detail::populate_bytes(reinterpret_cast<std::byte*>(elements_ + from), (to - from) * sizeof(T));
  }

  T& operator[](std::size_t at) { return elements_[at]; }
  const T& operator[](std::size_t at) const { return elements_[at]; }
  std::size_t capacity() const { return capacity_; }

 private:
  std::size_t bytes() const { return (capacity_ == 0 ? 1 : capacity_) * sizeof(T); }

  std::size_t capacity_;
  T* elements_;
};

}  // namespace sluice
