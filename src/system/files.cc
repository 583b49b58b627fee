#include "system/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>  // renameat2
#include <cstring>
#include <memory>
#include <utility>

#include "model/error.h"
#include "system/descriptor.h"

namespace cyclegate::system {
namespace {

namespace fs = std::filesystem;
using model::Error;
using model::ErrorKind;

[[noreturn]] void refuse(std::string_view doing, const fs::path& path, int error) {
  throw Error(ErrorKind::measurement, fmt::format("cannot {} {}: {}", doing, path.string(), std::strerror(error)));
}

struct stat status_of(int descriptor, const fs::path& path) {
  struct stat status{};
  if (fstat(descriptor, &status) != 0) refuse("read", path, errno);
  return status;
}

template <typename Container>
Container read_whole(const fs::path& path, std::uint64_t limit_bytes) {
  // O_NONBLOCK: opening a pipe that somebody put there must not hang.
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file) {
    const int error = errno;
    if (error == ENOENT || error == ENOTDIR || error == ELOOP) {
      throw Error(ErrorKind::configuration, fmt::format("{}: {}", path.string(), std::strerror(error)));
    }
    refuse("read", path, error);
  }
  const struct stat status = status_of(file.get(), path);
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorKind::configuration, fmt::format("{}: not a regular file", path.string()));
  }
  const auto too_long = [&] {
    return Error(ErrorKind::configuration,
                 fmt::format("{}: longer than {} bytes, which is the most that is read", path.string(), limit_bytes));
  };
  if (static_cast<std::uint64_t>(status.st_size) > limit_bytes) throw too_long();
  Container content;
  content.resize(static_cast<std::size_t>(status.st_size) + 1);
  std::size_t size = 0;
  for (;;) {
    const ssize_t taken = read(file.get(), content.data() + size, content.size() - size);
    if (taken < 0 && errno == EINTR) continue;
    if (taken < 0) refuse("read", path, errno);
    if (taken == 0) break;
    size += static_cast<std::size_t>(taken);
    // The file may grow while it is read; /proc files say that they have 0 bytes.
    if (size > limit_bytes) throw too_long();
    if (size == content.size()) content.resize(content.size() * 2);
  }
  content.resize(size);
  return content;
}

void write_all(int descriptor, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) refuse("write", path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};

/// Removes `name` within the directory `parent`. Each level holds a descriptor, so a very deep tree is cut: what lies
/// below `levels_left` is moved up to `top` first and removed there by the caller's next round.
bool remove_entry(int parent, const std::string& name, int top, int levels_left, std::uint64_t& moved,
                  const fs::path& shown) {
  if (unlinkat(parent, name.c_str(), 0) == 0 || errno == ENOENT) return true;
  if (errno != EISDIR && errno != EPERM) refuse("remove", shown / name, errno);
  if (levels_left == 0) {
    // To be renamed, a directory must itself be writable. RENAME_NOREPLACE: the tree may hold such a name already.
    fchmodat(parent, name.c_str(), 0700, 0);
    for (int attempt = 0; attempt < 1000; ++attempt) {
      const std::string flat = fmt::format(".cyclegate-removed-{}", moved++);
      if (renameat2(parent, name.c_str(), top, flat.c_str(), RENAME_NOREPLACE) == 0) return false;
      if (errno != EEXIST) break;
    }
    refuse("remove", shown / name, errno);
  }
  Descriptor directory(openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory && errno == EACCES && fchmodat(parent, name.c_str(), 0700, 0) == 0) {
    directory = Descriptor(openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  }
  if (!directory) refuse("remove", shown / name, errno);
  const int handle = directory.get();
  const struct stat status = status_of(handle, shown / name);
  if ((status.st_mode & 0700U) != 0700U) fchmod(handle, 0700);
  const std::unique_ptr<DIR, CloseDirectory> entries(fdopendir(directory.release()));
  if (!entries) refuse("remove", shown / name, errno);
  bool complete = true;
  while (const dirent* entry = readdir(entries.get())) {  // NOLINT(concurrency-mt-unsafe): a stream of our own
    const std::string child(entry->d_name);
    if (child == "." || child == "..") continue;
    complete = remove_entry(handle, child, top < 0 ? handle : top, levels_left - 1, moved, shown / name) && complete;
  }
  if (!complete && top >= 0) return unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0;
  if (unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return true;
  // Entries were moved up here (or appeared) while the directory was being read.
  if (errno == ENOTEMPTY || errno == EEXIST) return false;
  refuse("remove", shown / name, errno);
}

std::uint64_t size_below(const fs::path& path) {
  std::uint64_t blocks = 0;
  std::error_code error;
  fs::recursive_directory_iterator entry(path, fs::directory_options::skip_permission_denied, error);
  const fs::recursive_directory_iterator end;
  while (!error && entry != end) {
    struct stat status{};
    if (lstat(entry->path().c_str(), &status) == 0) blocks += static_cast<std::uint64_t>(status.st_blocks);
    // A directory that vanishes ends the walk with an error: what was counted so far is the answer of this round.
    entry.increment(error);
  }
  return blocks * 512;
}

}  // namespace

std::vector<std::uint8_t> read_bytes(const fs::path& path, std::uint64_t limit_bytes) {
  return read_whole<std::vector<std::uint8_t>>(path, limit_bytes);
}

std::string read_text(const fs::path& path, std::uint64_t limit_bytes) {
  return read_whole<std::string>(path, limit_bytes);
}

void write_atomically(const fs::path& path, std::string_view bytes, fs::perms permissions) {
  const fs::path parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
  make_directories(parent);
  std::string temporary = (parent / fmt::format(".{}.XXXXXX", path.filename().string())).string();
  const Descriptor file(mkostemp(temporary.data(), O_CLOEXEC));
  if (!file) refuse("write", temporary, errno);
  try {
    write_all(file.get(), bytes, path);
    if (fchmod(file.get(), static_cast<mode_t>(permissions)) != 0) refuse("write", path, errno);
    if (fsync(file.get()) != 0) refuse("write", path, errno);
    if (rename(temporary.c_str(), path.c_str()) != 0) refuse("write", path, errno);
  } catch (...) {
    unlink(temporary.c_str());
    throw;
  }
  // The new name must survive a crash too; a file system that cannot sync directories has no more to give.
  const Descriptor directory(open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory) fsync(directory.get());
}

fs::path contained_path(const fs::path& root, const fs::path& relative) {
  const auto refused = [&](std::string_view why) {
    return Error(ErrorKind::configuration,
                 fmt::format("path `{}`: {}; a path relative to {} that stays below it is needed", relative.string(),
                             why, root.string()));
  };
  if (relative.empty()) throw refused("it is empty");
  if (relative.native().find('\0') != std::string::npos) throw refused("it has a NUL byte");
  if (relative.is_absolute()) throw refused("it is absolute");
  if (std::ranges::any_of(relative, [](const fs::path& part) { return part == ".."; })) throw refused("it has a `..`");
  std::error_code error;
  const fs::path real_root = fs::canonical(root, error);
  if (error) refuse("use", root, error.value());
  fs::path resolved = fs::weakly_canonical(real_root / relative, error);
  if (error) throw refused(error.message());
  // weakly_canonical leaves a link to nothing as it is; writing through it would make a file elsewhere.
  if (fs::is_symlink(fs::symlink_status(resolved, error))) throw refused("it is a link to nothing");
  const auto [root_end, ignored] = std::ranges::mismatch(real_root, resolved);
  if (root_end != real_root.end()) throw refused("a link leads outside");
  return resolved;
}

void remove_tree(const fs::path& path) {
  const fs::path clean = path.has_filename() ? path : path.parent_path();
  const fs::path parent = clean.has_parent_path() ? clean.parent_path() : fs::path(".");
  const Descriptor directory(open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) {
    if (errno == ENOENT) return;
    refuse("remove", path, errno);
  }
  constexpr int deepest = 200;
  std::uint64_t moved = 0;
  // Each round removes 200 levels of a chain; a tree that somebody keeps growing is given up on.
  for (int round = 0; round < 10'000; ++round) {
    if (remove_entry(directory.get(), clean.filename().string(), -1, deepest, moved, parent)) return;
  }
  throw Error(ErrorKind::measurement, fmt::format("cannot remove {}: something keeps writing into it", path.string()));
}

std::uint64_t directory_size(const fs::path& path) {
  return size_below(path);
}

void make_directories(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error && !fs::is_directory(path)) refuse("make the directory", path, error.value());
}

}  // namespace cyclegate::system
