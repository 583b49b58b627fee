#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace cyclegate::system {

class Clock;

/// An exclusive lock that one process on this machine holds, by flock on a file whose text says who. The kernel frees
/// it when the holder dies, however it dies.
class FileLock {
 public:
  /// Called once when somebody else holds the lock, with a sentence such as
  /// `waiting for process 4711 (gate in /home/me/guests since 2026-11-21T10:24:09Z)`.
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

/// The machine-wide lock that is held while anything is timed, `/tmp/cyclegate.lock`: one for all users, because
/// programs that run side by side disturb each other whoever started them.
std::filesystem::path machine_lock_path();

}  // namespace cyclegate::system
