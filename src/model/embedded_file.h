#pragma once

#include <span>
#include <string_view>

namespace cyclegate::model {

/// A data file that the build placed into the program (cmake/EmbedFiles.cmake).
struct EmbeddedFile {
  std::string_view name;   ///< file name without directories
  std::string_view bytes;  ///< the file's content, unchanged
};

}  // namespace cyclegate::model
