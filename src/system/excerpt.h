#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cyclegate::system {

/// The last lines of a program's output as a report can show them: at most `lines` lines and `bytes` bytes, without
/// escape sequences and control characters, of lines that a program redrew (carriage return) only the last state, and
/// always valid UTF-8 (other bytes become `?`). Empty lines at the end are left out; a first line that had to be cut
/// starts with `...`.
std::string last_lines(std::string_view text, std::size_t lines = 20, std::size_t bytes = 2048);

}  // namespace cyclegate::system
