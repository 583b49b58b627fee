#pragma once

#include <cstdint>
#include <string_view>

namespace cyclegate::vm {

// Permutations of sixteen field elements. Form of OperandFunction with one operand.

/// Poseidon over Goldilocks (2^64 - 2^32 + 1), x^7, 8 full and 22 partial rounds. Any 64-bit words; the result is
/// reduced.
std::string_view poseidon1(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result);
/// Poseidon2 over Goldilocks, x^7, 8 full and 22 partial rounds. Any 64-bit words; the result is reduced.
std::string_view poseidon2(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result);
/// Poseidon2 over KoalaBear (2^31 - 2^24 + 1), x^3, 8 full and 20 partial rounds. Two elements per word, low half
/// first, in Montgomery's form (times 2^32), each of which must be below the prime.
std::string_view poseidon2_koalabear(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result);

}  // namespace cyclegate::vm
