#pragma once

#include <filesystem>
#include <string>

namespace cyclegate::executors {

/// Why this machine cannot run the program of a native guest, or empty: no executable file, neither an ELF file of this
/// machine with all its segments (System V gABI) nor a script that names its interpreter. Started all the same it would
/// end like a guest that failed, or well: what the kernel refuses valgrind hands to a shell, for which an empty file is
/// a program.
std::string unfit_program(const std::filesystem::path& program);

}  // namespace cyclegate::executors
