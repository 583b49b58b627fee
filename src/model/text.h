#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cyclegate::model {

/// The length of the well-formed UTF-8 sequence at the front of `text` (Unicode 15, table 3-7); 0 if there is none.
std::size_t utf8_length(std::string_view text);

/// One line that is safe to print and to write as JSON: control characters become blanks, bytes that are not UTF-8
/// become `?`, and what is longer than `limit_bytes` is cut before a character.
std::string to_line(std::string_view text, std::size_t limit_bytes);

/// A name that is safe in file names, messages and keys: [A-Za-z0-9][A-Za-z0-9._-]{0,63}.
bool is_name(std::string_view text);

/// 64 lower-case hex digits.
bool is_sha256(std::string_view text);

/// Whether these bytes are a Git LFS pointer in place of a file's content
/// (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: less than 1024 bytes, `version URL` comes first).
bool is_lfs_pointer(std::string_view bytes);

}  // namespace cyclegate::model
