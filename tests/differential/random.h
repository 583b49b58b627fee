#pragma once

#include <cstdint>

namespace cyclegate::differential {

/// A counter-based generator: the n-th number of a key is the SplitMix64 finaliser (Steele, Lea, Flood: "Fast
/// Splittable Pseudorandom Number Generators", 2014) of key + n * golden ratio. Equal on every machine and standard
/// library, which <random>'s distributions are not, so that a seed names the same program everywhere.
class Random {
 public:
  /// The stream of program `index` under `seed`.
  Random(std::uint64_t seed, std::uint64_t index) : key_(mix(mix(seed) + index)) {}

  std::uint64_t next() { return mix(key_ + ++counter_ * 0x9e3779b97f4a7c15U); }
  /// 0 <= result < bound; bound > 0. The bias is below bound / 2^64.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  /// True in `percent` of 100 cases.
  bool chance(std::uint64_t percent) { return below(100) < percent; }
  /// An element of a random-access container that is not empty.
  template <typename Container>
  auto pick(const Container& container) {
    return container[below(container.size())];
  }

 private:
  static std::uint64_t mix(std::uint64_t value) {
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31);
  }

  std::uint64_t key_;
  std::uint64_t counter_ = 0;
};

}  // namespace cyclegate::differential
