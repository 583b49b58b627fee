#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace cyclegate::elf {

/// Most bytes of what toolchain() gives.
inline constexpr std::size_t max_toolchain_bytes = 1024;

/// The compilers that an ELF file (32 or 64 bits, little endian) names in its section .comment, where each leaves its
/// name and version: sorted, each once, joined with "; ". Nothing when the file names none or is no such file; the
/// bytes may be hostile. Bytes that are no printable ASCII become `?`, and what is beyond max_toolchain_bytes is cut.
std::string toolchain(std::span<const std::uint8_t> file_bytes);

}  // namespace cyclegate::elf
