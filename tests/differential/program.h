#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace cyclegate::differential {

/// Where a program lies: ZisK 1.4.0-alpha's map, which Linux user mode can map as well, so that the same ELF runs on
/// both.
inline constexpr std::uint64_t kTextAddress = 0x90000000;
inline constexpr std::uint64_t kBaseAddress = 0xa0440000;
inline constexpr std::uint64_t kDataAddress = kBaseAddress - 2048;

/// Parts of the data segment, as offsets from its start. The base register points to kBase, from where 12-bit offsets
/// reach everything but the results. The arena lies on both sides of a 64 KiB boundary, and so of a page's.
inline constexpr std::uint64_t kInitialRegisters = 0;  ///< x1..x31 as the program starts, 8 bytes each
inline constexpr std::uint64_t kFinalRegisters = 256;  ///< x1..x31 as the program stored them at its end
inline constexpr std::uint64_t kPool = 512;            ///< operand values; never written
inline constexpr std::uint64_t kPoolEntries = 128;
inline constexpr std::uint64_t kArena = 1536;  ///< loads, stores and atomics work here
inline constexpr std::uint64_t kArenaSize = 1024;
inline constexpr std::uint64_t kBase = 2048;
inline constexpr std::uint64_t kResults = 4096;  ///< every result in the order of execution, 8 bytes each
inline constexpr std::uint64_t kResultEntries = 2048;
inline constexpr std::uint64_t kDataSize = kResults + 8 * kResultEntries;

/// Operand values where implementations go wrong: zero, one, minus one, the limits of both signed and unsigned widths,
/// and shift amounts at and beyond them. They are the first entries of the pool, in this order.
inline constexpr std::array<std::uint64_t, 13> kEdgeValues = {0,
                                                              1,
                                                              0xffffffffffffffff,
                                                              0x8000000000000000,
                                                              0x7fffffffffffffff,
                                                              0xffffffff80000000,
                                                              0x7fffffff,
                                                              0x80000000,
                                                              0xffffffff,
                                                              31,
                                                              32,
                                                              63,
                                                              64};
inline constexpr std::array<std::int64_t, 5> kEdgeImmediates = {0, 1, -1, 2047, -2048};
inline constexpr std::array<std::int64_t, 5> kEdgeShifts = {0, 1, 31, 32, 63};  ///< the first three for 32-bit shifts
inline constexpr std::array<std::int64_t, 5> kEdgeUppers = {0, 1, 0x7ffff, 0x80000, 0xfffff};

/// What the generator knows about one instruction when it is executed; -1 is "not known". `first` and `second` are
/// indexes into the edge tables above (second: values, immediates, shifts or uppers by format).
struct Note {
  int unit = 0;        ///< instructions of one unit belong together; unit 0 frames the program
  bool fixed = false;  ///< shrinking must not take this one away alone
  int first = -1;
  int second = -1;
  int alignment = -1;    ///< address modulo 8
  bool crosses = false;  ///< the access lies on both sides of the 64 KiB boundary
};

/// One random program.
struct Program {
  std::uint64_t seed = 0;
  std::uint64_t index = 0;
  bool bits = false;  ///< with bit manipulation, or RV64IMA only
  bool zisk = false;  ///< with what only ZisK has: CSRs as memory, precompiles, fcalls, its address map
  std::vector<std::uint32_t> text;
  std::vector<Note> notes;         ///< one for each word of text
  std::vector<std::uint8_t> data;  ///< kDataSize bytes before the start
};

/// An ELF64 executable of two segments: text (execute only, as ZisK wants it) and data (read and write). No sections.
std::string write_elf(const Program& program);

}  // namespace cyclegate::differential
