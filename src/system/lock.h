#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace cyclegate::system {

class Clock;

/// An exclusive lock that one process on this machine holds, by flock on a file whose text says who. The kernel frees
/// it when the holder dies, however it dies.
class FileLock {
 public:
  /// Called once when somebody else holds the lock, with a sentence such as
  /// `waiting for process 4711 (measuring for /home/me/out since 2026-11-21T10:24:09Z), which holds
  /// /tmp/cyclegate.lock`.
  using OnWait = std::function<void(const std::string&)>;

  /// Waits until the lock at `path` is ours and writes who we are and `what` we do into it. A wait longer than
  /// `patience` throws model::Error{measurement} that names the holder; SIGINT and SIGTERM end it with
  /// model::Error{interrupted}.
  FileLock(std::filesystem::path path, std::string_view what, Clock& clock, const OnWait& on_wait,
           std::chrono::nanoseconds patience = std::chrono::hours{6});
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

/// The machine-wide lock that is held while anything is measured: `/tmp/cyclegate.lock`, one file for all users,
/// because programs that run side by side disturb each other whoever started them. `CYCLEGATE_LOCK` among the variables
/// names another file, e.g. on a volume that the containers of one machine share; it must be an absolute path, else
/// model::Error{usage}.
std::filesystem::path machine_lock_path(const std::map<std::string, std::string>& variables);

}  // namespace cyclegate::system
