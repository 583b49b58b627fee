#include "config/yaml_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <set>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "model/text.h"

namespace cyclegate::config {
namespace {

/// Stops the parser: what is wrong has been written down.
struct Stop : std::runtime_error {
  Stop() : std::runtime_error("stop") {}
};

SourcePosition position_of(const YAML::Mark& mark) {
  if (mark.is_null() || mark.line < 0 || mark.column < 0) return {1, 1};
  return {static_cast<std::uint32_t>(mark.line) + 1, static_cast<std::uint32_t>(mark.column) + 1};
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(Mistakes& mistakes) : mistakes_(mistakes) {}

  YamlNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) {
      mistakes_.add(position_of(mark), "a second YAML document begins here", "keep one document per file");
      throw Stop();
    }
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    place({.kind = YamlNode::Kind::null, .text = {}, .position = position_of(mark)});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    mistakes_.add(position_of(mark), "a YAML alias (*name) is used here", "write the value out");
    place({.kind = YamlNode::Kind::null, .text = {}, .position = position_of(mark)});
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    // yaml-cpp marks a plain scalar with "?" and a quoted or block one with "!".
    if (tag != "?" && tag != "!" && !tag.empty()) refuse_tag(mark, tag);
    place({.kind = YamlNode::Kind::scalar, .plain = tag == "?", .text = value, .position = position_of(mark)});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(YamlNode::Kind::sequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(YamlNode::Kind::mapping, mark, tag, anchor);
  }
  void OnMapEnd() override {
    check_keys(open_.back());
    close();
  }

 private:
  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) mistakes_.add(position_of(mark), "a YAML anchor (&name) is used here", "write the value out");
  }
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    mistakes_.add(position_of(mark), fmt::format("the YAML tag {} is used here", in_quotes(tag)), "leave the tag out");
  }
  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    refuse_anchor(mark, anchor);
    if (tag != "?" && tag != "!" && !tag.empty()) refuse_tag(mark, tag);
    if (open_.size() >= yaml_depth_cap) {
      mistakes_.add(position_of(mark), fmt::format("more than {} levels are nested", yaml_depth_cap),
                    "see docs/configuration.md for the shape of this file");
      throw Stop();
    }
    count(position_of(mark));
    open_.push_back({.kind = kind, .text = {}, .position = position_of(mark)});
  }
  void close() {
    YamlNode done = std::move(open_.back());
    open_.pop_back();
    attach(std::move(done));
  }
  void place(YamlNode node) {
    count(node.position);
    attach(std::move(node));
  }
  void attach(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else {
      open_.back().items.push_back(std::move(node));
    }
  }
  void count(SourcePosition position) {
    if (++nodes_ > yaml_node_cap) {
      mistakes_.add(position, fmt::format("the file has more than {} values", yaml_node_cap),
                    "split the guests over several configurations");
      throw Stop();
    }
  }
  void check_keys(YamlNode& mapping) {
    std::set<std::string_view> seen;
    bool all = true;
    for (std::size_t i = 0; i + 1 < mapping.items.size(); i += 2) {
      const YamlNode& key = mapping.items[i];
      if (key.kind != YamlNode::Kind::scalar) {
        mistakes_.add(key.position, fmt::format("a key is {}", describe(key)), "write a word followed by a colon");
        all = false;
      } else if (!seen.insert(key.text).second) {
        mistakes_.add(key.position, fmt::format("the key {} is here a second time", in_quotes(key.text)),
                      "keep one of them");
        all = false;
      }
    }
    if (!all) drop_bad_keys(mapping);
  }
  /// Leaves the first of each key, so that the rest of the file can still be judged.
  static void drop_bad_keys(YamlNode& mapping) {
    std::set<std::string> seen;
    std::vector<YamlNode> kept;
    for (std::size_t i = 0; i + 1 < mapping.items.size(); i += 2) {
      if (mapping.items[i].kind != YamlNode::Kind::scalar || !seen.insert(mapping.items[i].text).second) continue;
      kept.push_back(std::move(mapping.items[i]));
      kept.push_back(std::move(mapping.items[i + 1]));
    }
    mapping.items = std::move(kept);
  }

  Mistakes& mistakes_;
  YamlNode root_;
  std::vector<YamlNode> open_;
  std::size_t nodes_ = 0;
  std::size_t documents_ = 0;
};

/// Only text that a person can see may pass: yaml-cpp guesses UTF-16 and UTF-32 from NUL bytes and marks.
bool check_characters(std::string_view text, Mistakes& mistakes) {
  SourcePosition position{1, 1};
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = model::utf8_length(text.substr(i));
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool control = (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t') || byte == 0x7F;
    if (length == 0 || control) {
      mistakes.add(position, fmt::format("the byte 0x{:02x} is not text", byte), "save the file as UTF-8");
      return false;
    }
    if (byte == '\n') {
      ++position.line;
      position.column = 1;
    } else {
      ++position.column;
    }
    i += length;
  }
  return true;
}

}  // namespace

std::string describe(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return "nothing";
    case YamlNode::Kind::scalar:
      return in_quotes(node.text);
    case YamlNode::Kind::sequence:
      return "a list";
    case YamlNode::Kind::mapping:
      return "a mapping";
  }
  return {};
}

YamlNode parse_yaml(std::string_view text, Mistakes& mistakes) {
  if (text.size() > yaml_size_cap) {
    mistakes.add({1, 1}, fmt::format("the file has {} bytes, more than {}", text.size(), yaml_size_cap),
                 "name the right file");
    return {};
  }
  if (!check_characters(text, mistakes)) return {};
  TreeBuilder builder(mistakes);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop&) {
    return {};
  } catch (const YAML::Exception& error) {
    mistakes.add(position_of(error.mark), fmt::format("this is not YAML: {}", visible(error.msg)),
                 "check the indentation, quotes and brackets here and just above");
    return {};
  }
  return builder.take();
}

}  // namespace cyclegate::config
