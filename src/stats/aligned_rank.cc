#include "stats/aligned_rank.h"

#include <algorithm>
#include <boost/math/tools/roots.hpp>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

namespace cyclegate::stats {
namespace {

// Logarithms of equal ratios differ by rounding, some 1e-15; values are whole nanoseconds or bytes, whose ratios differ
// by more than 1e-11. Anything closer than this is a tie, which makes the test independent of the unit.
constexpr double tie = 1e-12;
constexpr double tolerance = 1e-7;
constexpr std::uint64_t orders = 6;         // ways to place two head runs in a block of four
constexpr std::size_t integer_blocks = 24;  // 6^24 < 2^64

// The six pairs that head could have been.
constexpr std::array<std::array<std::size_t, 2>, orders> pairs{{{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}}};
constexpr std::size_t head_pair = 5;

using PairSums = std::array<std::uint32_t, orders>;

// Sums of counts (or probabilities, for Count = double) of T* >= at and T* <= at.
template <class Count>
std::pair<Count, Count> tail_counts(std::span<const PairSums> blocks, std::size_t range, std::size_t at, Count unit) {
  std::vector<Count> now(range + 1, 0);
  std::vector<Count> next(range + 1, 0);
  now[0] = 1;
  std::size_t reach = 0;
  for (const PairSums& sums : blocks) {
    const std::size_t width = *std::ranges::max_element(sums);
    std::fill_n(next.begin(), reach + width + 1, Count{0});
    for (const std::uint32_t sum : sums) {
      for (std::size_t value = 0; value <= reach; ++value) next[value + sum] += now[value] * unit;
    }
    reach += width;
    std::swap(now, next);
  }
  const auto end = now.begin() + static_cast<std::ptrdiff_t>(reach) + 1;
  const auto middle = now.begin() + static_cast<std::ptrdiff_t>(at);
  return {std::accumulate(middle, end, Count{0}), std::accumulate(now.begin(), middle + 1, Count{0})};
}

double bisect(const auto& is_left, double left, double right) {
  const auto sign = [&](double shift) { return is_left(shift) ? -1 : 1; };
  const auto close = [](double low, double high) { return high - low <= tolerance; };
  const auto [low, high] = boost::math::tools::bisect(sign, left, right, close);
  return low;
}

}  // namespace

// Doubled mid-ranks, in the order of logs_.
struct AlignedRank::Ranked {
  std::vector<std::array<std::uint32_t, 4>> doubled;
};

AlignedRank::AlignedRank(std::span<const Block> blocks) {
  if (blocks.empty()) throw std::invalid_argument("aligned-rank test: no blocks");
  if (blocks.size() > 10'000) throw std::invalid_argument("aligned-rank test: more than 10,000 blocks");
  logs_.reserve(blocks.size());
  lowest_ = std::numeric_limits<double>::infinity();
  highest_ = -lowest_;
  for (const Block& block : blocks) {
    const std::array<double, 4> values = {block.base[0], block.base[1], block.head[0], block.head[1]};
    std::array<double, 4> logs{};
    for (std::size_t run = 0; run < 4; ++run) {
      if (!(values[run] > 0) || !std::isfinite(values[run]))
        throw std::invalid_argument("aligned-rank test: a value is not positive and finite");
      logs[run] = std::log(values[run]);
    }
    lowest_ = std::min(lowest_, std::min(logs[2], logs[3]) - std::max(logs[0], logs[1]));
    highest_ = std::max(highest_, std::max(logs[2], logs[3]) - std::min(logs[0], logs[1]));
    logs_.push_back(logs);
  }
  // Well outside, so that no tie is left at the ends.
  lowest_ -= 1e-3;
  highest_ += 1e-3;
}

AlignedRank::Ranked AlignedRank::rank(double shift) const {
  struct Aligned {
    double value;
    std::uint32_t place;
  };
  std::vector<Aligned> all;
  all.reserve(logs_.size() * 4);
  for (const auto& logs : logs_) {
    const std::array<double, 4> values = {logs[0], logs[1], logs[2] - shift, logs[3] - shift};
    // The median of four is what is left, halved, without the smallest and the largest; formed from the middle two and
    // not from sums, so that rounding stays the same in every block.
    const double low = std::max(std::min(values[0], values[1]), std::min(values[2], values[3]));
    const double high = std::min(std::max(values[0], values[1]), std::max(values[2], values[3]));
    const double median = (low + high) / 2;
    for (const double value : values) all.push_back({value - median, static_cast<std::uint32_t>(all.size())});
  }
  std::ranges::sort(all, {}, &Aligned::value);
  Ranked ranked;
  ranked.doubled.resize(logs_.size());
  for (std::size_t first = 0; first < all.size();) {
    std::size_t last = first;
    while (last + 1 < all.size() && all[last + 1].value - all[last].value <= tie) ++last;
    const auto doubled = static_cast<std::uint32_t>(first + last + 2);  // twice the mean of ranks first+1 .. last+1
    for (; first <= last; ++first) ranked.doubled[all[first].place / 4][all[first].place % 4] = doubled;
  }
  return ranked;
}

Tails AlignedRank::test(double shift) const {
  return tails(rank(shift));
}

Tails AlignedRank::tails(const Ranked& ranked) {
  // Pair sums are counted from each block's smallest one and in units of their greatest common divisor: the same
  // distribution on a short range.
  std::vector<PairSums> blocks(ranked.doubled.size());
  std::uint32_t divisor = 0;
  for (std::size_t index = 0; index < blocks.size(); ++index) {
    const auto& ranks = ranked.doubled[index];
    for (std::size_t pair = 0; pair < orders; ++pair)
      blocks[index][pair] = ranks[pairs[pair][0]] + ranks[pairs[pair][1]];
    const std::uint32_t smallest = *std::ranges::min_element(blocks[index]);
    for (std::uint32_t& sum : blocks[index]) {
      sum -= smallest;
      divisor = std::gcd(divisor, sum);
    }
  }
  if (divisor == 0) return {};  // all values are tied: nothing speaks either way
  std::size_t range = 0;
  std::size_t at = 0;
  for (PairSums& sums : blocks) {
    for (std::uint32_t& sum : sums) sum /= divisor;
    range += *std::ranges::max_element(sums);
    at += sums[head_pair];
  }
  if (blocks.size() <= integer_blocks) {
    const auto [greater, less] = tail_counts<std::uint64_t>(blocks, range, at, 1);
    std::uint64_t all = 1;
    for (std::size_t index = 0; index < blocks.size(); ++index) all *= orders;
    return {static_cast<double>(greater) / static_cast<double>(all),
            static_cast<double>(less) / static_cast<double>(all)};
  }
  const auto [greater, less] = tail_counts<double>(blocks, range, at, 1.0 / static_cast<double>(orders));
  return {std::min(greater, 1.0), std::min(less, 1.0)};
}

RankSum AlignedRank::rank_sum(double shift) const {
  const Ranked ranked = rank(shift);
  std::uint64_t head = 0;
  std::uint64_t all = 0;
  double squares = 0;
  for (const auto& ranks : ranked.doubled) {
    head += ranks[2] + ranks[3];
    const std::uint32_t sum = ranks[0] + ranks[1] + ranks[2] + ranks[3];
    all += sum;
    const double mean = static_cast<double>(sum) / 4;
    for (const std::uint32_t doubled : ranks)
      squares += (static_cast<double>(doubled) - mean) * (static_cast<double>(doubled) - mean);
  }
  // Two of four without replacement: the sum's variance is a third of the sum of squares. Doubled ranks: a quarter.
  return {static_cast<double>(head) / 2, static_cast<double>(all) / 4, squares / 12};
}

double AlignedRank::estimate() const {
  const auto excess = [&](double shift) {
    const RankSum sum = rank_sum(shift);
    return sum.value - sum.mean;  // multiples of 1/4, exact
  };
  const double low = bisect([&](double shift) { return excess(shift) > 0; }, lowest_, highest_);
  const double beyond = std::min(low + 2 * tolerance, highest_);
  if (excess(beyond) < 0) return low + tolerance / 2;  // a step, no plateau
  const double high = bisect([&](double shift) { return excess(shift) >= 0; }, low, highest_);
  return (low + high) / 2;
}

std::optional<LogInterval> AlignedRank::interval(double alpha) const {
  if (!(alpha > 0 && alpha < 0.5)) throw std::invalid_argument("aligned-rank interval: alpha is not within (0, 0.5)");
  if (std::pow(static_cast<double>(orders), -static_cast<double>(blocks())) > alpha) return std::nullopt;
  // As the bracket closes, shifts soon give the ranks of one of its ends: those tails are known already.
  struct Known {
    Ranked ranked;
    Tails tails;
  };
  std::array<Known, 3> known;
  std::size_t oldest = 0;
  const auto tails_at = [&](double shift) {
    Ranked ranked = rank(shift);
    for (const Known& one : known) {
      if (one.ranked.doubled == ranked.doubled) return one.tails;
    }
    Known& place = known.at(oldest);
    oldest = (oldest + 1) % known.size();
    place.tails = tails(ranked);
    place.ranked = std::move(ranked);
    return place.tails;
  };
  // T falls as the shift grows, so that "head is above the shift" is significant on the left and "below" on the right.
  const double low = bisect([&](double shift) { return tails_at(shift).greater <= alpha; }, lowest_, highest_);
  const double high = bisect([&](double shift) { return tails_at(shift).less > alpha; }, low, highest_);
  return LogInterval{low, high + tolerance};
}

}  // namespace cyclegate::stats
