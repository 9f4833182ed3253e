// PriceLadder: the levels of one side of a book by price: a tree of 64-way branches over the bits of the price, as high
// as the prices of now are apart (three branches for 2^18 of them, seven for 2^40), and the best level at hand.
//
// A dense ladder is an array with a bitmap above it; this is one whose empty parts take no memory and whose window
// moves with the market, so that no price is outside. A level that is there is found by one read a digit and stays
// where it is; the next best is the next bit of the same word, mostly. Branches come from a LevelPool; an empty ladder
// has none. Owned by one thread.
// Invariants: (1) every branch has a place taken  (2) the root has two, or is the last digit  (3) best() is the best.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <utility>

#include "base/invariant.h"
#include "engine/core/level_pool.h"

namespace sluice::core {

class PriceLadder {
 public:
  explicit PriceLadder(Side side) : mask_(side == Side::kBuy ? kSignBit : ~kSignBit) {}

  /// kNoSlot if there is none.
  LevelSlot best() const { return best_; }
  std::uint32_t size() const { return size_; }
  /// True if `price` is as good as `limit`, or better, for whoever rests on this side.
  bool is_at_least(Price price, Price limit) const { return key_of(price) >= key_of(limit); }

  LevelSlot find(const LevelPool& pool, Price price) const {
    const std::uint64_t key = key_of(price);
    if (root_ == kNoSlot || !covers(key)) return kNoSlot;
    std::uint32_t at = root_;
    for (unsigned shift = shift_;; shift -= LevelPool::kDigitBits) {
      if (!pool.has(at, digit(key, shift))) return kNoSlot;
      at = pool.at(at, digit(key, shift));
      if (shift == 0) return at;
    }
  }

  /// The level at `price`; a new one, without orders, if there is none.
  LevelSlot find_or_add(LevelPool& pool, Price price) {
    const std::uint64_t key = key_of(price);
    if (root_ == kNoSlot) begin(pool, key);
    while (!covers(key)) raise(pool);
    BranchSlot branch = root_;
    for (unsigned shift = shift_; shift > 0; shift -= LevelPool::kDigitBits) {
      const unsigned place = digit(key, shift);
      if (!pool.has(branch, place)) pool.put(branch, place, pool.acquire_branch());
      branch = pool.at(branch, place);
    }
    const unsigned place = digit(key, 0);
    if (pool.has(branch, place)) return pool.at(branch, place);
    const LevelSlot level = pool.acquire_level(price, branch);
    pool.put(branch, place, level);
    if (best_ == kNoSlot || key > key_of(pool.level(best_).price)) best_ = level;
    ++size_;
    return level;
  }

  /// Takes out a level of this ladder, which has no orders any more.
  void remove(LevelPool& pool, LevelSlot slot) {
    const BranchSlot branch = pool.level(slot).branch;
    const std::uint64_t key = key_of(pool.level(slot).price);
    if (slot == best_) best_ = next_worse(pool, slot);
    pool.clear(branch, digit(key, 0));
    pool.release_level(slot);
    --size_;
    if (pool.taken(branch) == 0) prune(pool, key);
  }

  /// The best of the levels that are worse than this one of the ladder, or kNoSlot.
  LevelSlot next_worse(const LevelPool& pool, LevelSlot slot) const {
    const std::uint64_t key = key_of(pool.level(slot).price);
    const BranchSlot last = pool.level(slot).branch;
    // Nearly always some other price of the same 64 is taken.
    if (const std::uint64_t worse = below(pool.taken(last), digit(key, 0)); worse != 0)
      return pool.at(last, top(worse));
    std::uint32_t at = kNoSlot;
    unsigned down = 0;  // the shift of the branch, or level, `at`
    for (auto [branch, shift] = std::pair(root_, shift_); shift > 0; shift -= LevelPool::kDigitBits) {
      if (const std::uint64_t worse = below(pool.taken(branch), digit(key, shift)); worse != 0) {
        at = pool.at(branch, top(worse));
        down = shift;
      }
      branch = pool.at(branch, digit(key, shift));
    }
    for (; down > 0; down -= LevelPool::kDigitBits) at = pool.at(at, top(pool.taken(at)));
    return at;
  }

 private:
  static constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63;

  /// Larger is better, on both sides, for every price there is.
  std::uint64_t key_of(Price price) const { return static_cast<std::uint64_t>(price.value()) ^ mask_; }
  static unsigned digit(std::uint64_t key, unsigned shift) { return static_cast<unsigned>(key >> shift & 63); }
  static std::uint64_t below(std::uint64_t taken, unsigned place) { return taken & ((std::uint64_t{1} << place) - 1); }
  static unsigned top(std::uint64_t taken) { return 63u - static_cast<unsigned>(std::countl_zero(taken)); }
  // In two steps: all 64 bits may have to go.
  bool covers(std::uint64_t key) const { return (key ^ anchor_) >> shift_ >> LevelPool::kDigitBits == 0; }

  void begin(LevelPool& pool, std::uint64_t key) {
    root_ = pool.acquire_branch();
    shift_ = 0;
    anchor_ = key;
  }

  /// One digit more, in front.
  void raise(LevelPool& pool) {
    const BranchSlot above = pool.acquire_branch();
    shift_ += LevelPool::kDigitBits;
    pool.put(above, digit(anchor_, shift_), root_);
    root_ = above;
  }

  /// Takes out the empty branches on the way to `key`, and digits in front that have become the same for all.
  void prune(LevelPool& pool, std::uint64_t key) {
    std::array<BranchSlot, LevelPool::kHeightMax> way{};
    unsigned length = 0;
    way[length++] = root_;
    for (unsigned shift = shift_; shift > 0; shift -= LevelPool::kDigitBits, ++length)
      way[length] = pool.at(way[length - 1], digit(key, shift));
    for (unsigned shift = 0; pool.taken(way[length - 1]) == 0; shift += LevelPool::kDigitBits) {
      pool.release_branch(way[--length]);
      if (length == 0) {
        INVARIANT(size_ == 0);
        root_ = kNoSlot;
        return;
      }
      pool.clear(way[length - 1], digit(key, shift + LevelPool::kDigitBits));
    }
    while (shift_ > 0 && std::has_single_bit(pool.taken(root_))) lower(pool);
  }

  void lower(LevelPool& pool) {
    const unsigned only = top(pool.taken(root_));
    const std::uint64_t place_bits = std::uint64_t{63} << shift_;
    anchor_ = (anchor_ & ~place_bits) | (std::uint64_t{only} << shift_);
    pool.release_branch(std::exchange(root_, pool.at(root_, only)));
    shift_ -= LevelPool::kDigitBits;
  }

  std::uint64_t mask_;
  std::uint64_t anchor_ = 0;  // its bits above the root's digit are those of every key
  BranchSlot root_ = kNoSlot;
  LevelSlot best_ = kNoSlot;
  std::uint32_t size_ = 0;  // levels
  unsigned shift_ = 0;      // of the root's digit
};

}  // namespace sluice::core
