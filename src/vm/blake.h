#pragma once

#include <cstdint>
#include <string_view>

namespace cyclegate::vm {

/// One round of BLAKE2b (RFC 7693, 3.2): state and message block are 16 words each; rounds (`number`) beyond 9 use the
/// permutation of their number modulo 10.
void blake2b_round(std::uint64_t* state, const std::uint64_t* message, std::uint64_t number);

// The rounds of a compression function on a state of sixteen 32-bit words (in eight 64-bit ones, low half first),
// without what comes before and after them; always possible. Form of OperandFunction.

/// All ten rounds of BLAKE2s (RFC 7693, 3.2).
std::string_view blake2s_rounds(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result);
/// All seven rounds of BLAKE3 (its specification, 2.2).
std::string_view blake3_rounds(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result);

}  // namespace cyclegate::vm
