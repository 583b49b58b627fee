#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "git/changed_lines.h"
#include "model/run_set.h"

namespace cyclegate::app {

/// Most functions told of one artefact.
inline constexpr std::size_t max_changed_functions = 500;

/// Where a change touches the functions of an artefact: its debug information against the diff. `tree` is where it was
/// built. A file name below `tree` is that file; a relative one, as `-ffile-prefix-map` leaves it, is the one changed
/// file that ends with it. Of each function and file the first
/// changed line that has code, else one at most three lines from code; nothing without debug information.
std::vector<model::ChangedFunction> changed_functions(std::span<const std::uint8_t> elf,
                                                      const std::filesystem::path& tree,
                                                      const git::ChangedLines& changed);

}  // namespace cyclegate::app
