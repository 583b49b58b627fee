#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace cyclegate::stats {

/// One randomised block of four runs: two of base, two of head, in one of the six orders with equal probability.
struct Block {
  std::array<double, 2> base{};
  std::array<double, 2> head{};
};

/// Both tail probabilities of the head rank sum T under the randomisation.
struct Tails {
  double greater = 1;  ///< P(T* >= T): evidence that head/base is above the tested ratio where it is small
  double less = 1;     ///< P(T* <= T): evidence that head/base is below it where it is small
};

/// The head rank sum with its mean and variance under the randomisation (ranks counted from 1).
struct RankSum {
  double value = 0;
  double mean = 0;
  double variance = 0;
};

/// A closed interval of log(head/base).
struct LogInterval {
  double low = 0;
  double high = 0;
};

/// The exact aligned-rank test in randomised blocks of four, for a ratio head/base = exp(shift).
///
/// Aligned values are y = log(value) - shift for head runs and log(value) for base runs, each less its block's median.
/// All of them are ranked together (mid-ranks for ties); T is the sum of the head ranks. Under the sharp null
/// hypothesis that head runs take exactly exp(shift) times what base runs would, the six ways in which a block could
/// have been ordered are equally likely, so that T's distribution is the convolution over blocks of the six pair sums.
/// It is computed by an integer dynamic programme over doubled mid-ranks: exact for any noise, ties included, because
/// the randomisation is the only randomness used. It assumes that runs do not carry over to later ones.
///
/// Sources: J. L. Hodges and E. L. Lehmann, "Rank methods for combination of independent experiments in analysis of
/// variance", Ann. Math. Stat. 33 (1962); the estimate is theirs of 1963 ("Estimates of location based on rank tests").
class AlignedRank {
 public:
  /// Values are positive and finite, in any unit (only ratios matter); at least one block.
  /// Throws std::invalid_argument otherwise.
  explicit AlignedRank(std::span<const Block> blocks);

  /// Number of blocks.
  std::size_t blocks() const { return logs_.size(); }

  /// The exact tails at log ratio `shift`. Counts are integers up to 24 blocks; beyond, doubles (error below 1e-13).
  Tails test(double shift) const;

  /// T with its moments at log ratio `shift`; no distribution is computed.
  RankSum rank_sum(double shift) const;

  class Sums;

  /// Hodges-Lehmann-type estimate of log(head/base): the shift at which T equals its mean under the null; the middle,
  /// where that is a whole interval. Within 1e-7 by bisection.
  double estimate() const;

  /// All shifts that neither one-sided test rejects at level `alpha`; coverage at least 1 - 2 alpha. Nullopt where the
  /// blocks are too few for that level (6^-blocks > alpha). 0 < alpha < 0.5. Ends are rounded outwards, within 1e-7.
  std::optional<LogInterval> interval(double alpha) const;

 private:
  class Ranking;
  template <class IsLeft>
  double bisect(const IsLeft& is_left, double left, double right) const;

  std::vector<std::array<double, 4>> logs_;  // base, base, head, head
  double lowest_ = 0;                        // below it every head run of a block exceeds every base run
  double highest_ = 0;
};

/// rank_sum at many shifts of one test, which must outlive it: between two shifts with the same ranks there are no
/// others, so that a search that closes in on a shift soon needs no more ranking.
class AlignedRank::Sums {
 public:
  explicit Sums(const AlignedRank& test);
  ~Sums();
  Sums(Sums&& other) noexcept;
  Sums& operator=(Sums&& other) = delete;

  /// The same as AlignedRank::rank_sum, to the last bit.
  RankSum at(double shift);

 private:
  struct Known;
  const AlignedRank& test_;
  std::unique_ptr<Ranking> ranking_;
  std::vector<Known> known_;  // by shift
};

}  // namespace cyclegate::stats
