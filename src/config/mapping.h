#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/mistakes.h"
#include "config/yaml_tree.h"
#include "model/wide.h"

namespace cyclegate::config {

/// Typed access to one mapping. Whatever is not as it must be becomes a mistake and leaves the default untouched, so
/// that reading goes on.
class Mapping {
 public:
  /// `what` names the mapping in messages, e.g. `policy`. Keys outside `allowed` are mistakes; so is a node that is not
  /// a mapping (a null node is an empty one).
  Mapping(const YamlNode& node, std::string_view what, std::vector<std::string_view> allowed, Mistakes& mistakes);

  SourcePosition position() const { return position_; }
  /// The value of a key; nullptr when absent. A key with nothing behind it is a mistake and counts as absent.
  const YamlNode* find(std::string_view key) const;
  bool has(std::string_view key) const { return find(key) != nullptr; }

  /// One line of text; `lines` allows several (shell commands). Surrounding blanks go. `empty_is_right` allows "".
  void read_text(std::string_view key, std::string& out, bool lines = false, bool empty_is_right = false) const;
  void read_boolean(std::string_view key, bool& out) const;
  /// An integer within [low, high].
  void read_integer(std::string_view key, std::uint64_t& out, std::uint64_t low, std::uint64_t high) const;
  void read_integer(std::string_view key, std::uint32_t& out, std::uint32_t low, std::uint32_t high) const;
  void read_percentage(std::string_view key, model::Millionths& out) const;
  void read_ratio(std::string_view key, model::Millionths& out) const;
  void read_duration(std::string_view key, std::chrono::milliseconds& out, std::chrono::milliseconds low) const;
  void read_size(std::string_view key, std::uint64_t& out) const;
  /// A positive amount (quantity.h, parse_amount).
  void read_amount(std::string_view key, std::uint64_t& out) const;
  void read_sha256(std::string_view key, std::string& out) const;
  void read_path(std::string_view key, std::string& out) const;
  /// A name by the rules of model::is_name.
  void read_name(std::string_view key, std::string& out) const;
  /// A list of words, each accepted by `right`; duplicates are mistakes. `remedy` says what a word must be.
  void read_words(std::string_view key, std::vector<std::string>& out, bool (*right)(std::string_view),
                  std::string_view remedy) const;
  /// One of a few words.
  template <typename T>
  void read_choice(std::string_view key, T& out, std::initializer_list<std::pair<std::string_view, T>> choices) const {
    const YamlNode* const node = find(key);
    if (node == nullptr) return;
    std::vector<std::string_view> words;
    for (const auto& [word, value] : choices) {
      if (node->kind == YamlNode::Kind::scalar && node->text == word) {
        out = value;
        return;
      }
      words.push_back(word);
    }
    refuse_choice(*node, key, words);
  }

  /// Adds a mistake about the value of a key.
  void refuse(const YamlNode& node, std::string_view key, std::string_view remedy) const;

 private:
  void refuse_choice(const YamlNode& node, std::string_view key, const std::vector<std::string_view>& words) const;

  std::vector<std::pair<std::string_view, const YamlNode*>> entries_;
  SourcePosition position_;
  Mistakes* mistakes_;
};

}  // namespace cyclegate::config
