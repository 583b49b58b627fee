#include "system/lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "model/error.h"
#include "system/clock.h"
#include "system/descriptor.h"
#include "system/files.h"

namespace cyclegate::system {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& path) {
  throw model::Error(model::ErrorKind::measurement,
                     fmt::format("cannot lock {}: {}", path.string(), std::strerror(errno)));
}

/// Opens or makes the file. In a directory for everybody, a link that somebody else put there is not followed, and
/// somebody else's file is opened without O_CREAT, which the kernel would refuse (fs.protected_regular).
Descriptor open_lock(const fs::path& path) {
  constexpr int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  for (int attempt = 0; attempt < 100; ++attempt) {
    Descriptor file(open(path.c_str(), O_RDWR | flags));
    // flock needs no right to write; only the note on who holds it does.
    if (!file && errno == EACCES) file = Descriptor(open(path.c_str(), O_RDONLY | flags));
    if (!file && errno == ENOENT) {
      file = Descriptor(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | flags, 0666));
      if (!file && errno == EEXIST) continue;
      if (file) fchmod(file.get(), 0666);
    }
    if (!file) refuse(path);
    struct stat status{};
    if (fstat(file.get(), &status) != 0) refuse(path);
    if (!S_ISREG(status.st_mode)) {
      throw model::Error(model::ErrorKind::measurement,
                         fmt::format("cannot lock {}: it is not a regular file; remove it", path.string()));
    }
    return file;
  }
  refuse(path);
}

/// Whether `path` still names this file; its former holder may have removed it.
bool still_there(const fs::path& path, int descriptor) {
  struct stat held{};
  struct stat named{};
  return fstat(descriptor, &held) == 0 && lstat(path.c_str(), &named) == 0 && held.st_ino == named.st_ino &&
         held.st_dev == named.st_dev;
}

/// Who holds the lock, as the holder wrote it; other people's text, so it is cut and cleaned.
std::string holder(int descriptor) {
  std::array<char, 512> buffer{};
  const ssize_t size = pread(descriptor, buffer.data(), buffer.size(), 0);
  std::string text(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  text.erase(std::min(text.find('\n'), text.size()));
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return text.empty() ? "another process" : text;
}

}  // namespace

FileLock::FileLock(fs::path path, std::string_view what, Clock& clock, const OnWait& on_wait,
                   std::chrono::nanoseconds patience)
    : path_(std::move(path)) {
  if (path_.has_parent_path()) make_directories(path_.parent_path());
  const std::chrono::nanoseconds start = clock.monotonic();
  bool told = false;
  Descriptor file;
  for (;;) {
    if (!file) file = open_lock(path_);
    if (flock(file.get(), LOCK_EX | LOCK_NB) == 0) {
      if (still_there(path_, file.get())) break;
      file.reset();
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) refuse(path_);
    if (!told && on_wait) on_wait(fmt::format("waiting for {}, which holds {}", holder(file.get()), path_.string()));
    told = true;
    if (clock.monotonic() - start >= patience) {
      throw model::Error(model::ErrorKind::measurement,
                         fmt::format("gave up waiting for {}, which holds {}", holder(file.get()), path_.string()));
    }
    clock.sleep_for(std::chrono::milliseconds{100});
    if (!still_there(path_, file.get())) file.reset();
  }
  const std::string note = fmt::format("process {} ({} since {})\n", getpid(), what, iso_time(clock.now()));
  // Only a courtesy to those who wait: without it they read "another process".
  if (ftruncate(file.get(), 0) == 0) {
    [[maybe_unused]] const ssize_t written = pwrite(file.get(), note.data(), note.size(), 0);
  }
  descriptor_ = file.release();
}

FileLock::~FileLock() {
  if (descriptor_ < 0) return;
  [[maybe_unused]] const int emptied = ftruncate(descriptor_, 0);
  close(descriptor_);
}

FileLock::FileLock(FileLock&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

fs::path machine_lock_path(const std::map<std::string, std::string>& variables) {
  const auto chosen = variables.find("CYCLEGATE_LOCK");
  if (chosen == variables.end() || chosen->second.empty()) return "/tmp/cyclegate.lock";
  if (!fs::path(chosen->second).is_absolute()) {
    throw model::Error(model::ErrorKind::usage,
                       fmt::format("CYCLEGATE_LOCK is {}: must be an absolute path", chosen->second));
  }
  return chosen->second;
}

}  // namespace cyclegate::system
