#pragma once

#include <span>

#include "model/embedded_file.h"

namespace cyclegate::app::starter {

/// The files of starter/: what `cyclegate init` writes into .github/workflows, with @ACTION@ and @VERSION@ to be filled
/// in.
std::span<const model::EmbeddedFile> embedded_files();

}  // namespace cyclegate::app::starter
