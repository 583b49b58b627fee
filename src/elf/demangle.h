#pragma once

#include <string>

namespace cyclegate::elf {

/// The name as its language writes it: Rust (legacy and v0, without the hash) and C++ (Itanium) names are demangled,
/// anything else is returned unchanged. Names longer than 4 KiB are returned unchanged as well, since they come from
/// untrusted files and demangling can blow up.
std::string demangle(const std::string& name);

}  // namespace cyclegate::elf
