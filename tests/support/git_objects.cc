#include "support/git_objects.h"

#include <openssl/evp.h>

#include <array>
#include <set>
#include <stdexcept>

namespace cyclegate::test {
namespace {

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t index = 0; index + 1 < hex.size(); index += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(index, 2), nullptr, 16));
  }
  return bytes;
}

}  // namespace

std::string sha1_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) {
    throw std::runtime_error("SHA-1 is not available");
  }
  std::string hex;
  for (unsigned int index = 0; index < size; ++index) {
    constexpr std::string_view digits = "0123456789abcdef";
    hex += digits[digest.at(index) >> 4U];
    hex += digits[digest.at(index) & 15U];
  }
  return hex;
}

std::string GitObjects::add(const std::string& type, const std::string& content) {
  std::string sha = sha1_hex(type + " " + std::to_string(content.size()) + std::string(1, '\0') + content);
  objects_.try_emplace(sha, type, content);
  return sha;
}

std::string GitObjects::add_blob(std::string_view bytes) {
  return add("blob", std::string(bytes));
}

std::string GitObjects::add_tree(const Files& files) {
  // Sorted as git sorts: a directory compares as if its name ended in '/'.
  std::map<std::string, std::pair<std::string, std::string>> rows;  // key: mode, line
  std::map<std::string, Files> directories;
  for (const auto& [path, entry] : files) {
    const std::size_t slash = path.find('/');
    if (slash == std::string::npos) {
      rows.emplace(path, std::pair(entry.mode + " " + path, entry.sha));
    } else {
      directories[path.substr(0, slash)].emplace(path.substr(slash + 1), entry);
    }
  }
  for (const auto& [name, inner] : directories) rows.emplace(name + "/", std::pair("40000 " + name, add_tree(inner)));
  std::string content;
  for (const auto& [key, row] : rows) content += row.first + std::string(1, '\0') + from_hex(row.second);
  std::string sha = add("tree", content);
  trees_.try_emplace(sha, files);
  return sha;
}

std::string GitObjects::add_commit(const Commit& commit, const std::string& author, const std::string& committer) {
  std::string content = "tree " + commit.tree + "\n";
  for (const std::string& parent : commit.parents) content += "parent " + parent + "\n";
  content += "author " + author + "\ncommitter " + committer + "\n\n" + commit.message;
  std::string sha = add("commit", content);
  commits_.try_emplace(sha, commit);
  return sha;
}

std::optional<std::string> GitObjects::blob(const std::string& sha) const {
  const auto found = objects_.find(sha);
  if (found == objects_.end() || found->second.first != "blob") return std::nullopt;
  return found->second.second;
}

std::optional<GitObjects::Files> GitObjects::files(const std::string& tree_or_commit) const {
  const auto as_commit = commits_.find(tree_or_commit);
  const auto found = trees_.find(as_commit == commits_.end() ? tree_or_commit : as_commit->second.tree);
  return found == trees_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<GitObjects::Commit> GitObjects::commit(const std::string& sha) const {
  const auto found = commits_.find(sha);
  return found == commits_.end() ? std::nullopt : std::optional(found->second);
}

bool GitObjects::is_ancestor(const std::string& ancestor, const std::string& descendant) const {
  std::vector<std::string> open{descendant};
  std::set<std::string> seen;
  while (!open.empty()) {
    const std::string sha = open.back();
    open.pop_back();
    if (sha == ancestor) return true;
    if (!seen.insert(sha).second) continue;
    const auto found = commits_.find(sha);
    if (found == commits_.end()) continue;
    open.insert(open.end(), found->second.parents.begin(), found->second.parents.end());
  }
  return false;
}

}  // namespace cyclegate::test
