#include "system/work_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "model/error.h"
#include "system/clock.h"
#include "system/descriptor.h"
#include "system/files.h"

namespace cyclegate::system {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view lock_suffix = ".lock";

fs::path lock_path(const fs::path& directory) {
  return directory.string() + std::string(lock_suffix);
}

std::string unique_name(std::string_view prefix, Clock& clock) {
  static std::atomic<unsigned> counter{0};
  return fmt::format("{}-{}-{:x}-{}", prefix, getpid(), clock.monotonic().count(), counter.fetch_add(1));
}

void require_plain_name(std::string_view name) {
  if (name.empty() || name.front() == '.' || name.find('/') != std::string_view::npos || name.ends_with(lock_suffix)) {
    throw model::Error(model::ErrorKind::usage, fmt::format("`{}` is not the name of a work directory", name));
  }
}

/// Removes `directory` and its lock file when nobody holds the lock. Whether it did.
bool remove_if_stale(const fs::path& directory) {
  const fs::path lock = lock_path(directory);
  const Descriptor file(open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
  if (!file || flock(file.get(), LOCK_EX | LOCK_NB) != 0) return false;
  struct stat held{};
  struct stat named{};
  if (fstat(file.get(), &held) != 0 || lstat(lock.c_str(), &named) != 0 || held.st_ino != named.st_ino) return false;
  remove_tree(directory);
  // Removed while it is held: who waits for it sees that the name is gone (FileLock) and makes a new one.
  unlink(lock.c_str());
  return true;
}

}  // namespace

fs::path default_cache_root(const std::map<std::string, std::string>& variables) {
  const auto absolute = [&](const char* name) -> std::optional<fs::path> {
    const auto found = variables.find(name);
    // The XDG base directory specification has relative paths ignored.
    if (found == variables.end() || !fs::path(found->second).is_absolute()) return std::nullopt;
    return fs::path(found->second);
  };
  if (const auto cache = absolute("XDG_CACHE_HOME")) return *cache / "cyclegate";
  if (const auto home = absolute("HOME")) return *home / ".cache" / "cyclegate";
  throw model::Error(model::ErrorKind::configuration,
                     "no place for the cache: set XDG_CACHE_HOME or HOME to an absolute path");
}

WorkDirectory::WorkDirectory(const fs::path& cache_root, std::string_view prefix, Clock& clock) {
  require_plain_name(prefix);
  path_ = cache_root / "work" / unique_name(prefix, clock);
  lock_.emplace(lock_path(path_), prefix, clock, nullptr);
  make_directories(path_);
}

WorkDirectory::WorkDirectory(const fs::path& cache_root, std::string_view name, Clock& clock,
                             const FileLock::OnWait& on_wait) {
  require_plain_name(name);
  path_ = cache_root / "work" / name;
  lock_.emplace(lock_path(path_), name, clock, on_wait);
  remove_tree(path_);
  make_directories(path_);
}

WorkDirectory::~WorkDirectory() {
  try {
    remove_tree(path_);
  } catch (const model::Error&) {
    return;  // The lock file stays, so that the next start tries again.
  }
  unlink(lock_path(path_).c_str());
}

std::size_t remove_stale_work(const fs::path& cache_root) {
  std::error_code error;
  std::vector<fs::path> directories;
  for (fs::directory_iterator entry(cache_root / "work", error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().string();
    directories.emplace_back(name.ends_with(lock_suffix) ? name.substr(0, name.size() - lock_suffix.size()) : name);
  }
  std::ranges::sort(directories);
  directories.erase(std::ranges::unique(directories).begin(), directories.end());
  return static_cast<std::size_t>(std::ranges::count_if(directories, remove_if_stale));
}

}  // namespace cyclegate::system
