#pragma once

#include <array>
#include <cstdint>

namespace cyclegate::vm {

/// The permutation Keccak-f[1600] in place (FIPS 202, 3.3), lanes in the order A[x, y] = state[x + 5y].
void keccak_f(std::array<std::uint64_t, 25>& state);

}  // namespace cyclegate::vm
