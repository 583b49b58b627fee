#pragma once

#include <cstdint>
#include <string_view>

namespace cyclegate::model {

/// What a function is for, as far as its name tells.
enum class FrameKind : std::uint8_t {
  other,       ///< the guest's own work
  precompile,  ///< calls a precompile of the zkVM
  hash,        ///< a hash function in software
  curve,       ///< elliptic curves, pairings, big and modular integers in software
  copy,        ///< memcpy, memmove, memset, memcmp and their kin
  allocation,  ///< allocators
  runtime,     ///< the language's own library, formatting, panics
};

/// `precompile`, `hash`, ...
std::string_view to_string(FrameKind kind);

/// Judges a demangled name by its path (model/function_path.h): what a function is used with does not count.
FrameKind frame_kind(std::string_view name);

}  // namespace cyclegate::model
