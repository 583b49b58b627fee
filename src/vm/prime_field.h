#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "vm/modular_inverse.h"

namespace cyclegate::vm {

/// Arithmetic modulo a fixed odd prime of `word_count` 64-bit words, least significant first. Elements are plain
/// numbers below the prime; only product() works in Montgomery's form, in which one operand stays plain: product(a,
/// lifted(b)) is a * b.
template <std::size_t word_count>
class PrimeField {
 public:
  static constexpr std::size_t words = word_count;
  using Element = std::array<std::uint64_t, words>;

  constexpr explicit PrimeField(const Element& prime) : prime_(prime), inverter_(prime) {
    std::uint64_t inverse = prime[0];
    for (int i = 0; i < 5; ++i) inverse *= 2 - prime[0] * inverse;
    minus_inverse_ = -inverse;
    Element power = {1};
    for (std::size_t i = 0; i < std::size_t{2} * 64 * words; ++i) power = sum(power, power);
    square_ = power;
    cube_ = product(power, power);
  }

  constexpr const Element& prime() const { return prime_; }
  constexpr bool holds(const Element& a) const { return below(a, prime_); }
  static constexpr bool is_zero(const Element& a) { return a == Element{}; }

  constexpr Element reduced(Element a) const {
    while (!below(a, prime_)) subtract(a, prime_);
    return a;
  }
  constexpr Element sum(Element a, const Element& b) const {
    Wide carry = 0;
    for (std::size_t i = 0; i < words; ++i) {
      carry += Wide{a[i]} + b[i];
      a[i] = static_cast<std::uint64_t>(carry);
      carry >>= 64;
    }
    if (carry != 0 || !below(a, prime_)) subtract(a, prime_);
    return a;
  }
  constexpr Element difference(Element a, const Element& b) const {
    if (subtract(a, b)) {
      Wide carry = 0;
      for (std::size_t i = 0; i < words; ++i) {
        carry += Wide{a[i]} + prime_[i];
        a[i] = static_cast<std::uint64_t>(carry);
        carry >>= 64;
      }
    }
    return a;
  }
  /// a * 2^(64 words)
  constexpr Element lifted(const Element& a) const { return product(a, square_); }
  /// a * b / 2^(64 words)
  constexpr Element product(const Element& a, const Element& b) const {
    std::array<std::uint64_t, words + 2> t{};
    for (std::size_t i = 0; i < words; ++i) {
      Wide carry = 0;
      for (std::size_t j = 0; j < words; ++j) {
        carry += Wide{t[j]} + Wide{a[i]} * b[j];
        t[j] = static_cast<std::uint64_t>(carry);
        carry >>= 64;
      }
      carry += t[words];
      t[words] = static_cast<std::uint64_t>(carry);
      t[words + 1] = static_cast<std::uint64_t>(carry >> 64);
      const std::uint64_t factor = t[0] * minus_inverse_;
      carry = (Wide{t[0]} + Wide{factor} * prime_[0]) >> 64;
      for (std::size_t j = 1; j < words; ++j) {
        carry += Wide{t[j]} + Wide{factor} * prime_[j];
        t[j - 1] = static_cast<std::uint64_t>(carry);
        carry >>= 64;
      }
      carry += t[words];
      t[words - 1] = static_cast<std::uint64_t>(carry);
      t[words] = t[words + 1] + static_cast<std::uint64_t>(carry >> 64);
    }
    Element out{};
    for (std::size_t i = 0; i < words; ++i) out[i] = t[i];
    if (t[words] != 0 || !below(out, prime_)) subtract(out, prime_);
    return out;
  }
  /// a * b of plain numbers.
  constexpr Element times(const Element& a, const Element& b) const { return product(a, lifted(b)); }
  /// a / 2^(64 words): the inverse of lifted().
  constexpr Element lowered(const Element& a) const { return product(a, {1}); }
  /// 1 / a of a lifted number, lifted; a is not 0.
  Element lifted_inverse(const Element& a) const { return product(inverter_(a), cube_); }
  /// 1 / a; a is not 0.
  Element inverse(const Element& a) const { return inverter_(a); }

 private:
  __extension__ using Wide = unsigned __int128;

  static constexpr bool below(const Element& a, const Element& b) {
    for (std::size_t i = words; i-- > 0;) {
      if (a[i] != b[i]) return a[i] < b[i];
    }
    return false;
  }
  /// Whether it wrapped around.
  static constexpr bool subtract(Element& a, const Element& b) {
    std::uint64_t borrow = 0;
    for (std::size_t i = 0; i < words; ++i) {
      const Wide result = Wide{a[i]} - b[i] - borrow;
      a[i] = static_cast<std::uint64_t>(result);
      borrow = static_cast<std::uint64_t>(result >> 64) & 1;
    }
    return borrow != 0;
  }

  Element prime_;
  ModularInverse<words> inverter_;
  std::uint64_t minus_inverse_ = 0;  ///< -1 / prime modulo 2^64
  Element square_{};                 ///< 2^(2 * 64 words) modulo the prime
  Element cube_{};                   ///< 2^(3 * 64 words) modulo the prime
};

}  // namespace cyclegate::vm
