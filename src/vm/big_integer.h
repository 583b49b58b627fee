#pragma once

#include <cstdint>
#include <span>

namespace cyclegate::vm {

// Numbers of several 64-bit words, least significant first. Results may overlap operands.

/// result (2n words) = a * b + c; the operands have n words, n at most 6.
void multiply_add(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b, std::span<const std::uint64_t> c,
                  std::uint64_t* result);
/// result (n words) = (a * b + c) mod modulus; all operands have n words, n at most 6. False when the modulus is 0.
bool multiply_add_modulo(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b,
                         std::span<const std::uint64_t> c, std::span<const std::uint64_t> modulus,
                         std::uint64_t* result);
/// result (4 words) = a + b + carry_in; returns the carry out.
std::uint64_t add_256(const std::uint64_t* a, const std::uint64_t* b, bool carry_in, std::uint64_t* result);

}  // namespace cyclegate::vm
