#include "telemetry/compare.h"

#include <algorithm>
#include <random>

namespace sluice::telemetry {

namespace {

constexpr std::size_t kDraws = 1'000;
/// More blocks say no more, and take longer.
constexpr std::size_t kBlocksMax = 60;
constexpr std::uint64_t kSeed = 20'261'121;
/// A quantile is told to the width of its bucket: less than this is no movement.
constexpr double kResolution = 1.0 / 128;

std::vector<Cut> blocks_of(const std::vector<HistoryRow>& rows) {
  std::vector<Cut> blocks(std::min(rows.size(), kBlocksMax));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Cut& block = blocks[i * blocks.size() / rows.size()];
    block = merged(block, rows[i].cut);
  }
  return blocks;
}

using Quantiles = std::array<double, kQuantiles.size()>;

/// Adds blocks up and reads the quantiles of their sum.
class Pile {
 public:
  void add(const Cut& cut) {
    for (const BucketCount& one : cut.buckets) counts_[one.bucket] += one.count;
    all_ += cut.count;
  }
  Quantiles quantiles() const {
    Quantiles found{};
    std::uint64_t seen = 0;
    std::size_t bucket = 0;
    for (std::size_t i = 0; i < kQuantiles.size(); ++i) {
      const double rank = kQuantiles[i] * static_cast<double>(all_);
      while (bucket + 1 < counts_.size() && static_cast<double>(seen + counts_[bucket]) < rank)
        seen += counts_[bucket++];
      found[i] = static_cast<double>(Histogram::value_of(bucket));
    }
    return found;
  }

 private:
  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(Histogram::kBuckets);
  std::uint64_t all_ = 0;
};

Quantiles drawn(const std::vector<Cut>& blocks, std::mt19937_64& random) {
  Pile pile;
  std::uniform_int_distribution<std::size_t> pick(0, blocks.size() - 1);
  for (std::size_t i = 0; i < blocks.size(); ++i) pile.add(blocks[pick(random)]);
  return pile.quantiles();
}

Cut sum_of(const std::vector<Cut>& blocks) {
  Cut all;
  for (const Cut& block : blocks) all = merged(all, block);
  return all;
}

}  // namespace

std::vector<Comparison> compare(const std::vector<HistoryRow>& base, const std::vector<HistoryRow>& fresh) {
  const std::vector<Cut> left = blocks_of(base);
  const std::vector<Cut> right = blocks_of(fresh);
  const Cut left_all = sum_of(left);
  const Cut right_all = sum_of(right);
  const bool enough = left.size() >= kBlocksMin && right.size() >= kBlocksMin;
  std::array<std::vector<double>, kQuantiles.size()> ratios;
  std::mt19937_64 random(kSeed);
  for (std::size_t i = 0; enough && i < kDraws; ++i) {
    const Quantiles a = drawn(left, random);
    const Quantiles b = drawn(right, random);
    for (std::size_t q = 0; q < kQuantiles.size(); ++q) ratios[q].push_back(std::max(b[q], 1.0) / std::max(a[q], 1.0));
  }
  std::vector<Comparison> all;
  for (std::size_t q = 0; q < kQuantiles.size(); ++q) {
    Comparison one;
    one.quantile = q;
    one.base_blocks = left.size();
    one.fresh_blocks = right.size();
    if (enough_for(left_all.samples, kQuantiles[q])) one.base = quantile_of(left_all, kQuantiles[q]);
    if (enough_for(right_all.samples, kQuantiles[q])) one.fresh = quantile_of(right_all, kQuantiles[q]);
    if (one.base && one.fresh) {
      one.moved = Moved::kTooShort;
      one.ratio = static_cast<double>(std::max<std::uint64_t>(*one.fresh, 1)) /
                  static_cast<double>(std::max<std::uint64_t>(*one.base, 1));
    }
    if (enough && one.moved == Moved::kTooShort) {
      std::sort(ratios[q].begin(), ratios[q].end());
      one.low = ratios[q][kDraws / 40];
      one.high = ratios[q][kDraws - 1 - kDraws / 40];
      one.moved = one.low > 1 + kResolution    ? Moved::kSlower
                  : one.high < 1 - kResolution ? Moved::kFaster
                                               : Moved::kNotShown;
    }
    all.push_back(one);
  }
  return all;
}

}  // namespace sluice::telemetry
