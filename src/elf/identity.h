#pragma once

#include <cstdint>
#include <vector>

#include "elf/image.h"

namespace cyclegate::elf {

/// What a zkVM sees of an image, in one canonical byte string to be hashed: the entry and, per segment, address, memory
/// size, permissions and bytes, each number as 8 little-endian bytes, and 32 for an ELF32 image. Trailing zero bytes of
/// a segment are left out, so that a .bss kept in the file and one that is not are the same. Symbols, section headers
/// and debug information do not count. Two images with equal bytes run equally.
std::vector<std::uint8_t> identity_bytes(const Image& image);

}  // namespace cyclegate::elf
