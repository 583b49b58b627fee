#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace cyclegate::app {

/// The whole program: parses `arguments` (without the program's name), runs the command and returns the exit status.
/// Results go to `out`, everything else to `err`. The only place where errors are caught.
int run(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err);

}  // namespace cyclegate::app
