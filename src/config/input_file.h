#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/config.h"

namespace cyclegate::config {

/// Judges an input's bytes against its pin; `computed_sha256` is their digest in lower-case hex (system's sha256).
/// Returns nullopt when they are the pinned ones, else one sentence or two with guest, input, place, what was expected
/// and found, and the remedy (`git lfs pull`, `cyclegate input add`).
std::optional<std::string> check_input(std::string_view guest, const Input& input, std::string_view bytes,
                                       std::string_view computed_sha256);

}  // namespace cyclegate::config
