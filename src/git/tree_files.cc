#include "git/tree_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>
#include <utility>
#include <vector>

#include "model/error.h"
#include "model/text.h"
#include "system/files.h"

namespace cyclegate::git {
namespace {

constexpr int directory_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

std::string_view last_component(std::string_view relative) {
  return relative.substr(relative.rfind('/') + 1);
}

}  // namespace

TreeFiles TreeFiles::existing(const std::filesystem::path& directory) {
  system::Descriptor root(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  TreeFiles files(directory, std::move(root));
  if (!files.root_) files.fail("cannot open", "");
  return files;
}

TreeFiles TreeFiles::emptied(const std::filesystem::path& directory) {
  system::remove_tree(directory);
  system::make_directories(directory);
  return existing(directory);
}

system::Descriptor TreeFiles::open_parent(std::string_view relative, bool make) const {
  system::Descriptor at(::openat(root_.get(), ".", directory_flags));
  for (std::size_t from = 0; at;) {
    const std::size_t slash = relative.find('/', from);
    if (slash == std::string_view::npos) break;
    const std::string part(relative.substr(from, slash - from));
    if (make && ::mkdirat(at.get(), part.c_str(), 0755) != 0 && errno != EEXIST) fail("cannot make", relative);
    at = system::Descriptor(::openat(at.get(), part.c_str(), directory_flags));
    from = slash + 1;
  }
  return at;
}

void TreeFiles::fail(std::string_view what, std::string_view relative) const {
  const std::string reason = std::generic_category().message(errno);
  throw model::Error(model::ErrorKind::measurement,
                     fmt::format("{} {}: {}", what, model::to_line((path_ / relative).string(), 1000), reason));
}

TreeFiles::Kind TreeFiles::kind_of(std::string_view relative) const {
  const system::Descriptor parent = open_parent(relative, false);
  struct stat status{};
  if (!parent ||
      ::fstatat(parent.get(), std::string(last_component(relative)).c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
    return Kind::nothing;
  if (S_ISREG(status.st_mode)) return (status.st_mode & S_IXUSR) != 0 ? Kind::executable : Kind::file;
  if (S_ISLNK(status.st_mode)) return Kind::link;
  return S_ISDIR(status.st_mode) ? Kind::directory : Kind::other;
}

std::string TreeFiles::read_link(std::string_view relative) const {
  const system::Descriptor parent = open_parent(relative, false);
  std::vector<char> target(4097);
  const ssize_t length =
      parent ? ::readlinkat(parent.get(), std::string(last_component(relative)).c_str(), target.data(), target.size())
             : -1;
  if (length < 0) fail("cannot read the link", relative);
  return {target.data(), static_cast<std::size_t>(length)};
}

void TreeFiles::read_file(std::string_view relative, const std::function<void(std::string_view)>& piece) const {
  const system::Descriptor parent = open_parent(relative, false);
  const system::Descriptor file(parent ? ::openat(parent.get(), std::string(last_component(relative)).c_str(),
                                                  O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
                                       : -1);
  if (!file) fail("cannot read", relative);
  std::vector<char> buffer(std::size_t{1} << 17);
  while (true) {
    const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("cannot read", relative);
    if (count == 0) return;
    piece({buffer.data(), static_cast<std::size_t>(count)});
  }
}

void TreeFiles::make_directory(std::string_view relative) const {
  const system::Descriptor parent = open_parent(relative, true);
  if (!parent || ::mkdirat(parent.get(), std::string(last_component(relative)).c_str(), 0755) != 0)
    fail("cannot make", relative);
}

void TreeFiles::write_file(std::string_view relative, bool executable,
                           const std::function<void(const Sink&)>& fill) const {
  const system::Descriptor parent = open_parent(relative, true);
  const system::Descriptor file(parent ? ::openat(parent.get(), std::string(last_component(relative)).c_str(),
                                                  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)
                                       : -1);
  if (!file) fail("cannot write", relative);
  fill([&](std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::write(file.get(), bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail("cannot write", relative);
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  });
  if (::fchmod(file.get(), executable ? 0755 : 0644) != 0) fail("cannot write", relative);
}

void TreeFiles::write_link(std::string_view relative, const std::string& target) const {
  const system::Descriptor parent = open_parent(relative, true);
  if (!parent || ::symlinkat(target.c_str(), parent.get(), std::string(last_component(relative)).c_str()) != 0)
    fail("cannot make the link", relative);
}

bool is_tree_name(std::string_view name) {
  if (name.empty() || name == "." || name == ".." || name.size() > 255) return false;
  if (name.find('/') != std::string_view::npos) return false;
  constexpr std::string_view forbidden = ".git";
  return !std::ranges::equal(name, forbidden, [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

}  // namespace cyclegate::git
