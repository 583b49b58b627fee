#pragma once

#include <span>

#include "model/embedded_file.h"

namespace cyclegate::render::templates {

/// The files of report-templates/, as the build embedded them.
std::span<const model::EmbeddedFile> embedded_files();

}  // namespace cyclegate::render::templates
