#include "vm/blake.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

namespace cyclegate::vm {
namespace {

using Order = std::array<std::uint8_t, 16>;

/// RFC 7693, 2.7.
constexpr std::array<Order, 10> sigma = {{
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
}};

/// How BLAKE3 permutes the message between rounds.
constexpr Order blake3_step = {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8};

/// The distances of the four rotations to the right.
struct Rotations {
  int first;
  int second;
  int third;
  int fourth;
};
constexpr Rotations rotations_64 = {32, 24, 16, 63};
constexpr Rotations rotations_32 = {16, 12, 8, 7};

template <typename Word>
void mix(Word* v, std::size_t a, std::size_t b, std::size_t c, std::size_t d, Word x, Word y, const Rotations& by) {
  v[a] += v[b] + x;
  v[d] = std::rotr(v[d] ^ v[a], by.first);
  v[c] += v[d];
  v[b] = std::rotr(v[b] ^ v[c], by.second);
  v[a] += v[b] + y;
  v[d] = std::rotr(v[d] ^ v[a], by.third);
  v[c] += v[d];
  v[b] = std::rotr(v[b] ^ v[c], by.fourth);
}

/// Columns, then diagonals.
template <typename Word>
void round(Word* v, const Word* m, const Order& order, const Rotations& by) {
  for (std::size_t i = 0; i < 4; ++i) mix(v, i, 4 + i, 8 + i, 12 + i, m[order[2 * i]], m[order[2 * i + 1]], by);
  for (std::size_t i = 0; i < 4; ++i) {
    mix(v, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4, m[order[8 + 2 * i]], m[order[9 + 2 * i]], by);
  }
}

using BlockWords = std::array<std::uint32_t, 16>;

BlockWords halves(const std::uint64_t* from) {
  BlockWords out{};
  for (std::size_t i = 0; i < 16; ++i) out[i] = static_cast<std::uint32_t>(from[i / 2] >> (32 * (i % 2)));
  return out;
}

void join(const BlockWords& words, std::uint64_t* to) {
  for (std::size_t i = 0; i < 8; ++i) to[i] = words[2 * i] | (std::uint64_t{words[2 * i + 1]} << 32);
}

}  // namespace

void blake2b_round(std::uint64_t* state, const std::uint64_t* message, std::uint64_t number) {
  round(state, message, sigma[number % sigma.size()], rotations_64);
}

std::string_view blake2s_rounds(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result) {
  BlockWords state = halves(first);
  const BlockWords message = halves(second);
  for (const Order& order : sigma) round(state.data(), message.data(), order, rotations_32);
  join(state, result);
  return {};
}

std::string_view blake3_rounds(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result) {
  BlockWords state = halves(first);
  const BlockWords message = halves(second);
  Order order = sigma[0];
  for (int i = 0; i < 7; ++i) {
    round(state.data(), message.data(), order, rotations_32);
    Order next{};
    for (std::size_t j = 0; j < 16; ++j) next[j] = order[blake3_step[j]];
    order = next;
  }
  join(state, result);
  return {};
}

}  // namespace cyclegate::vm
