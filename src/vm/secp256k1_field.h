#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "vm/prime_field.h"

namespace cyclegate::vm {

/// The field of secp256k1 with the interface of PrimeField. Its prime is 2^256 - c with a c of 33 bits, so that a
/// product is reduced by multiplying its upper half by c: half the multiplications of Montgomery's form, and no
/// conversions.
class Secp256k1Field : public PrimeField<4> {
 public:
  constexpr Secp256k1Field() : PrimeField<4>({-complement, ~std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint64_t{0}}) {}

  static constexpr Element lifted(const Element& a) { return a; }
  static constexpr Element lowered(const Element& a) { return a; }
  Element lifted_inverse(const Element& a) const { return inverse(a); }
  static constexpr Element times(const Element& a, const Element& b) { return product(a, b); }

  static constexpr Element product(const Element& a, const Element& b) {
    std::array<std::uint64_t, 8> t{};
    for (std::size_t i = 0; i < 4; ++i) {
      Wide carry = 0;
      for (std::size_t j = 0; j < 4; ++j) {
        carry += Wide{a[i]} * b[j] + t[i + j];
        t[i + j] = static_cast<std::uint64_t>(carry);
        carry >>= 64;
      }
      t[i + 4] = static_cast<std::uint64_t>(carry);
    }
    Element out{};
    Wide carry = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      carry += Wide{t[i + 4]} * complement + t[i];
      out[i] = static_cast<std::uint64_t>(carry);
      carry >>= 64;
    }
    // What is above 2^256 now, below 2^34, once more; a carry out of that leaves less than 2^68.
    if (add(out, carry * complement)) add(out, complement);
    Element reduced = out;
    if (add(reduced, complement)) return reduced;
    return out;
  }

 private:
  __extension__ using Wide = unsigned __int128;
  static constexpr std::uint64_t complement = 0x1000003d1;  ///< 2^256 minus the prime

  /// Whether it wrapped around.
  static constexpr bool add(Element& a, Wide carry) {
    for (std::uint64_t& word : a) {
      carry += word;
      word = static_cast<std::uint64_t>(carry);
      carry >>= 64;
    }
    return carry != 0;
  }
};

}  // namespace cyclegate::vm
