#pragma once

#include <string>
#include <vector>

namespace cyclegate::model {

/// The words as a POSIX shell reads them back: those with other characters than letters, digits and `-_./:=@%+` stand
/// in single quotes.
std::string shell_text(const std::vector<std::string>& words);

}  // namespace cyclegate::model
