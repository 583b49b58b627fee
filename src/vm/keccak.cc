#include "vm/keccak.h"

#include <bit>
#include <cstddef>

namespace cyclegate::vm {
namespace {

// FIPS 202, Table of RC[i_r] for the 24 rounds of w = 64.
constexpr std::array<std::uint64_t, 24> round_constants = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};

// rho's rotation and pi's destination along the walk that starts at lane (1, 0).
constexpr std::array<int, 24> rotations = {1,  3,  6,  10, 15, 21, 28, 36, 45, 55, 2,  14,
                                           27, 41, 56, 8,  25, 43, 62, 18, 39, 61, 20, 44};
constexpr std::array<std::size_t, 24> lanes = {10, 7,  11, 17, 18, 3, 5,  16, 8,  21, 24, 4,
                                               15, 23, 19, 13, 12, 2, 20, 14, 22, 9,  6,  1};

}  // namespace

void keccak_f(std::array<std::uint64_t, 25>& state) {
  for (const std::uint64_t round_constant : round_constants) {
    std::array<std::uint64_t, 5> column{};
    for (std::size_t x = 0; x < 5; ++x) {
      column[x] = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20];
    }
    for (std::size_t x = 0; x < 5; ++x) {
      const std::uint64_t parity = column[(x + 4) % 5] ^ std::rotl(column[(x + 1) % 5], 1);
      for (std::size_t y = 0; y < 25; y += 5) state[y + x] ^= parity;
    }
    std::uint64_t lane = state[1];
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      const std::uint64_t moved = state[lanes[i]];
      state[lanes[i]] = std::rotl(lane, rotations[i]);
      lane = moved;
    }
    for (std::size_t y = 0; y < 25; y += 5) {
      const std::array<std::uint64_t, 5> row = {state[y], state[y + 1], state[y + 2], state[y + 3], state[y + 4]};
      for (std::size_t x = 0; x < 5; ++x) state[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
    }
    state[0] ^= round_constant;
  }
}

}  // namespace cyclegate::vm
