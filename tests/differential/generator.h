#pragma once

#include <cstdint>

#include "differential/program.h"

namespace cyclegate::differential {

/// Makes the program `index` of `seed`: random, and equal on every machine. It ends by itself, touches nothing outside
/// its two segments, leaves every result and the registers x1..x31 in its data segment, writes the data segment to file
/// descriptor 1 (on ZisK that ecall does nothing) and exits with code 0. With `bits`, the register and shift
/// instructions are those of the bit manipulation extensions; the rest is RV64IA.
Program generate(std::uint64_t seed, std::uint64_t index, bool bits);

/// The same with units that only ZisK can run (zisk_units.h) among the others. At its end it folds its data segment
/// into ZisK's public output.
Program generate_for_zisk(std::uint64_t seed, std::uint64_t index, bool bits);

}  // namespace cyclegate::differential
