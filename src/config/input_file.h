#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/config.h"

namespace cyclegate::config {

/// Whether these bytes are a Git LFS pointer in place of a file's content
/// (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: UTF-8, less than 1024 bytes, first line `version URL`).
bool is_lfs_pointer(std::string_view bytes);

/// Judges an input's bytes against its pin; `computed_sha256` is their digest in lower-case hex (system's sha256).
/// Returns nullopt when they are the pinned ones, else one sentence or two with guest, input, place, what was expected
/// and found, and the remedy (`git lfs pull`, `cyclegate input add`).
std::optional<std::string> check_input(std::string_view guest, const Input& input, std::string_view bytes,
                                       std::string_view computed_sha256);

}  // namespace cyclegate::config
