#include "stats/aligned_rank.h"

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <type_traits>

namespace cyclegate::stats {
namespace {

// Logarithms of equal ratios differ by rounding, some 1e-15; values are whole nanoseconds or bytes, whose ratios differ
// by more than 1e-11. Anything closer than this is a tie, which makes the test independent of the unit.
constexpr double tie = 1e-12;
constexpr double tolerance = 1e-7;
constexpr double same_change = 1e-11;             // shifts at which ranks change differ by more, or by rounding
constexpr std::uint64_t orders = 6;               // ways to place two head runs in a block of four
constexpr std::size_t short_integer_blocks = 12;  // 6^12 < 2^32
constexpr std::size_t integer_blocks = 24;        // 6^24 < 2^64

// The six pairs that head could have been.
constexpr std::array<std::array<std::size_t, 2>, orders> pairs{{{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}}};
constexpr std::size_t head_pair = 5;

using PairSums = std::array<std::uint32_t, orders>;

// Inline storage for what a session usually has, so that thousands of cells cost no allocations.
constexpr std::size_t usual_blocks = 20;
template <class T, std::size_t N>
using SmallVector = boost::container::small_vector<T, N>;
using BlockSums = SmallVector<PairSums, usual_blocks>;

// One order of a block: counted, or as a probability.
template <class Count>
Count of_one_order(Count before) {
  if constexpr (std::is_integral_v<Count>) return before;
  return before * (Count{1} / static_cast<Count>(orders));
}

// Sums of counts (or probabilities, for Count = double) of T* >= at and T* <= at.
template <class Count>
std::pair<Count, Count> tail_counts(std::span<const PairSums> blocks, std::size_t range, std::size_t at) {
  SmallVector<Count, 1024> counts(2 * (range + 1), boost::container::default_init);
  Count* now = counts.data();
  Count* next = now + range + 1;
  now[0] = 1;
  std::size_t reach = 0;
  for (const PairSums& sums : blocks.first(blocks.size() - 1)) {
    const std::size_t width = *std::ranges::max_element(sums);
    std::fill_n(next, reach + width + 1, Count{0});
    for (const std::uint32_t sum : sums) {
      for (std::size_t value = 0; value <= reach; ++value) next[value + sum] += of_one_order(now[value]);
    }
    reach += width;
    std::swap(now, next);
  }
  // Of the last block only the tails are needed.
  Count greater{0};
  Count less{0};
  for (const std::uint32_t sum : blocks.back()) {
    const std::size_t from = at > sum ? at - sum : 0;
    for (std::size_t value = from; value <= reach; ++value) greater += of_one_order(now[value]);
    if (sum > at) continue;
    for (std::size_t value = 0; value <= std::min(reach, at - sum); ++value) less += of_one_order(now[value]);
  }
  return {greater, less};
}

}  // namespace

// The aligned values at one shift with their doubled mid-ranks.
class AlignedRank::Ranking {
 public:
  using Doubled = std::array<std::uint32_t, 4>;

  // Ranks anew. Neighbouring shifts have nearly the same order, from which sorting starts.
  void rank(std::span<const std::array<double, 4>> logs, double shift);

  // In the order of logs_.
  std::span<const Doubled> doubled() const { return {doubled_.data(), doubled_.size()}; }

  // The head rank sum less its mean under the randomisation, in quarters.
  std::int64_t excess() const {
    std::int64_t quarters = 0;
    for (const Doubled& ranks : doubled_)
      quarters += static_cast<std::int64_t>(ranks[2]) + ranks[3] - ranks[0] - ranks[1];
    return quarters;
  }

  Tails tails() const;
  RankSum sum() const;

  // The only shift between `left` and `right`, whose rankings these are, at which the ranks change; nullopt where there
  // are several or it is not certain.
  static std::optional<double> only_change(const Ranking& at_left, double left, const Ranking& at_right, double right);

 private:
  struct Aligned {
    double value;
    std::uint32_t place;
  };
  SmallVector<Aligned, 4 * usual_blocks> sorted_;
  SmallVector<double, 4 * usual_blocks> values_;
  SmallVector<Doubled, usual_blocks> doubled_;
};

void AlignedRank::Ranking::rank(std::span<const std::array<double, 4>> logs, double shift) {
  const std::size_t count = logs.size() * 4;
  values_.resize(count, boost::container::default_init);
  doubled_.resize(logs.size(), boost::container::default_init);
  double* value = values_.data();
  for (const auto& block : logs) {
    const std::array<double, 4> runs = {block[0], block[1], block[2] - shift, block[3] - shift};
    // The median of four is what is left, halved, without the smallest and the largest; formed from the middle two and
    // not from sums, so that rounding stays the same in every block.
    const double low = std::max(std::min(runs[0], runs[1]), std::min(runs[2], runs[3]));
    const double high = std::min(std::max(runs[0], runs[1]), std::max(runs[2], runs[3]));
    const double median = (low + high) / 2;
    for (const double run : runs) *value++ = run - median;
  }
  if (sorted_.size() != count) {
    sorted_.resize(count, boost::container::default_init);
    for (std::uint32_t place = 0; place < count; ++place) sorted_[place] = {values_[place], place};
    std::sort(sorted_.begin(), sorted_.end(),
              [](const Aligned& one, const Aligned& other) { return one.value < other.value; });
  } else {
    for (std::size_t index = 0; index < count; ++index) {
      const std::uint32_t place = sorted_[index].place;
      const double own = values_[place];
      std::size_t hole = index;
      for (; hole > 0 && sorted_[hole - 1].value > own; --hole) sorted_[hole] = sorted_[hole - 1];
      sorted_[hole] = {own, place};
    }
  }
  for (std::size_t first = 0; first < count;) {
    std::size_t last = first;
    while (last + 1 < count && sorted_[last + 1].value - sorted_[last].value <= tie) ++last;
    const auto rank = static_cast<std::uint32_t>(first + last + 2);  // twice the mean of ranks first+1 .. last+1
    for (; first <= last; ++first) doubled_[sorted_[first].place / 4][sorted_[first].place % 4] = rank;
  }
}

std::optional<double> AlignedRank::Ranking::only_change(const Ranking& at_left, double left, const Ranking& at_right,
                                                        double right) {
  // Where no block's own order changes, its median is the same run or pair of runs all the way, and all aligned values
  // are linear in the shift: ranks change only where two of them of different blocks meet. Several pairs may do so at
  // once, as the middle two values of a block lie symmetrically around its median.
  std::optional<double> change;
  const auto rank_of = [](const Ranking& ranking, std::uint32_t place) {
    return ranking.doubled_[place / 4][place % 4];
  };
  for (std::size_t index = 0; index < at_left.sorted_.size(); ++index) {
    const std::uint32_t place = at_left.sorted_[index].place;
    if (at_right.sorted_[index].place == place) {
      if (rank_of(at_left, place) != rank_of(at_right, place)) return std::nullopt;
      continue;
    }
    if (index + 1 == at_left.sorted_.size()) return std::nullopt;
    const std::uint32_t other = at_left.sorted_[index + 1].place;
    if (at_right.sorted_[index].place != other || at_right.sorted_[index + 1].place != place) return std::nullopt;
    if (place / 4 == other / 4) return std::nullopt;
    const std::uint32_t low = rank_of(at_left, place);
    const std::uint32_t high = rank_of(at_left, other);
    if (low == high || rank_of(at_right, place) != high || rank_of(at_right, other) != low) return std::nullopt;
    const double before = at_left.values_[other] - at_left.values_[place];
    const double after = at_right.values_[other] - at_right.values_[place];
    const double meets = left + (right - left) * (before / (before - after));
    if (change && std::abs(*change - meets) > same_change) return std::nullopt;
    change = meets;
    ++index;
  }
  return change;
}

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

Tails AlignedRank::test(double shift) const {
  Ranking ranking;
  ranking.rank(logs_, shift);
  return ranking.tails();
}

Tails AlignedRank::Ranking::tails() const {
  // Pair sums are counted from each block's smallest one and in units of their greatest common divisor: the same
  // distribution on a short range.
  BlockSums blocks(doubled_.size());
  std::uint32_t divisor = 0;
  for (std::size_t index = 0; index < blocks.size(); ++index) {
    const auto& ranks = doubled_[index];
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
  const std::span<const PairSums> all_blocks(blocks.data(), blocks.size());
  const auto of_counts = [&]<class Count>(Count) -> Tails {
    const auto [greater, less] = tail_counts<Count>(all_blocks, range, at);
    Count all = 1;
    for (std::size_t index = 0; index < all_blocks.size(); ++index) all *= static_cast<Count>(orders);
    return {static_cast<double>(greater) / static_cast<double>(all),
            static_cast<double>(less) / static_cast<double>(all)};
  };
  if (blocks.size() <= short_integer_blocks) return of_counts(std::uint32_t{});
  if (blocks.size() <= integer_blocks) return of_counts(std::uint64_t{});
  const auto [greater, less] = tail_counts<double>(all_blocks, range, at);
  return {std::min(greater, 1.0), std::min(less, 1.0)};
}

RankSum AlignedRank::Ranking::sum() const {
  std::uint64_t head = 0;
  std::uint64_t all = 0;
  double squares = 0;
  for (const auto& ranks : doubled_) {
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

RankSum AlignedRank::rank_sum(double shift) const {
  Ranking ranking;
  ranking.rank(logs_, shift);
  return ranking.sum();
}

struct AlignedRank::Sums::Known {
  double shift;
  RankSum sum;
  std::vector<Ranking::Doubled> doubled;
};

AlignedRank::Sums::Sums(const AlignedRank& test) : test_(test), ranking_(std::make_unique<Ranking>()) {}
AlignedRank::Sums::~Sums() = default;
AlignedRank::Sums::Sums(Sums&& other) noexcept = default;

RankSum AlignedRank::Sums::at(double shift) {
  const auto after = std::ranges::lower_bound(known_, shift, {}, &Known::shift);
  if (after != known_.end()) {
    const bool between = after != known_.begin() && std::prev(after)->doubled == after->doubled;
    if (between || after->shift == shift) return after->sum;
  }
  ranking_->rank(test_.logs_, shift);
  const auto doubled = ranking_->doubled();
  return known_.insert(after, {shift, ranking_->sum(), {doubled.begin(), doubled.end()}})->sum;
}

// Bisection between `left`, where `is_left` of the ranking holds, and `right`, where it does not. Soon the ranks change
// at one shift only within the bracket: it is computed then, and the rest needs no ranking.
template <class IsLeft>
double AlignedRank::bisect(const IsLeft& is_left, double left, double right) const {
  std::array<Ranking, 3> rankings;
  Ranking* at_left = &rankings[0];
  Ranking* at_right = &rankings[1];
  Ranking* between = &rankings[2];
  at_left->rank(logs_, left);
  at_right->rank(logs_, right);
  std::optional<double> change;
  while (right - left > tolerance) {
    const double middle = (left + right) / 2;
    if (!change) change = Ranking::only_change(*at_left, left, *at_right, right);
    if (change && std::abs(middle - *change) > 10 * same_change) {
      (middle < *change ? left : right) = middle;
      continue;
    }
    between->rank(logs_, middle);
    if (is_left(*between)) {
      left = middle;
      std::swap(at_left, between);
    } else {
      right = middle;
      std::swap(at_right, between);
    }
  }
  return left;
}

double AlignedRank::estimate() const {
  const double low = bisect([](const Ranking& ranking) { return ranking.excess() > 0; }, lowest_, highest_);
  const double beyond = std::min(low + 2 * tolerance, highest_);
  Ranking ranking;
  ranking.rank(logs_, beyond);
  if (ranking.excess() < 0) return low + tolerance / 2;  // a step, no plateau
  const double high = bisect([](const Ranking& at) { return at.excess() >= 0; }, low, highest_);
  return (low + high) / 2;
}

std::optional<LogInterval> AlignedRank::interval(double alpha) const {
  if (!(alpha > 0 && alpha < 0.5)) throw std::invalid_argument("aligned-rank interval: alpha is not within (0, 0.5)");
  if (std::pow(static_cast<double>(orders), -static_cast<double>(blocks())) > alpha) return std::nullopt;
  // T falls as the shift grows, so that "head is above the shift" is significant on the left and "below" on the right.
  // T's distribution is symmetric around its mean, as every pair has a complement: on the mean's other side a tail is
  // at least a half, whatever it is.
  const auto above = [&](const Ranking& ranking) { return ranking.excess() > 0 && ranking.tails().greater <= alpha; };
  const auto not_below = [&](const Ranking& ranking) { return ranking.excess() >= 0 || ranking.tails().less > alpha; };
  const double low = bisect(above, lowest_, highest_);
  const double high = bisect(not_below, low, highest_);
  return LogInterval{low, high + tolerance};
}

}  // namespace cyclegate::stats
