#include "vm/poseidon.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>
#include <span>

namespace cyclegate::vm {
namespace {

#include "vm/poseidon_constants.inc"

constexpr std::size_t width = 16;
constexpr std::size_t half_full_rounds = 4;
constexpr std::size_t partial_rounds = 22;
constexpr std::uint64_t goldilocks = 0xffffffff00000001;
constexpr std::uint64_t koalabear = 0x7f000001;
constexpr std::size_t koalabear_partial_rounds = 20;
/// 2^32 modulo KoalaBear's prime, and its inverse.
constexpr std::uint64_t koalabear_montgomery = (std::uint64_t{1} << 32) % koalabear;
constexpr std::uint64_t koalabear_montgomery_inverse = 1057030144;
static_assert(koalabear_montgomery * koalabear_montgomery_inverse % koalabear == 1);

__extension__ using Wide = unsigned __int128;
using PoseidonState = std::array<std::uint64_t, width>;

/// Modulo Goldilocks: 2^64 = 2^32 - 1 and 2^96 = -1.
std::uint64_t reduce(Wide value) {
  const auto low = static_cast<std::uint64_t>(value);
  const auto high = static_cast<std::uint64_t>(value >> 64);
  const std::uint64_t top = high >> 32;
  std::uint64_t out = low - top;
  if (low < top) out += goldilocks;
  const std::uint64_t middle = (high & 0xffffffff) * 0xffffffff;
  const std::uint64_t sum = out + middle;
  out = sum < middle ? sum + 0xffffffff : sum;
  return out >= goldilocks ? out - goldilocks : out;
}
std::uint64_t times(std::uint64_t a, std::uint64_t b) {
  return reduce(Wide{a} * b);
}
std::uint64_t plus(std::uint64_t a, std::uint64_t b) {
  return reduce(Wide{a} + b);
}
std::uint64_t seventh_power(std::uint64_t x) {
  const std::uint64_t square = times(x, x);
  return times(times(square, x), times(square, square));
}

/// state := the row vector `state` times a matrix whose element in row j and column i is matrix(j, i).
template <typename Matrix>
void multiply(PoseidonState& state, const Matrix& matrix) {
  PoseidonState out{};
  for (std::size_t i = 0; i < width; ++i) {
    std::uint64_t sum = 0;
    for (std::size_t j = 0; j < width; ++j) sum = reduce(Wide{state[j]} * matrix(j, i) + sum);
    out[i] = sum;
  }
  state = out;
}

/// Round constants as they are used up.
class Constants {
 public:
  explicit Constants(std::span<const std::uint64_t> values) : values_(values) {}
  std::uint64_t next() { return values_[at_++]; }

 private:
  std::span<const std::uint64_t> values_;
  std::size_t at_ = 0;
};

/// Poseidon2's matrix of the full rounds: blocks of 4x4, added to the sums over all blocks.
template <typename Number, typename Modulo>
void external_layer(std::array<Number, width>& x, const std::array<std::array<unsigned, 4>, 4>& block,
                    const Modulo& modulo) {
  std::array<Number, width> y{};
  std::array<Wide, 4> sums{};
  for (std::size_t i = 0; i < width; ++i) {
    Wide sum = 0;
    for (std::size_t j = 0; j < 4; ++j) sum += Wide{block[i % 4][j]} * x[i / 4 * 4 + j];
    y[i] = modulo(sum);
    sums[i % 4] += y[i];
  }
  for (std::size_t i = 0; i < width; ++i) x[i] = modulo(y[i] + sums[i % 4]);
}

constexpr std::array<std::array<unsigned, 4>, 4> goldilocks_block = {
    {{5, 7, 1, 3}, {4, 6, 1, 1}, {1, 3, 5, 7}, {1, 1, 4, 6}}};
constexpr std::array<std::array<unsigned, 4>, 4> koalabear_block = {
    {{2, 3, 1, 1}, {1, 2, 3, 1}, {1, 1, 2, 3}, {3, 1, 1, 2}}};

PoseidonState load(const std::uint64_t* from) {
  PoseidonState out{};
  for (std::size_t i = 0; i < width; ++i) out[i] = from[i] % goldilocks;
  return out;
}

}  // namespace

std::string_view poseidon1(const std::uint64_t* first, const std::uint64_t* /*second*/, std::uint64_t* result) {
  const auto circulant = [](std::size_t j, std::size_t i) { return poseidon1_circulant[(i + width - j) % width]; };
  const auto transition = [](std::size_t j, std::size_t i) { return poseidon1_transition[j * width + i]; };
  PoseidonState state = load(first);
  Constants constants(poseidon1_round_constants);
  const auto power_and_constants = [&] {
    for (std::uint64_t& x : state) x = plus(seventh_power(x), constants.next());
  };
  for (std::uint64_t& x : state) x = plus(x, constants.next());
  for (std::size_t round = 0; round + 1 < half_full_rounds; ++round) {
    power_and_constants();
    multiply(state, circulant);
  }
  power_and_constants();
  multiply(state, transition);
  const std::uint64_t* sparse = poseidon1_sparse.data();
  for (std::size_t round = 0; round < partial_rounds; ++round, sparse += 2 * width - 1) {
    state[0] = plus(seventh_power(state[0]), constants.next());
    std::uint64_t sum = 0;
    for (std::size_t j = 0; j < width; ++j) sum = reduce(Wide{state[j]} * sparse[j] + sum);
    for (std::size_t j = 1; j < width; ++j) state[j] = reduce(Wide{state[0]} * sparse[width - 1 + j] + state[j]);
    state[0] = sum;
  }
  for (std::size_t round = 0; round + 1 < half_full_rounds; ++round) {
    power_and_constants();
    multiply(state, circulant);
  }
  for (std::uint64_t& x : state) x = seventh_power(x);
  multiply(state, circulant);
  std::ranges::copy(state, result);
  return {};
}

std::string_view poseidon2(const std::uint64_t* first, const std::uint64_t* /*second*/, std::uint64_t* result) {
  PoseidonState state = load(first);
  Constants constants(poseidon2_round_constants);
  const auto full_round = [&] {
    for (std::uint64_t& x : state) x = seventh_power(plus(x, constants.next()));
    external_layer(state, goldilocks_block, reduce);
  };
  external_layer(state, goldilocks_block, reduce);
  for (std::size_t round = 0; round < half_full_rounds; ++round) full_round();
  for (std::size_t round = 0; round < partial_rounds; ++round) {
    state[0] = seventh_power(plus(state[0], constants.next()));
    const std::uint64_t sum = reduce(std::accumulate(state.begin(), state.end(), Wide{0}));
    for (std::size_t i = 0; i < width; ++i) state[i] = reduce(Wide{state[i]} * poseidon2_diagonal[i] + sum);
  }
  for (std::size_t round = 0; round < half_full_rounds; ++round) full_round();
  std::ranges::copy(state, result);
  return {};
}

std::string_view poseidon2_koalabear(const std::uint64_t* first, const std::uint64_t* /*second*/,
                                     std::uint64_t* result) {
  const auto modulo = [](Wide value) { return static_cast<std::uint64_t>(value) % koalabear; };
  PoseidonState state{};
  for (std::size_t i = 0; i < width; ++i) {
    const std::uint64_t lane = first[i / 2] >> (32 * (i % 2)) & 0xffffffff;
    if (lane >= koalabear) return "a lane is not below KoalaBear's prime";
    state[i] = lane * koalabear_montgomery_inverse % koalabear;
  }
  const auto* constants = koalabear_round_constants.data();
  const auto cube_of_sum = [&](std::uint64_t x) {
    const std::uint64_t sum = (x + *constants++) % koalabear;
    return sum * sum % koalabear * sum % koalabear;
  };
  const auto full_round = [&] {
    for (std::uint64_t& x : state) x = cube_of_sum(x);
    external_layer(state, koalabear_block, modulo);
  };
  external_layer(state, koalabear_block, modulo);
  for (std::size_t round = 0; round < half_full_rounds; ++round) full_round();
  for (std::size_t round = 0; round < koalabear_partial_rounds; ++round) {
    state[0] = cube_of_sum(state[0]);
    const std::uint64_t sum = std::accumulate(state.begin(), state.end(), std::uint64_t{0}) % koalabear;
    // The diagonal is -2, 1, 2, 4, ..., 2^13, 2^15; the whole layer is scaled by 2^-32.
    for (std::size_t i = 0; i < width; ++i) {
      const std::uint64_t factor = i == 0 ? koalabear - 2 : std::uint64_t{1} << (i + 1 == width ? width - 1 : i - 1);
      state[i] = (sum + factor * state[i]) % koalabear * koalabear_montgomery_inverse % koalabear;
    }
  }
  for (std::size_t round = 0; round < half_full_rounds; ++round) full_round();
  for (std::size_t i = 0; i < width / 2; ++i) {
    const std::uint64_t low = state[2 * i] * koalabear_montgomery % koalabear;
    const std::uint64_t high = state[2 * i + 1] * koalabear_montgomery % koalabear;
    result[i] = low | (high << 32);
  }
  return {};
}

}  // namespace cyclegate::vm
