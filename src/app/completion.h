#pragma once

#include <string>
#include <string_view>

namespace cyclegate::app {

/// A completion script for `bash`, `zsh` or `fish`, made from the command table. Throws Error{usage} for another shell.
std::string completion_script(std::string_view shell);

/// The manual page in man(7) format, made from the command table.
std::string manual_page();

}  // namespace cyclegate::app
