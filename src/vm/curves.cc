#include "vm/curves.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "vm/prime_field.h"
#include "vm/secp256k1_field.h"

namespace cyclegate::vm {
namespace {

using Number = std::array<std::uint64_t, 4>;
using LongNumber = std::array<std::uint64_t, 6>;

// Base fields: SEC 2 (2.4.1, 2.4.2), EIP-196, EIP-2537, RFC 8032; Baby Jubjub lies over the scalar field of BN254
// (EIP-2494).
constexpr Secp256k1Field secp256k1_field;
constexpr PrimeField<4> secp256r1_field(Number{0xffffffffffffffff, 0x00000000ffffffff, 0x0000000000000000,
                                               0xffffffff00000001});
constexpr PrimeField<4> bn254_field(Number{0x3c208c16d87cfd47, 0x97816a916871ca8d, 0xb85045b68181585d,
                                           0x30644e72e131a029});
constexpr PrimeField<4> bn254_scalars(Number{0x43e1f593f0000001, 0x2833e84879b97091, 0xb85045b68181585d,
                                             0x30644e72e131a029});
constexpr PrimeField<4> ed25519_field(Number{0xffffffffffffffed, 0xffffffffffffffff, 0xffffffffffffffff,
                                             0x7fffffffffffffff});
constexpr PrimeField<6> bls12_381_field(LongNumber{0xb9feffffffffaaab, 0x1eabfffeb153ffff, 0x6730d2a0f6b0f624,
                                                   0x64774b84f38512bf, 0x4b1ba7b6434bacd7, 0x1a0111ea397fe69a});

constexpr std::string_view too_big = "a coordinate is not below the field's prime";
constexpr std::string_view no_slope = "the points have the same x, or y is 0: the slope's denominator is 0";
constexpr std::string_view no_sum = "a denominator of the addition formula is 0";

/// Two coordinates, or a real and an imaginary part.
template <std::size_t words>
struct Pair {
  std::array<std::uint64_t, words> x;
  std::array<std::uint64_t, words> y;
};

template <std::size_t words>
Pair<words> read(const std::uint64_t* from) {
  Pair<words> out;
  std::copy_n(from, words, out.x.begin());
  std::copy_n(from + words, words, out.y.begin());
  return out;
}

template <std::size_t words>
void write(const Pair<words>& value, std::uint64_t* to) {
  std::ranges::copy(value.x, to);
  std::ranges::copy(value.y, to + words);
}

/// The third point on a line of the given slope through two points, mirrored.
template <typename Field>
Pair<Field::words> third_point(const Field& field, const typename Field::Element& slope, const Pair<Field::words>& p,
                               const typename Field::Element& other_x) {
  const auto lifted = field.lifted(slope);
  Pair<Field::words> out;
  out.x = field.difference(field.difference(field.product(slope, lifted), p.x), other_x);
  out.y = field.difference(field.product(field.difference(p.x, out.x), lifted), p.y);
  return out;
}

template <typename Field>
std::string_view add_points(const Field& field, const Pair<Field::words>& p, const Pair<Field::words>& q,
                            std::uint64_t* result) {
  const auto run = field.difference(q.x, p.x);
  if (field.is_zero(run)) return no_slope;
  const auto slope = field.times(field.difference(q.y, p.y), field.inverse(run));
  write(third_point(field, slope, p, q.x), result);
  return {};
}

/// On y^2 = x^3 + a x + b with a = 0, or a = -3.
template <typename Field>
std::string_view double_point(const Field& field, const Pair<Field::words>& p, bool a_is_minus_three,
                              std::uint64_t* result) {
  const auto run = field.sum(p.y, p.y);
  if (field.is_zero(run)) return no_slope;
  auto square = field.times(p.x, p.x);
  if (a_is_minus_three) square = field.difference(square, {1});
  const auto rise = field.sum(field.sum(square, square), square);
  write(third_point(field, field.times(rise, field.inverse(run)), p, p.x), result);
  return {};
}

/// p + q and 2 (p + q). In lifted numbers: with n/d the slope, p + q is (x/d^2, y/d^3), and the slope of its tangent
/// has the denominator 2 y/d^3, so that 1/(d * 2y) gives the inverses of both denominators.
template <typename Field>
std::string_view add_and_double(const Field& field, const Pair<Field::words>& p, const Pair<Field::words>& q,
                                bool a_is_minus_three, std::uint64_t* result, std::uint64_t* doubled,
                                bool& has_double) {
  has_double = false;
  const auto run = field.difference(q.x, p.x);
  if (field.is_zero(run)) return no_slope;
  const auto n = field.lifted(field.difference(q.y, p.y));
  const auto d = field.lifted(run);
  const auto px = field.lifted(p.x);
  const auto py = field.lifted(p.y);
  const auto both = field.lifted(field.sum(p.x, q.x));
  const auto d2 = field.product(d, d);
  const auto x = field.difference(field.product(n, n), field.product(both, d2));
  const auto y = field.difference(field.product(n, field.difference(field.product(px, d2), x)),
                                  field.product(py, field.product(d2, d)));
  const auto twice = field.sum(y, y);
  if (field.is_zero(twice)) return add_points(field, p, q, result);
  const auto inverse = field.lifted_inverse(field.product(d, twice));

  const auto slope = field.product(n, field.product(inverse, twice));
  const auto sum_x = field.difference(field.product(slope, slope), both);
  const auto sum_y = field.difference(field.product(slope, field.difference(px, sum_x)), py);
  write(Pair<Field::words>{field.lowered(sum_x), field.lowered(sum_y)}, result);

  auto square = field.product(sum_x, sum_x);
  if (a_is_minus_three) square = field.difference(square, field.lifted({1}));
  const auto rise = field.sum(field.sum(square, square), square);
  const auto tangent = field.product(rise, field.product(inverse, field.product(d2, d2)));
  const auto double_x = field.difference(field.product(tangent, tangent), field.sum(sum_x, sum_x));
  const auto double_y = field.difference(field.product(tangent, field.difference(sum_x, double_x)), sum_y);
  write(Pair<Field::words>{field.lowered(double_x), field.lowered(double_y)}, doubled);
  has_double = true;
  return {};
}

template <typename Field>
bool holds(const Field& field, const Pair<Field::words>& value) {
  return field.holds(value.x) && field.holds(value.y);
}

template <typename Field>
std::string_view checked_add(const Field& field, const std::uint64_t* first, const std::uint64_t* second,
                             std::uint64_t* result) {
  const auto p = read<Field::words>(first);
  const auto q = read<Field::words>(second);
  if (!holds(field, p) || !holds(field, q)) return too_big;
  return add_points(field, p, q, result);
}

template <typename Field>
std::string_view checked_add_and_double(const Field& field, const std::uint64_t* first, const std::uint64_t* second,
                                        bool a_is_minus_three, std::uint64_t* result, std::uint64_t* doubled,
                                        bool& has_double) {
  const auto p = read<Field::words>(first);
  const auto q = read<Field::words>(second);
  if (!holds(field, p) || !holds(field, q)) return too_big;
  return add_and_double(field, p, q, a_is_minus_three, result, doubled, has_double);
}

template <typename Field>
std::string_view checked_double(const Field& field, const std::uint64_t* first, bool a_is_minus_three,
                                std::uint64_t* result) {
  const auto p = read<Field::words>(first);
  if (!holds(field, p)) return too_big;
  return double_point(field, p, a_is_minus_three, result);
}

template <typename Field>
std::string_view complex_add(const Field& field, const std::uint64_t* first, const std::uint64_t* second,
                             std::uint64_t* result) {
  const auto p = read<Field::words>(first);
  const auto q = read<Field::words>(second);
  if (!holds(field, p) || !holds(field, q)) return too_big;
  write(Pair<Field::words>{field.sum(p.x, q.x), field.sum(p.y, q.y)}, result);
  return {};
}

template <typename Field>
std::string_view complex_subtract(const Field& field, const std::uint64_t* first, const std::uint64_t* second,
                                  std::uint64_t* result) {
  const auto p = read<Field::words>(first);
  const auto q = read<Field::words>(second);
  if (!holds(field, p) || !holds(field, q)) return too_big;
  write(Pair<Field::words>{field.difference(p.x, q.x), field.difference(p.y, q.y)}, result);
  return {};
}

template <typename Field>
std::string_view complex_multiply(const Field& field, const std::uint64_t* first, const std::uint64_t* second,
                                  std::uint64_t* result) {
  const auto p = read<Field::words>(first);
  const auto q = read<Field::words>(second);
  if (!holds(field, p) || !holds(field, q)) return too_big;
  const auto x = field.lifted(q.x);
  const auto y = field.lifted(q.y);
  write(Pair<Field::words>{field.difference(field.product(p.x, x), field.product(p.y, y)),
                           field.sum(field.product(p.y, x), field.product(p.x, y))},
        result);
  return {};
}

/// On a x^2 + y^2 = 1 + d x^2 y^2.
std::string_view edwards_add(const PrimeField<4>& field, const Number& a, const Number& d, const Pair<4>& p,
                             const Pair<4>& q, std::uint64_t* result) {
  const Number xx = field.times(p.x, q.x);
  const Number yy = field.times(p.y, q.y);
  const Number tau = field.times(d, field.times(xx, yy));
  const Number below_x = field.sum({1}, tau);
  const Number below_y = field.difference({1}, tau);
  if (field.is_zero(below_x) || field.is_zero(below_y)) return no_sum;
  const Number above_x = field.sum(field.times(p.x, q.y), field.times(p.y, q.x));
  const Number above_y = field.difference(yy, field.times(a, xx));
  write(Pair<4>{field.times(above_x, field.inverse(below_x)), field.times(above_y, field.inverse(below_y))}, result);
  return {};
}

}  // namespace

std::string_view secp256k1_add_and_double(const std::uint64_t* first, const std::uint64_t* second,
                                          std::uint64_t* result, std::uint64_t* doubled, bool& has_double) {
  const auto& field = secp256k1_field;
  const auto p = read<4>(first);
  const auto q = read<4>(second);
  return add_and_double<Secp256k1Field>(field, {field.reduced(p.x), field.reduced(p.y)},
                                        {field.reduced(q.x), field.reduced(q.y)}, false, result, doubled, has_double);
}
std::string_view secp256r1_add_and_double(const std::uint64_t* first, const std::uint64_t* second,
                                          std::uint64_t* result, std::uint64_t* doubled, bool& has_double) {
  return checked_add_and_double(secp256r1_field, first, second, true, result, doubled, has_double);
}
std::string_view bn254_add_and_double(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result,
                                      std::uint64_t* doubled, bool& has_double) {
  return checked_add_and_double(bn254_field, first, second, false, result, doubled, has_double);
}
std::string_view bls12_381_add_and_double(const std::uint64_t* first, const std::uint64_t* second,
                                          std::uint64_t* result, std::uint64_t* doubled, bool& has_double) {
  return checked_add_and_double(bls12_381_field, first, second, false, result, doubled, has_double);
}

std::string_view secp256k1_add(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result) {
  // Unlike the other curves, ZisK's implementation of this one reduces what it is given.
  const auto& field = secp256k1_field;
  const auto p = read<4>(first);
  const auto q = read<4>(second);
  return add_points<Secp256k1Field>(field, {field.reduced(p.x), field.reduced(p.y)},
                                    {field.reduced(q.x), field.reduced(q.y)}, result);
}

std::string_view secp256k1_double(const std::uint64_t* first, const std::uint64_t* /*second*/, std::uint64_t* result) {
  const auto& field = secp256k1_field;
  const auto p = read<4>(first);
  return double_point<Secp256k1Field>(field, {field.reduced(p.x), field.reduced(p.y)}, false, result);
}

std::string_view secp256r1_add(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result) {
  return checked_add(secp256r1_field, first, second, result);
}
std::string_view secp256r1_double(const std::uint64_t* first, const std::uint64_t* /*second*/, std::uint64_t* result) {
  return checked_double(secp256r1_field, first, true, result);
}

std::string_view bn254_add(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result) {
  return checked_add(bn254_field, first, second, result);
}
std::string_view bn254_double(const std::uint64_t* first, const std::uint64_t* /*second*/, std::uint64_t* result) {
  return checked_double(bn254_field, first, false, result);
}
std::string_view bn254_complex_add(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result) {
  return complex_add(bn254_field, first, second, result);
}
std::string_view bn254_complex_subtract(const std::uint64_t* first, const std::uint64_t* second,
                                        std::uint64_t* result) {
  return complex_subtract(bn254_field, first, second, result);
}
std::string_view bn254_complex_multiply(const std::uint64_t* first, const std::uint64_t* second,
                                        std::uint64_t* result) {
  return complex_multiply(bn254_field, first, second, result);
}

std::string_view bls12_381_add(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result) {
  return checked_add(bls12_381_field, first, second, result);
}
std::string_view bls12_381_double(const std::uint64_t* first, const std::uint64_t* /*second*/, std::uint64_t* result) {
  return checked_double(bls12_381_field, first, false, result);
}
std::string_view bls12_381_complex_add(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result) {
  return complex_add(bls12_381_field, first, second, result);
}
std::string_view bls12_381_complex_subtract(const std::uint64_t* first, const std::uint64_t* second,
                                            std::uint64_t* result) {
  return complex_subtract(bls12_381_field, first, second, result);
}
std::string_view bls12_381_complex_multiply(const std::uint64_t* first, const std::uint64_t* second,
                                            std::uint64_t* result) {
  return complex_multiply(bls12_381_field, first, second, result);
}

std::string_view babyjubjub_add(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result) {
  const auto p = read<4>(first);
  const auto q = read<4>(second);
  if (!holds(bn254_scalars, p) || !holds(bn254_scalars, q)) return too_big;
  return edwards_add(bn254_scalars, {168700}, {168696}, p, q, result);
}

std::string_view ed25519_add(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result) {
  // ZisK reduces the coordinates here. a = -1, d = -121665/121666.
  static constexpr Number minus_one = {0xffffffffffffffec, 0xffffffffffffffff, 0xffffffffffffffff, 0x7fffffffffffffff};
  static constexpr Number d = {0x75eb4dca135978a3, 0x00700a4d4141d8ab, 0x8cc740797779e898, 0x52036cee2b6ffe73};
  const auto& field = ed25519_field;
  const auto p = read<4>(first);
  const auto q = read<4>(second);
  return edwards_add(field, minus_one, d, {field.reduced(p.x), field.reduced(p.y)},
                     {field.reduced(q.x), field.reduced(q.y)}, result);
}

}  // namespace cyclegate::vm
