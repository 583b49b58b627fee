#include "executors/run_directory.h"

#include <fmt/format.h>

#include <utility>

#include "model/error.h"
#include "system/files.h"

namespace cyclegate::executors {

RunDirectory::RunDirectory(std::filesystem::path path) : path_(std::move(path)) {
  system::make_directories(path_);
}

RunDirectory::~RunDirectory() {
  try {
    system::remove_tree(path_);
  } catch (const model::Error&) {
    return;  // The work directory around it goes at the end, or at the next start.
  }
}

RunDirectories::RunDirectories(std::filesystem::path cache_root, std::string name, system::Clock& clock)
    : cache_root_(std::move(cache_root)), name_(std::move(name)), clock_(clock) {}

RunDirectory RunDirectories::make() {
  const std::scoped_lock guard(mutex_);
  if (!work_) work_.emplace(cache_root_, name_, clock_);
  return RunDirectory(work_->path() / fmt::format("{}", made_++));
}

}  // namespace cyclegate::executors
