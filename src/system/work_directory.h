#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "system/lock.h"

namespace cyclegate::system {

class Clock;

/// Where cyclegate keeps what it can make again: `$XDG_CACHE_HOME/cyclegate`, else `$HOME/.cache/cyclegate`. Throws
/// model::Error{configuration} when neither variable is an absolute path.
std::filesystem::path default_cache_root(const std::map<std::string, std::string>& variables);

/// A directory of ours below CACHE/work that goes when this object goes: at the end, after an error, after an
/// interrupt. After SIGKILL the next start removes it (remove_stale_work). Ownership is a FileLock on NAME.lock beside
/// it, so that neither a reused process number nor a second gate is mistaken.
class WorkDirectory {
 public:
  /// A fresh directory with a name of its own that starts with `prefix`.
  WorkDirectory(const std::filesystem::path& cache_root, std::string_view prefix, Clock& clock);
  /// The directory of that fixed `name`, empty; waits while another process has it (FileLock's rules). For work that
  /// must lie at the same absolute path each time.
  WorkDirectory(const std::filesystem::path& cache_root, std::string_view name, Clock& clock,
                const FileLock::OnWait& on_wait);
  ~WorkDirectory();
  WorkDirectory(const WorkDirectory&) = delete;
  WorkDirectory& operator=(const WorkDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::optional<FileLock> lock_;
};

/// Removes the directories below CACHE/work whose owner is dead and returns how many there were.
std::size_t remove_stale_work(const std::filesystem::path& cache_root);

}  // namespace cyclegate::system
