#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>

#include "system/work_directory.h"

namespace cyclegate::executors {

/// A directory for one run of one program; it goes with all that the program left in it when the object goes.
class RunDirectory {
 public:
  explicit RunDirectory(std::filesystem::path path);
  ~RunDirectory();
  RunDirectory(const RunDirectory&) = delete;
  RunDirectory& operator=(const RunDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// Fresh run directories below one work directory of this process, which is made with the first of them and which the
/// next start removes should this process be killed. Thread-safe.
class RunDirectories {
 public:
  /// `cache_root` as system::default_cache_root has it; both outlive the object. `name` begins the directory's name.
  RunDirectories(std::filesystem::path cache_root, std::string name, system::Clock& clock);

  /// Throws model::Error (measurement) when the file system refuses.
  RunDirectory make();

 private:
  std::filesystem::path cache_root_;
  std::string name_;
  system::Clock& clock_;
  std::mutex mutex_;
  std::optional<system::WorkDirectory> work_;
  std::uint64_t made_ = 0;
};

}  // namespace cyclegate::executors
