#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cyclegate::test {

/// Git's object store in memory: ids are computed as git does (SHA-1 over `TYPE SIZE\0CONTENT`).
class GitObjects {
 public:
  struct Entry {
    std::string mode = "100644";
    std::string sha;
  };
  /// Files by path, directories only as far as they hold files.
  using Files = std::map<std::string, Entry>;
  struct Commit {
    std::string tree;
    std::vector<std::string> parents;
    std::string message;
  };

  std::string add_blob(std::string_view bytes);
  /// Writes the trees of these files, nested ones as well; gives the root's id.
  std::string add_tree(const Files& files);
  /// `author` and `committer` as in a commit object: `NAME <EMAIL> SECONDS +0000`.
  std::string add_commit(const Commit& commit, const std::string& author, const std::string& committer);

  std::optional<std::string> blob(const std::string& sha) const;
  /// All files of a tree or of a commit's tree; nullopt when it does not exist.
  std::optional<Files> files(const std::string& tree_or_commit) const;
  std::optional<Commit> commit(const std::string& sha) const;
  bool is_ancestor(const std::string& ancestor, const std::string& descendant) const;
  bool has(const std::string& sha) const { return objects_.contains(sha); }
  /// Type and content of every object, by id.
  const std::map<std::string, std::pair<std::string, std::string>>& objects() const { return objects_; }

 private:
  std::string add(const std::string& type, const std::string& content);

  std::map<std::string, std::pair<std::string, std::string>> objects_;
  std::map<std::string, Files> trees_;
  std::map<std::string, Commit> commits_;
};

/// 40 hex digits.
std::string sha1_hex(std::string_view bytes);

}  // namespace cyclegate::test
