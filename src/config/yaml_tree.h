#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/mistakes.h"

namespace cyclegate::config {

/// What a YAML document may be at most; far above any real configuration.
inline constexpr std::size_t yaml_size_cap = std::size_t{1} << 20;
inline constexpr std::size_t yaml_depth_cap = 32;
inline constexpr std::size_t yaml_node_cap = 100'000;

/// One node of a YAML document. A mapping's items are key, value, key, value, ...; keys are always scalars.
struct YamlNode {
  enum class Kind : std::uint8_t { null, scalar, sequence, mapping };

  Kind kind = Kind::null;
  bool plain = false;  ///< scalar without quotes: the only form that may be a number or a boolean
  std::string text;    ///< scalar only
  SourcePosition position{};
  std::vector<YamlNode> items{};
};

/// `a mapping`, `a list`, `nothing`, `'text'`: a node as a message names it.
std::string describe(const YamlNode& node);

/// Reads the one document of `text` into a tree. Anchors, aliases, tags, duplicate keys and keys that are not scalars
/// go to `mistakes` with their position; so does whatever the parser refuses. The caps hold while the tree is built, so
/// that no text takes more than a small multiple of its own size. An empty text is a null node.
YamlNode parse_yaml(std::string_view text, Mistakes& mistakes);

}  // namespace cyclegate::config
