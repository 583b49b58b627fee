#pragma once

#include <cstdint>

namespace cyclegate::vm {

// ZisK 1.4.0-alpha's address map (zisk-core src/mem.rs, rom_layout.rs).
inline constexpr std::uint64_t bios_return = 0x101c;  ///< ra at entry: a return there ends the run successfully
inline constexpr std::uint64_t input_address = 0x1000'0000;
inline constexpr std::uint64_t input_size = 0x8000'0000;
inline constexpr std::uint64_t input_file_offset = 8;  ///< the first word is the free input
inline constexpr std::uint64_t max_input_file = (std::uint64_t{128} << 20) - 8;
inline constexpr std::uint64_t rom_address = 0x9000'0000;
inline constexpr std::uint64_t rom_size = 0x0800'0000;
inline constexpr std::uint64_t ram_address = 0xa000'0000;
inline constexpr std::uint64_t ram_size = 0x2000'0000;
inline constexpr std::uint64_t stack_size = 0x0040'0000;
inline constexpr std::uint64_t system_address = 0xa040'0000;
inline constexpr std::uint64_t system_size = 0x1'0000;
inline constexpr std::uint64_t uart_address = 0xa040'0200;
inline constexpr std::uint64_t extra_parameters_address = 0xa040'0f00;
inline constexpr std::uint64_t csr_address = 0xa040'8000;
inline constexpr std::uint64_t output_address = 0xa041'0000;
inline constexpr std::uint64_t output_bytes = 256;

inline constexpr std::uint16_t csr_marchid = 0xf12;
inline constexpr std::uint16_t csr_mtvec = 0x305;
inline constexpr std::uint64_t zisk_architecture = 0x0fff'eeee;
inline constexpr std::uint64_t trap_handler = 0x107c;

}  // namespace cyclegate::vm
