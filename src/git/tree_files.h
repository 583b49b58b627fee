#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "system/descriptor.h"

namespace cyclegate::git {

/// A directory whose files are reached by relative paths, component by component and never through a link, so that no
/// name in a hostile tree leads elsewhere.
class TreeFiles {
 public:
  /// What a path is.
  enum class Kind : std::uint8_t { nothing, file, executable, link, directory, other };

  /// An existing directory, to read from.
  static TreeFiles existing(const std::filesystem::path& directory);
  /// Empties the directory or makes it, to write to.
  static TreeFiles emptied(const std::filesystem::path& directory);

  const std::filesystem::path& path() const { return path_; }

  /// `nothing` also when a directory on the way is missing or a link.
  Kind kind_of(std::string_view relative) const;
  /// The target of a link.
  std::string read_link(std::string_view relative) const;
  /// Gives the file's bytes piece by piece.
  void read_file(std::string_view relative, const std::function<void(std::string_view)>& piece) const;

  void make_directory(std::string_view relative) const;
  /// A file that must not exist yet; `fill` calls its argument with the bytes, piece by piece. Directories on the way
  /// are made. Modes are 0644 and 0755.
  using Sink = std::function<void(std::string_view)>;
  void write_file(std::string_view relative, bool executable, const std::function<void(const Sink&)>& fill) const;
  void write_link(std::string_view relative, const std::string& target) const;

 private:
  TreeFiles(std::filesystem::path path, system::Descriptor root) : path_(std::move(path)), root_(std::move(root)) {}
  /// The directory of the last component; an empty descriptor when it is missing or reached by a link only.
  system::Descriptor open_parent(std::string_view relative, bool make) const;
  [[noreturn]] void fail(std::string_view what, std::string_view relative) const;

  std::filesystem::path path_;
  system::Descriptor root_;
};

/// Whether a git tree may call an entry so: not empty, `.`, `..` or `.git` in any case, no `/`, at most 255 bytes.
bool is_tree_name(std::string_view name);

}  // namespace cyclegate::git
