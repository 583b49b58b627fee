#include "vm/fcalls.h"

#include <gmpxx.h>

#include <algorithm>
#include <bit>

#include "vm/address_map.h"

namespace cyclegate::vm {
namespace {

/// Why an fcall has no answer; only inside this file.
struct Refused {
  std::string_view why;
};

constexpr Refused no_inverse = {"there is no inverse"};

using Results = std::vector<std::uint64_t>;

mpz_class number(std::span<const std::uint64_t> words) {
  mpz_class out;
  mpz_import(out.get_mpz_t(), words.size(), -1, sizeof(std::uint64_t), 0, 0, words.data());
  return out;
}

void append(Results& results, const mpz_class& value, std::size_t words) {
  const std::size_t start = results.size();
  results.resize(start + words);
  if (mpz_sizeinbase(value.get_mpz_t(), 2) > 64 * words) throw Refused{"a result does not fit"};
  mpz_export(results.data() + start, nullptr, -1, sizeof(std::uint64_t), 0, 0, value.get_mpz_t());
}

mpz_class power(const mpz_class& base, const mpz_class& exponent, const mpz_class& modulus) {
  mpz_class out;
  mpz_powm(out.get_mpz_t(), base.get_mpz_t(), exponent.get_mpz_t(), modulus.get_mpz_t());
  return out;
}

std::optional<mpz_class> inverse(const mpz_class& value, const mpz_class& modulus) {
  mpz_class out;
  if (mpz_invert(out.get_mpz_t(), value.get_mpz_t(), modulus.get_mpz_t()) == 0) return std::nullopt;
  return out;
}

/// A field, and how ziskos subtracts in it: the difference of unreduced numbers is reduced for BN254 only.
struct Field {
  mpz_class prime;
  std::size_t words = 4;
  bool reduces_differences = true;

  mpz_class add(const mpz_class& a, const mpz_class& b) const { return (a + b) % prime; }
  mpz_class multiply(const mpz_class& a, const mpz_class& b) const { return a * b % prime; }
  mpz_class subtract(const mpz_class& a, const mpz_class& b) const {
    mpz_class out = a - b;
    if (out < 0) out += prime;
    if (out < 0) throw Refused{"a number is more than the prime above another it is taken from"};
    if (reduces_differences) out %= prime;
    return out;
  }
  mpz_class negate(const mpz_class& a) const {
    if (a == 0) return 0;
    if (a > prime) throw Refused{"a number is above the field's prime"};
    return prime - a;
  }
  mpz_class invert(const mpz_class& a) const {
    const auto out = inverse(a, prime);
    if (!out) throw Refused{no_inverse};
    return *out;
  }
};

const Field& secp256k1_base() {
  static const Field field{mpz_class("0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f")};
  return field;
}
const Field& secp256k1_scalars() {
  static const Field field{mpz_class("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")};
  return field;
}
const Field& secp256r1_scalars() {
  static const Field field{mpz_class("0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")};
  return field;
}
const Field& bn254_base() {
  static const Field field{mpz_class("0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47")};
  return field;
}
const Field& bls12_381_base() {
  static const Field field{
      mpz_class("0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffff"
                "b9feffffffffaaab"),
      6, false};
  return field;
}
const Field& ed25519_base() {
  static const Field field{(mpz_class(1) << 255) - 19};
  return field;
}

/// real + imaginary * i, i^2 = -1.
struct Complex {
  mpz_class real;
  mpz_class imaginary;
};

/// Arithmetic of complex numbers over a field.
class ComplexField {
 public:
  explicit ComplexField(const Field& field) : field_(field) {}

  Complex read(std::span<const std::uint64_t> words) const {
    return {number(words.first(field_.words)), number(words.subspan(field_.words, field_.words))};
  }
  void append(Results& results, const Complex& value) const {
    vm::append(results, value.real, field_.words);
    vm::append(results, value.imaginary, field_.words);
  }
  Complex subtract(const Complex& a, const Complex& b) const {
    return {field_.subtract(a.real, b.real), field_.subtract(a.imaginary, b.imaginary)};
  }
  Complex add(const Complex& a, const Complex& b) const {
    return {field_.add(a.real, b.real), field_.add(a.imaginary, b.imaginary)};
  }
  Complex multiply(const Complex& a, const Complex& b) const {
    return {field_.subtract(field_.multiply(a.real, b.real), field_.multiply(a.imaginary, b.imaginary)),
            field_.add(field_.multiply(a.real, b.imaginary), field_.multiply(a.imaginary, b.real))};
  }
  Complex scale(const Complex& a, unsigned by) const {
    return {field_.multiply(a.real, by), field_.multiply(a.imaginary, by)};
  }
  Complex invert(const Complex& a) const {
    const mpz_class norm = field_.add(field_.multiply(a.real, a.real), field_.multiply(a.imaginary, a.imaginary));
    const mpz_class over = field_.invert(norm);
    return {field_.multiply(a.real, over), field_.multiply(field_.negate(a.imaginary), over)};
  }
  Complex conjugate(const Complex& a) const { return {a.real, field_.negate(a.imaginary)}; }
  Complex power(Complex base, const mpz_class& exponent) const {
    Complex out{1, 0};
    const std::size_t bits = mpz_sizeinbase(exponent.get_mpz_t(), 2);
    for (std::size_t bit = 0; bit < bits; ++bit) {
      if (mpz_tstbit(exponent.get_mpz_t(), bit) != 0) out = multiply(out, base);
      base = multiply(base, base);
    }
    return out;
  }
  /// A square root (Adj, Rodriguez-Henriquez, "Square root computation over even extension fields", algorithm 9, for
  /// primes that are 3 modulo 4); nothing when there is none.
  std::optional<Complex> root(const Complex& a) const {
    const mpz_class minus_one = field_.prime - 1;
    const Complex first = power(a, (field_.prime - 3) / 4);
    const Complex candidate = multiply(first, a);
    const Complex alpha = multiply(first, candidate);
    const Complex norm = multiply(conjugate(alpha), alpha);
    if (norm.real == minus_one && norm.imaginary == 0) return std::nullopt;
    if (alpha.real == minus_one && alpha.imaginary == 0) return multiply({0, 1}, candidate);
    return multiply(power(add({1, 0}, alpha), minus_one / 2), candidate);
  }

 private:
  const Field& field_;
};

using ParameterWords = std::span<const std::uint64_t>;

void field_inverse(const Field& field, ParameterWords in, Results& out) {
  append(out, field.invert(number(in.first(field.words))), field.words);
}

void complex_inverse(const Field& field, ParameterWords in, Results& out) {
  const ComplexField complex(field);
  complex.append(out, complex.invert(complex.read(in)));
}

/// Slope and offset of the line through two points of a twist.
void line_through(const Field& field, ParameterWords in, Results& out) {
  const ComplexField complex(field);
  const std::size_t size = 2 * field.words;
  const Complex x1 = complex.read(in);
  const Complex y1 = complex.read(in.subspan(size));
  const Complex x2 = complex.read(in.subspan(2 * size));
  const Complex y2 = complex.read(in.subspan(3 * size));
  const Complex slope = complex.multiply(complex.invert(complex.subtract(x2, x1)), complex.subtract(y2, y1));
  complex.append(out, slope);
  complex.append(out, complex.subtract(y1, complex.multiply(slope, x1)));
}

/// Slope and offset of the tangent at a point of a twist.
void tangent(const Field& field, ParameterWords in, Results& out) {
  const ComplexField complex(field);
  const Complex x = complex.read(in);
  const Complex y = complex.read(in.subspan(2 * field.words));
  const Complex slope = complex.multiply(complex.invert(complex.add(y, y)), complex.scale(complex.multiply(x, x), 3));
  complex.append(out, slope);
  complex.append(out, complex.subtract(y, complex.multiply(slope, x)));
}

/// {1, a root of a} or {0, a root of a times a number that is no square}. The prime is 3 modulo 4. An a that is not
/// below the prime counts as no square.
void field_root(const Field& field, ParameterWords in, unsigned non_square, std::optional<std::uint64_t> parity,
                Results& out) {
  const mpz_class exponent = (field.prime + 1) / 4;
  const mpz_class a = number(in.first(field.words));
  mpz_class root = power(a, exponent, field.prime);
  const bool is_square = field.multiply(root, root) == a;
  out.push_back(is_square ? 1 : 0);
  if (!is_square) {
    root = power(field.multiply(a, non_square), exponent, field.prime);
  } else if (parity && *parity != (mpz_odd_p(root.get_mpz_t()) != 0 ? 1U : 0U)) {
    root = (field.prime - root) % field.prime;
  }
  append(out, root, field.words);
}

void complex_root(const Field& field, ParameterWords in, Results& out) {
  const ComplexField complex(field);
  const Complex a = complex.read(in);
  const auto root = complex.root(a);
  out.push_back(root ? 1 : 0);
  // 1 + i is no square in BLS12-381's quadratic extension.
  complex.append(out, root ? *root : complex.root(complex.multiply(a, {1, 1})).value_or(Complex{0, 0}));
}

/// The even root of u/v, or of 2u/v; {1, 0} for u = 0, {0, 0} for v = 0 (RFC 8032, 5.1.3).
void ed25519_root(ParameterWords in, Results& out) {
  const Field& field = ed25519_base();
  const mpz_class u = number(in.first(4)) % field.prime;
  const mpz_class v = number(in.subspan(4, 4)) % field.prime;
  out.assign(5, 0);
  if (u == 0) {
    out[0] = 1;
    return;
  }
  if (v == 0) return;
  const mpz_class quotient = field.multiply(u, field.invert(v));
  const auto root = [&](const mpz_class& w) -> std::optional<mpz_class> {
    mpz_class candidate = power(w, (field.prime + 3) / 8, field.prime);
    const mpz_class square = field.multiply(candidate, candidate);
    if (square == w) return candidate;
    if (field.add(square, w) == 0) {
      return field.multiply(candidate, power(2, (field.prime - 1) / 4, field.prime));
    }
    return std::nullopt;
  };
  auto found = root(quotient);
  out[0] = found ? 1 : 0;
  if (!found) found = root(field.add(quotient, quotient));
  if (!found) throw Refused{"neither u/v nor 2u/v is a square"};
  if (mpz_odd_p(found->get_mpz_t()) != 0) *found = field.prime - *found;
  out.resize(1);
  append(out, *found, 4);
}

/// k = k1 + k2 * lambda with short k1, k2 (Gallant, Lambert, Vanstone; the lattice's basis as in libsecp256k1's
/// comments): magnitudes, then signs.
void decompose(ParameterWords in, Results& out) {
  static const mpz_class a1("0x3086d221a7d46bcde86c90e49284eb15");
  static const mpz_class minus_b1("0xe4437ed6010e88286f547fa90abfe4c3");
  static const mpz_class a2("0x114ca50f7a8e2f3f657c1108d9d44cfd8");
  const mpz_class& order = secp256k1_scalars().prime;
  const mpz_class k = number(in.first(4));
  const auto rounded = [&](const mpz_class& value) -> mpz_class { return (2 * value + order) / (2 * order); };
  const mpz_class c1 = rounded(a1 * k);
  const mpz_class c2 = rounded(minus_b1 * k);
  const mpz_class k1 = k - c1 * a1 - c2 * a2;
  const mpz_class k2 = c1 * minus_b1 - c2 * a1;
  append(out, abs(k1), 4);
  append(out, abs(k2), 4);
  out.push_back(k1 < 0 ? 1 : 0);
  out.push_back(k2 < 0 ? 1 : 0);
}

/// {count, bits from the highest set one down}.
void binary_digits(ParameterWords in, Results& out) {
  const std::uint64_t length = in[0];
  if (length >= in.size()) throw Refused{"more words are announced than there can be"};
  out.push_back(0);
  for (std::size_t word = static_cast<std::size_t>(length); word > 0; --word) {
    for (int bit = 63; bit >= 0; --bit) {
      const std::uint64_t digit = in[word] >> bit & 1;
      if (digit != 0 || out.size() > 1) out.push_back(digit);
    }
  }
  if (out.size() == 1) out.push_back(0);
  if (out.size() > most_fcall_results) throw Refused{"more digits than results can be"};
  out[0] = out.size() - 1;
}

void push_position(Results& out, std::size_t limb, std::uint64_t word) {
  out.push_back(limb);
  out.push_back(63U - static_cast<unsigned>(std::countl_zero(word)));
}

/// {word, bit} of the highest bit set in any of n numbers of 4 words.
void highest_bit_256(ParameterWords in, Results& out) {
  const std::uint64_t count = in[0];
  if (count > (in.size() - 1) / 4) throw Refused{"more numbers are announced than there can be"};
  for (std::size_t limb = 4; limb-- > 0;) {
    std::uint64_t highest = 0;
    for (std::size_t i = 0; i < count; ++i) highest = std::max(highest, in[1 + 4 * i + limb]);
    if (highest != 0) return push_position(out, limb, highest);
  }
  throw Refused{"all numbers are 0"};
}

/// The same of two numbers of 6 words, which start 8 words apart.
void highest_bit_384(ParameterWords in, Results& out) {
  for (std::size_t limb = 6; limb-- > 0;) {
    const std::uint64_t highest = std::max(in[limb], in[8 + limb]);
    if (highest != 0) return push_position(out, limb, highest);
  }
  throw Refused{"both numbers are 0"};
}

constexpr Refused division_by_zero = {"division by zero"};

void divide_256(ParameterWords in, Results& out) {
  const mpz_class a = number(in.first(4));
  const mpz_class b = number(in.subspan(4, 4));
  if (b == 0) throw Refused{division_by_zero};
  append(out, a / b, 4);
  append(out, a % b, 4);
}

/// {1, inverse modulo 2^256} or zeros.
void inverse_256(ParameterWords in, Results& out) {
  const auto found = inverse(number(in.first(4)), mpz_class(1) << 256);
  out.push_back(found ? 1 : 0);
  append(out, found.value_or(0), 4);
}

/// {1, inverse, 0, 0} or {0, g, a / g, m / g}, where g divides both.
void inverse_modulo(ParameterWords in, Results& out) {
  const mpz_class a = number(in.first(4));
  const mpz_class modulus = number(in.subspan(4, 4));
  if (modulus == 0) throw Refused{division_by_zero};
  const auto found = modulus == 1 ? std::optional<mpz_class>(0) : inverse(a, modulus);
  out.push_back(found ? 1 : 0);
  if (found) {
    append(out, *found, 4);
    out.resize(13);
    return;
  }
  const mpz_class divisor = gcd(a, modulus);
  append(out, divisor, 4);
  append(out, a / divisor, 4);
  append(out, modulus / divisor, 4);
}

/// {length, quotient, length, remainder}; lengths are multiples of 4.
void divide(ParameterWords in, Results& out) {
  const std::uint64_t first = in[0];
  if (first >= in.size() - 1) throw Refused{"more words are announced than there can be"};
  const ParameterWords rest = in.subspan(1 + static_cast<std::size_t>(first));
  const std::uint64_t second = rest[0];
  if (second >= rest.size()) throw Refused{"more words are announced than there can be"};
  const mpz_class a = number(in.subspan(1, static_cast<std::size_t>(first)));
  const mpz_class b = number(rest.subspan(1, static_cast<std::size_t>(second)));
  if (b == 0) throw Refused{division_by_zero};
  for (const mpz_class& value : {mpz_class(a / b), mpz_class(a % b)}) {
    const std::size_t words = std::max<std::size_t>((mpz_sizeinbase(value.get_mpz_t(), 2) + 255) / 256 * 4, 4);
    out.push_back(words);
    append(out, value, words);
  }
}

void answer(std::uint64_t id, ParameterWords in, Results& out) {
  switch (id) {
    case 1:
      return field_inverse(secp256k1_base(), in, out);
    case 2:
      return field_inverse(secp256k1_scalars(), in, out);
    case 3:
      return field_root(secp256k1_base(), in, 3, in[4], out);
    case 4:
      return decompose(in, out);
    case 5:
      return field_inverse(secp256r1_scalars(), in, out);
    case 6:
      return field_inverse(bn254_base(), in, out);
    case 7:
      return complex_inverse(bn254_base(), in, out);
    case 8:
      return line_through(bn254_base(), in, out);
    case 9:
      return tangent(bn254_base(), in, out);
    case 10:
      return field_inverse(bls12_381_base(), in, out);
    case 11:
      return field_root(bls12_381_base(), in, 2, {}, out);
    case 12:
      return complex_inverse(bls12_381_base(), in, out);
    case 13:
      return complex_root(bls12_381_base(), in, out);
    case 14:
      return line_through(bls12_381_base(), in, out);
    case 15:
      return tangent(bls12_381_base(), in, out);
    case 16:
      return binary_digits(in, out);
    case 17:
      return highest_bit_256(in, out);
    case 18:
      return highest_bit_384(in, out);
    case 19:
      return divide_256(in, out);
    case 20:
      return inverse_256(in, out);
    case 21:
      return inverse_modulo(in, out);
    case 22:
      return divide(in, out);
    case 26:
      return ed25519_root(in, out);
    default:
      throw Refused{"there is no fcall of that number"};
  }
}

}  // namespace

std::string_view answer_fcall(std::uint64_t id, const FcallParameters& parameters,
                              std::vector<std::uint64_t>& results) {
  results.clear();
  try {
    answer(id, parameters, results);
  } catch (const Refused& refused) {
    results.clear();
    return refused.why;
  }
  return {};
}

bool FcallState::add(std::span<const std::uint64_t> words) {
  if (words.size() > parameters_.size() - parameter_count_) return false;
  std::ranges::copy(words, parameters_.begin() + static_cast<std::ptrdiff_t>(parameter_count_));
  parameter_count_ += words.size();
  return true;
}

std::string_view FcallState::call(std::uint64_t id, std::uint64_t input_bytes) {
  std::string_view refused;
  switch (id) {
    case 23: {
      // The guest asks for the input up to an address (inclusive) and waits for it.
      const std::uint64_t end = input_address + input_file_offset + input_bytes;
      if (parameters_[0] < input_address + input_file_offset - 1 || parameters_[0] >= input_address + input_size ||
          parameters_[0] >= end) {
        refused = "the input ends before the address asked for";
      }
      results_.clear();
      break;
    }
    case 24:
      if (parameter_count_ != 1 || parameters_[0] == no_index) refused = "it takes one index other than 2^64 - 1";
      pending_index_ = parameters_[0];
      results_.clear();
      break;
    case 25: {
      if (parameter_count_ != std::tuple_size_v<KeccakState>) refused = "it takes the 25 words of a Keccak state";
      KeccakState state{};
      std::copy_n(parameters_.begin(), state.size(), state.begin());
      const auto found = keccak_states_.find(state);
      results_.assign(1, found == keccak_states_.end() ? no_index : found->second);
      break;
    }
    case 27:
      // The seed of the host's random numbers is fixed here, so that runs can be compared.
      if (parameter_count_ != 0) refused = "it takes no parameters";
      results_.assign(4, 0);
      break;
    default:
      refused = answer_fcall(id, parameters_, results_);
  }
  taken_ = 0;
  parameter_count_ = 0;
  return refused;
}

std::span<const std::uint64_t> FcallState::take(std::size_t words) {
  const auto out = std::span<const std::uint64_t>(results_).subspan(taken_, words);
  taken_ += words;
  return out;
}

void FcallState::remember(const KeccakState& state) {
  keccak_states_[state] = *pending_index_;
  pending_index_.reset();
}

}  // namespace cyclegate::vm
