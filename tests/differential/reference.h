#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "differential/program.h"

namespace cyclegate::differential {

/// What qemu-riscv64 made of a program.
struct ReferenceRun {
  bool ok = false;                  ///< exit status 0 and a whole data segment
  std::string why;                  ///< when not ok
  std::vector<std::uint8_t> data;   ///< the data segment as the program wrote it
  std::vector<std::uint64_t> path;  ///< the address of every executed instruction in order; empty unless asked for
};

/// The version line of qemu-riscv64. Throws std::runtime_error that names the remedy when it is not installed.
std::string reference_version();

/// Runs the program on qemu-riscv64 (Linux user mode, bit manipulation on) in `directory`, for ten seconds at most.
/// With `traced` qemu writes down each instruction it executes: coverage is what the reference did, not what the
/// generator hoped for.
ReferenceRun run_reference(const Program& program, const std::filesystem::path& directory, bool traced);

}  // namespace cyclegate::differential
