#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace cyclegate::vm {

/// Inverses modulo one odd number, by division steps (Bernstein, Yang, "Fast constant-time gcd computation and modular
/// inversion", 2019, in the variable-time form with 62 steps per batch): a curve operation of a guest costs one, and
/// this takes less time than GMP's mpz_invert. `words` is the modulus's size in 64-bit words.
template <std::size_t words>
class ModularInverse {
 public:
  using Words = std::array<std::uint64_t, words>;

  constexpr explicit ModularInverse(const Words& modulus) : modulus_(split(modulus)) {
    // Newton's iteration doubles the correct low bits: 1/m mod 2^3 is m itself.
    const std::uint64_t low = modulus[0];
    std::uint64_t inverse = low;
    for (int i = 0; i < 5; ++i) inverse *= 2 - low * inverse;
    inverse_ = inverse & mask;
  }

  /// The inverse of x, 0 < x < modulus, when the greatest common divisor is 1.
  Words operator()(const Words& x) const {
    Signed d{};
    Signed e{};
    e[0] = 1;
    Signed f = modulus_;
    Signed g = split(x);
    std::int64_t eta = -1;
    std::size_t length = limbs;
    while (true) {
      Matrix t;
      eta = steps(eta, static_cast<std::uint64_t>(f[0]), static_cast<std::uint64_t>(g[0]), t);
      update_coefficients(d, e, t);
      update_values(length, f, g, t);
      if (is_zero(g, length)) break;
      length = shrink(f, g, length);
    }
    return normalise(d, f[length - 1] < 0);
  }

 private:
  static constexpr std::size_t limbs = (64 * words + 2 + 61) / 62;
  static constexpr std::uint64_t mask = ~std::uint64_t{0} >> 2;
  /// Limbs of 62 bits; the highest carries the sign.
  using Signed = std::array<std::int64_t, limbs>;
  __extension__ using Wide = __int128;

  /// 2^62 times what 62 division steps do to (f, g).
  struct Matrix {
    std::int64_t u = 1;
    std::int64_t v = 0;
    std::int64_t q = 0;
    std::int64_t r = 1;
  };

  static constexpr Signed split(const Words& from) {
    Signed out{};
    for (std::size_t i = 0; i < limbs; ++i) {
      const std::size_t bit = 62 * i;
      const std::size_t word = bit / 64;
      const std::size_t shift = bit % 64;
      std::uint64_t value = word < words ? from[word] >> shift : 0;
      if (shift > 2 && word + 1 < words) value |= from[word + 1] << (64 - shift);
      out[i] = static_cast<std::int64_t>(value & mask);
    }
    return out;
  }

  static std::int64_t steps(std::int64_t eta, std::uint64_t f, std::uint64_t g, Matrix& t) {
    std::uint64_t u = 1;
    std::uint64_t v = 0;
    std::uint64_t q = 0;
    std::uint64_t r = 1;
    int left = 62;
    while (true) {
      // All steps that only halve g at once.
      const int zeros = std::countr_zero(g | (~std::uint64_t{0} << left));
      g >>= zeros;
      u <<= zeros;
      v <<= zeros;
      eta -= zeros;
      left -= zeros;
      if (left == 0) break;
      if (eta < 0) {
        eta = -eta;
        f = std::exchange(g, -f);
        u = std::exchange(q, -u);
        v = std::exchange(r, -v);
      }
      // As many low bits of g as the next steps will look at are cancelled by a multiple of f.
      const std::int64_t limit = eta + 1 < left ? eta + 1 : left;
      const std::uint64_t wanted = (~std::uint64_t{0} >> (64 - limit)) & 63;
      // f (f^2 - 2) is -1/f modulo 64.
      const std::uint64_t w = (f * g * (f * f - 2)) & wanted;
      g += f * w;
      q += u * w;
      r += v * w;
    }
    t = {.u = static_cast<std::int64_t>(u),
         .v = static_cast<std::int64_t>(v),
         .q = static_cast<std::int64_t>(q),
         .r = static_cast<std::int64_t>(r)};
    return eta;
  }

  /// (d, e) := t (d, e) / 2^62 modulo the modulus, both staying between -2 and 1 times the modulus.
  void update_coefficients(Signed& d, Signed& e, const Matrix& t) const {
    const std::int64_t d_sign = d[limbs - 1] >> 63;
    const std::int64_t e_sign = e[limbs - 1] >> 63;
    std::int64_t md = (t.u & d_sign) + (t.v & e_sign);
    std::int64_t me = (t.q & d_sign) + (t.r & e_sign);
    Wide cd = Wide{t.u} * d[0] + Wide{t.v} * e[0];
    Wide ce = Wide{t.q} * d[0] + Wide{t.r} * e[0];
    md -=
        static_cast<std::int64_t>((inverse_ * static_cast<std::uint64_t>(cd) + static_cast<std::uint64_t>(md)) & mask);
    me -=
        static_cast<std::int64_t>((inverse_ * static_cast<std::uint64_t>(ce) + static_cast<std::uint64_t>(me)) & mask);
    cd = (cd + Wide{modulus_[0]} * md) >> 62;
    ce = (ce + Wide{modulus_[0]} * me) >> 62;
    for (std::size_t i = 1; i < limbs; ++i) {
      cd += Wide{t.u} * d[i] + Wide{t.v} * e[i] + Wide{modulus_[i]} * md;
      ce += Wide{t.q} * d[i] + Wide{t.r} * e[i] + Wide{modulus_[i]} * me;
      d[i - 1] = static_cast<std::int64_t>(static_cast<std::uint64_t>(cd) & mask);
      e[i - 1] = static_cast<std::int64_t>(static_cast<std::uint64_t>(ce) & mask);
      cd >>= 62;
      ce >>= 62;
    }
    d[limbs - 1] = static_cast<std::int64_t>(cd);
    e[limbs - 1] = static_cast<std::int64_t>(ce);
  }

  /// (f, g) := t (f, g) / 2^62, exactly.
  static void update_values(std::size_t length, Signed& f, Signed& g, const Matrix& t) {
    Wide cf = (Wide{t.u} * f[0] + Wide{t.v} * g[0]) >> 62;
    Wide cg = (Wide{t.q} * f[0] + Wide{t.r} * g[0]) >> 62;
    for (std::size_t i = 1; i < length; ++i) {
      cf += Wide{t.u} * f[i] + Wide{t.v} * g[i];
      cg += Wide{t.q} * f[i] + Wide{t.r} * g[i];
      f[i - 1] = static_cast<std::int64_t>(static_cast<std::uint64_t>(cf) & mask);
      g[i - 1] = static_cast<std::int64_t>(static_cast<std::uint64_t>(cg) & mask);
      cf >>= 62;
      cg >>= 62;
    }
    f[length - 1] = static_cast<std::int64_t>(cf);
    g[length - 1] = static_cast<std::int64_t>(cg);
  }

  static bool is_zero(const Signed& g, std::size_t length) {
    std::int64_t any = 0;
    for (std::size_t i = 0; i < length; ++i) any |= g[i];
    return any == 0;
  }

  /// Drops the highest limb of both when it only holds the sign.
  static std::size_t shrink(Signed& f, Signed& g, std::size_t length) {
    const std::int64_t f_high = f[length - 1];
    const std::int64_t g_high = g[length - 1];
    if (length == 1 || f_high != f_high >> 63 || g_high != g_high >> 63) return length;
    f[length - 2] |= static_cast<std::int64_t>(static_cast<std::uint64_t>(f_high) << 62);
    g[length - 2] |= static_cast<std::int64_t>(static_cast<std::uint64_t>(g_high) << 62);
    return length - 1;
  }

  /// d, negated or not, between 0 and the modulus.
  Words normalise(Signed d, bool negate) const {
    if (d[limbs - 1] < 0) add_modulus(d);
    if (negate) {
      for (std::int64_t& limb : d) limb = -limb;
    }
    carry(d);
    if (d[limbs - 1] < 0) add_modulus(d);
    carry(d);
    Words out{};
    for (std::size_t i = 0; i < words; ++i) {
      const std::size_t limb = 64 * i / 62;
      const std::size_t shift = 64 * i % 62;
      out[i] = static_cast<std::uint64_t>(d[limb]) >> shift;
      if (limb + 1 < limbs) out[i] |= static_cast<std::uint64_t>(d[limb + 1]) << (62 - shift);
      if (shift > 60 && limb + 2 < limbs) out[i] |= static_cast<std::uint64_t>(d[limb + 2]) << (124 - shift);
    }
    return out;
  }
  void add_modulus(Signed& d) const {
    for (std::size_t i = 0; i < limbs; ++i) d[i] += modulus_[i];
  }
  static void carry(Signed& d) {
    for (std::size_t i = 0; i + 1 < limbs; ++i) {
      d[i + 1] += d[i] >> 62;
      d[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(d[i]) & mask);
    }
  }

  Signed modulus_;
  std::uint64_t inverse_ = 0;  ///< of the modulus, modulo 2^62
};

}  // namespace cyclegate::vm
