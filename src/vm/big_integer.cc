#include "vm/big_integer.h"

#include <gmp.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace cyclegate::vm {
namespace {

static_assert(GMP_NUMB_BITS == 64);
constexpr std::size_t most_words = 6;

const mp_limb_t* limbs(std::span<const std::uint64_t> words) {
  static_assert(sizeof(mp_limb_t) == sizeof(std::uint64_t));
  return reinterpret_cast<const mp_limb_t*>(words.data());
}

using Product = std::array<mp_limb_t, 2 * most_words>;

/// a * b + c, which always fits.
Product product(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b, std::span<const std::uint64_t> c) {
  const auto n = static_cast<mp_size_t>(a.size());
  Product out;
  mpn_mul_n(out.data(), limbs(a), limbs(b), n);
  mpn_add(out.data(), out.data(), 2 * n, limbs(c), n);
  return out;
}

}  // namespace

void multiply_add(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b, std::span<const std::uint64_t> c,
                  std::uint64_t* result) {
  const Product out = product(a, b, c);
  std::copy_n(out.begin(), 2 * a.size(), result);
}

bool multiply_add_modulo(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b,
                         std::span<const std::uint64_t> c, std::span<const std::uint64_t> modulus,
                         std::uint64_t* result) {
  // mpn_tdiv_qr wants a highest word that is not 0.
  auto length = static_cast<mp_size_t>(modulus.size());
  while (length > 0 && modulus[static_cast<std::size_t>(length) - 1] == 0) --length;
  if (length == 0) return false;
  const Product dividend = product(a, b, c);
  Product quotient;
  std::array<mp_limb_t, most_words> remainder{};
  mpn_tdiv_qr(quotient.data(), remainder.data(), 0, dividend.data(), static_cast<mp_size_t>(2 * a.size()),
              limbs(modulus), length);
  std::copy_n(remainder.begin(), a.size(), result);
  return true;
}

std::uint64_t add_256(const std::uint64_t* a, const std::uint64_t* b, bool carry_in, std::uint64_t* result) {
  __extension__ using Wide = unsigned __int128;
  Wide sum = carry_in ? 1 : 0;
  for (std::size_t i = 0; i < 4; ++i) {
    sum += Wide{a[i]} + b[i];
    result[i] = static_cast<std::uint64_t>(sum);
    sum >>= 64;
  }
  return static_cast<std::uint64_t>(sum);
}

}  // namespace cyclegate::vm
