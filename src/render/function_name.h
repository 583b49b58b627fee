#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cyclegate::render {

/// A function's demangled name (Rust or C++) in at most `columns` columns, the way people read it: long generic
/// arguments give way first (`sload::<Interpreter, Context<...>>` becomes `sload::<…>`), then C++ parameters, then the
/// front of the path, so that what tells two functions apart stays longest. A name without such parts, or with brackets
/// that do not pair up, is shortened by shorten_middle. Hostile text: it is cleaned first.
std::string shorten_function(std::string_view hostile_name, std::size_t columns);

}  // namespace cyclegate::render
