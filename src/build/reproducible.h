#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace cyclegate::build {

/// Where two ELF files differ first in what a zkVM loads: the entry, a segment's place or size, or a byte, with its
/// function (or else its section) and both values; e.g. `.rodata at 0x90001a40: 2f 74 against 2f 68`. Empty when they
/// load the same. Files that are no ELF differ by their first byte that does.
std::string first_difference(std::span<const std::uint8_t> one, std::span<const std::uint8_t> other);

}  // namespace cyclegate::build
