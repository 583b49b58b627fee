#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace cyclegate::elf {

/// The name of the section of an ELF64 little-endian file that holds `address` when it is loaded, e.g. `.rodata`; empty
/// when there is none or the file has no usable section table. The bytes may be anything.
std::string section_at(std::span<const std::uint8_t> file, std::uint64_t address);

}  // namespace cyclegate::elf
