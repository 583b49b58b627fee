#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace cyclegate::vm {

/// One application of SHA-256's compression function to the state (FIPS 180-4, 6.2.2).
void sha256_compress(std::array<std::uint32_t, 8>& state, std::span<const std::uint8_t, 64> block);

}  // namespace cyclegate::vm
