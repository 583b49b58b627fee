#include "config/mapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <set>

#include "config/quantity.h"
#include "model/text.h"

namespace cyclegate::config {
namespace {

constexpr std::size_t longest_text = 4096;

const YamlNode* scalar(const YamlNode& node) {
  return node.kind == YamlNode::Kind::scalar ? &node : nullptr;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

/// Escapes such as "\0" or "\u202e" could smuggle in what the file does not show; control characters stay outside.
bool is_visible(std::string_view text, bool lines) {
  return std::ranges::none_of(text, [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && !(c == '\t' || (lines && c == '\n'))) || byte == 0x7F;
  });
}

}  // namespace

Mapping::Mapping(const YamlNode& node, std::string_view what, std::vector<std::string_view> allowed, Mistakes& mistakes)
    : position_(node.position), mistakes_(&mistakes) {
  if (node.kind == YamlNode::Kind::null) return;
  if (node.kind != YamlNode::Kind::mapping) {
    mistakes.add(node.position, fmt::format("{} is {}", what, describe(node)),
                 fmt::format("write a mapping with keys out of {}", fmt::join(allowed, ", ")));
    return;
  }
  for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
    const YamlNode& key = node.items[i];
    const YamlNode& value = node.items[i + 1];
    if (std::ranges::find(allowed, std::string_view(key.text)) == allowed.end()) {
      mistakes.add(key.position, fmt::format("unknown key {} in {}", in_quotes(key.text), what),
                   suggestion(key.text, allowed));
    } else if (value.kind == YamlNode::Kind::null) {
      mistakes.add(key.position, fmt::format("{} has no value", in_quotes(key.text)),
                   "give it one, or leave the key out");
    } else {
      entries_.emplace_back(key.text, &value);
    }
  }
}

const YamlNode* Mapping::find(std::string_view key) const {
  for (const auto& [name, node] : entries_)
    if (name == key) return node;
  return nullptr;
}

void Mapping::refuse(const YamlNode& node, std::string_view key, std::string_view remedy) const {
  mistakes_->add(node.position, fmt::format("'{}' is {}", key, describe(node)), remedy);
}

void Mapping::refuse_choice(const YamlNode& node, std::string_view key,
                            const std::vector<std::string_view>& words) const {
  refuse(node, key, suggestion(node.text, words));
}

void Mapping::read_text(std::string_view key, std::string& out, bool lines, bool empty_is_right) const {
  const YamlNode* const node = find(key);
  if (node == nullptr) return;
  if (scalar(*node) == nullptr) return refuse(*node, key, "write text");
  const std::string_view text = trimmed(node->text);
  if (text.empty() && !empty_is_right) return refuse(*node, key, "write some text, or leave the key out");
  if (text.size() > longest_text)
    return refuse(*node, key, fmt::format("write at most {} bytes (it has {})", longest_text, text.size()));
  if (!is_visible(text, lines))
    return refuse(*node, key, lines ? "write no control characters" : "write one line without control characters");
  out = text;
}

void Mapping::read_boolean(std::string_view key, bool& out) const {
  const YamlNode* const node = find(key);
  if (node == nullptr) return;
  if (scalar(*node) == nullptr || !node->plain || (node->text != "true" && node->text != "false"))
    return refuse(*node, key, "write true or false");
  out = node->text == "true";
}

void Mapping::read_integer(std::string_view key, std::uint64_t& out, std::uint64_t low, std::uint64_t high) const {
  const YamlNode* const node = find(key);
  if (node == nullptr) return;
  const auto value = scalar(*node) != nullptr && node->plain ? parse_integer(node->text) : std::nullopt;
  if (!value || *value < low || *value > high)
    return refuse(*node, key, fmt::format("write an integer from {} to {}", low, high));
  out = *value;
}

void Mapping::read_integer(std::string_view key, std::uint32_t& out, std::uint32_t low, std::uint32_t high) const {
  std::uint64_t wide = out;
  read_integer(key, wide, std::uint64_t{low}, std::uint64_t{high});
  out = static_cast<std::uint32_t>(wide);
}

void Mapping::read_percentage(std::string_view key, model::Millionths& out) const {
  const YamlNode* const node = find(key);
  if (node == nullptr) return;
  const auto value = scalar(*node) != nullptr ? parse_percentage(node->text) : std::nullopt;
  if (!value) return refuse(*node, key, "write a percentage from 0% to 1000% with at most four decimals, such as 0.5%");
  out = *value;
}

void Mapping::read_ratio(std::string_view key, model::Millionths& out) const {
  const YamlNode* const node = find(key);
  if (node == nullptr) return;
  const auto value = scalar(*node) != nullptr ? parse_ratio(node->text) : std::nullopt;
  if (!value || value->value <= model::one_million)
    return refuse(*node, key, "write a ratio above 1x, up to 1000x, with at most six decimals, such as 1.10x");
  out = *value;
}

void Mapping::read_duration(std::string_view key, std::chrono::milliseconds& out, std::chrono::milliseconds low) const {
  const YamlNode* const node = find(key);
  if (node == nullptr) return;
  const auto value = scalar(*node) != nullptr ? parse_duration(node->text) : std::nullopt;
  if (!value || *value < low)
    return refuse(
        *node, key,
        low < std::chrono::seconds(1)
            ? fmt::format("write a duration of at least {}ms and at most 1000h, such as 500ms, 60s or 10m", low.count())
            : fmt::format("write a duration of at least {}s and at most 1000h, such as 60s, 10m or 1h",
                          std::chrono::ceil<std::chrono::seconds>(low).count()));
  out = *value;
}

void Mapping::read_amount(std::string_view key, std::uint64_t& out) const {
  const YamlNode* const node = find(key);
  if (node == nullptr) return;
  const auto value = scalar(*node) != nullptr ? parse_amount(node->text) : std::nullopt;
  if (!value) return refuse(*node, key, "write an amount above 0 such as 1200, 29.4M or 1.5G, at most 1000000000G");
  out = *value;
}

void Mapping::read_size(std::string_view key, std::uint64_t& out) const {
  const YamlNode* const node = find(key);
  if (node == nullptr) return;
  const auto value = scalar(*node) != nullptr ? parse_size(node->text) : std::nullopt;
  if (!value || *value == 0) return refuse(*node, key, "write a size up to 1024GiB, such as 512MiB or 4GiB");
  out = *value;
}

void Mapping::read_sha256(std::string_view key, std::string& out) const {
  const YamlNode* const node = find(key);
  if (node == nullptr) return;
  if (scalar(*node) == nullptr || !model::is_sha256(node->text))
    return refuse(*node, key, "write 64 lower-case hex digits, as sha256sum prints them");
  out = node->text;
}

void Mapping::read_path(std::string_view key, std::string& out) const {
  const YamlNode* const node = find(key);
  if (node == nullptr) return;
  if (scalar(*node) == nullptr || !is_inner_path(node->text))
    return refuse(*node, key, "write a path inside the repository, relative to its root, without '.' and '..'");
  out = node->text;
}

void Mapping::read_name(std::string_view key, std::string& out) const {
  const YamlNode* const node = find(key);
  if (node == nullptr) return;
  if (scalar(*node) == nullptr || !model::is_name(node->text))
    return refuse(*node, key, "write at most 64 letters, digits, '.', '_' or '-', beginning with a letter or digit");
  out = node->text;
}

void Mapping::read_words(std::string_view key, std::vector<std::string>& out, bool (*right)(std::string_view),
                         std::string_view remedy) const {
  const YamlNode* const node = find(key);
  if (node == nullptr) return;
  if (node->kind != YamlNode::Kind::sequence || node->items.empty())
    return refuse(*node, key, fmt::format("write a list in brackets; {}", remedy));
  std::vector<std::string> words;
  std::set<std::string_view> seen;
  for (const YamlNode& item : node->items) {
    if (scalar(item) == nullptr || !right(item.text)) {
      refuse(item, key, remedy);
    } else if (!seen.insert(item.text).second) {
      mistakes_->add(item.position, fmt::format("{} is in '{}' a second time", in_quotes(item.text), key),
                     "keep one of them");
    } else {
      words.push_back(item.text);
    }
  }
  out = std::move(words);
}

}  // namespace cyclegate::config
