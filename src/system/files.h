#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace cyclegate::system {

/// Every function here throws model::Error{measurement} with the path and the system's reason when the file system
/// refuses, unless it says otherwise.

/// The whole of a regular file (links are followed). A file longer than `limit_bytes`, a directory, a device or a pipe
/// is refused with model::Error{configuration}; so is a file that does not exist.
std::vector<std::uint8_t> read_bytes(const std::filesystem::path& path, std::uint64_t limit_bytes);
/// The same as text.
std::string read_text(const std::filesystem::path& path, std::uint64_t limit_bytes);

/// Replaces or makes the file as a whole: a reader, also after a crash, sees the old bytes or the new ones, never a mix
/// (a temporary file beside it, fsync, rename). Parent directories are made.
void write_atomically(const std::filesystem::path& path, std::string_view bytes,
                      std::filesystem::perms permissions = std::filesystem::perms(0644));

/// `root`/`relative` with all links resolved, for a path that somebody else chose. Throws model::Error{configuration}
/// when `relative` is empty, absolute, has a `..` or a NUL byte, or leads outside `root` by a link. What does not exist
/// yet is allowed; `root` must exist.
std::filesystem::path contained_path(const std::filesystem::path& root, const std::filesystem::path& relative);

/// Removes a file or a directory with all that is in it. Links are removed, never followed; directories without write
/// permission are made writable; any depth. Nothing there: nothing to do.
void remove_tree(const std::filesystem::path& path);

/// Bytes on disk (allocated blocks) of everything below `path`; links are not followed. What vanishes meanwhile or
/// cannot be read counts as nothing; never throws for that.
std::uint64_t directory_size(const std::filesystem::path& path);

/// Makes a directory and its parents.
void make_directories(const std::filesystem::path& path);

}  // namespace cyclegate::system
