#include "config/patch_coverage.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "config/mapping.h"
#include "config/mistakes.h"
#include "config/yaml_tree.h"

namespace cyclegate::config {
namespace {

using model::CoveredOperation;
using model::MeasuredGain;
using model::PatchCoverage;
using model::ZkvmCoverage;
using model::ZkvmPatch;

/// The entries of a list; a mistake where there is none.
const std::vector<YamlNode>& entries(const Mapping& mapping, std::string_view key, Mistakes& mistakes) {
  static const std::vector<YamlNode> none;
  const YamlNode* const node = mapping.find(key);
  if (node == nullptr) {
    mistakes.add(mapping.position(), fmt::format("'{}' is missing", key), "write a list of mappings");
    return none;
  }
  if (node->kind != YamlNode::Kind::sequence) {
    mapping.refuse(*node, key, "write a list of mappings");
    return none;
  }
  return node->items;
}

/// A list of texts that are not empty.
void read_texts(const Mapping& mapping, std::string_view key, std::vector<std::string>& out) {
  const YamlNode* const node = mapping.find(key);
  if (node == nullptr) return;
  if (node->kind != YamlNode::Kind::sequence) return mapping.refuse(*node, key, "write a list of texts");
  for (const YamlNode& item : node->items) {
    if (item.kind != YamlNode::Kind::scalar || item.text.empty()) {
      mapping.refuse(item, key, "write a list of texts");
    } else {
      out.push_back(item.text);
    }
  }
}

void require(const Mapping& mapping, std::string_view key, const std::string& value, Mistakes& mistakes) {
  if (value.empty() && !mapping.has(key)) {
    mistakes.add(mapping.position(), fmt::format("'{}' is missing", key), "write it");
  }
}

MeasuredGain read_measured(const YamlNode& node, Mistakes& mistakes) {
  MeasuredGain gain;
  const Mapping mapping(node, "measured", {"before", "after", "unit", "per_call", "what"}, mistakes);
  constexpr std::uint64_t top = std::numeric_limits<std::uint64_t>::max();
  mapping.read_integer("before", gain.before, 1, top);
  mapping.read_integer("after", gain.after, 0, top);
  mapping.read_text("unit", gain.unit);
  mapping.read_boolean("per_call", gain.per_call);
  mapping.read_text("what", gain.what);
  require(mapping, "unit", gain.unit, mistakes);
  require(mapping, "what", gain.what, mistakes);
  if (gain.after >= gain.before) {
    mistakes.add(node.position, "'measured' is no gain", "write what it took before and the smaller number after");
  }
  return gain;
}

ZkvmPatch read_patch(const YamlNode& node, const PatchCoverage& coverage, Mistakes& mistakes) {
  ZkvmPatch patch;
  const Mapping mapping(
      node, "zkvms",
      {"zkvm", "accelerated", "crate", "version", "source", "tag", "sdk", "gap", "note", "switches", "measured"},
      mistakes);
  mapping.read_text("zkvm", patch.zkvm);
  mapping.read_boolean("accelerated", patch.accelerated);
  mapping.read_text("crate", patch.crate);
  mapping.read_text("version", patch.version);
  mapping.read_text("source", patch.source);
  mapping.read_text("tag", patch.tag);
  mapping.read_text("sdk", patch.sdk);
  mapping.read_choice<std::string>("gap", patch.gap,
                                   {{"moderate", "moderate"}, {"high", "high"}, {"very high", "very high"}});
  mapping.read_text("note", patch.note);
  read_texts(mapping, "switches", patch.switches);
  if (const YamlNode* const measured = mapping.find("measured")) patch.measured = read_measured(*measured, mistakes);
  require(mapping, "crate", patch.crate, mistakes);
  if (std::ranges::find(coverage.zkvms, patch.zkvm, &ZkvmCoverage::name) == coverage.zkvms.end()) {
    std::vector<std::string_view> names;
    names.reserve(coverage.zkvms.size());
    for (const ZkvmCoverage& zkvm : coverage.zkvms) names.push_back(zkvm.name);
    mistakes.add(node.position, fmt::format("{} is no zkVM of this file", in_quotes(patch.zkvm)),
                 suggestion(patch.zkvm, names));
  }
  const bool some = !patch.version.empty() || !patch.source.empty() || !patch.tag.empty();
  const bool all = !patch.version.empty() && !patch.source.empty() && !patch.tag.empty();
  if (some != all || (patch.accelerated && !all)) {
    mistakes.add(node.position, "a patch wants version, source and tag", "write all three");
  }
  return patch;
}

CoveredOperation read_operation(const YamlNode& node, const PatchCoverage& coverage, Mistakes& mistakes) {
  CoveredOperation operation;
  const Mapping mapping(node, "operations",
                        {"name", "native", "crates", "software", "interface", "accelerated", "precompiles", "zkvms"},
                        mistakes);
  mapping.read_text("name", operation.name);
  mapping.read_text("native", operation.native);
  read_texts(mapping, "crates", operation.crates);
  read_texts(mapping, "software", operation.software);
  read_texts(mapping, "interface", operation.interface);
  read_texts(mapping, "accelerated", operation.accelerated);
  read_texts(mapping, "precompiles", operation.precompiles);
  require(mapping, "name", operation.name, mistakes);
  std::set<std::string> seen;
  for (const YamlNode& item : entries(mapping, "zkvms", mistakes)) {
    operation.zkvms.push_back(read_patch(item, coverage, mistakes));
    if (!seen.insert(operation.zkvms.back().zkvm).second) {
      mistakes.add(item.position,
                   fmt::format("{} stands twice in an operation", in_quotes(operation.zkvms.back().zkvm)), "keep one");
    }
  }
  return operation;
}

}  // namespace

PatchCoverage read_patch_coverage(std::string_view text, std::string_view origin) {
  Mistakes mistakes(origin);
  const YamlNode document = parse_yaml(text, mistakes);
  mistakes.throw_if_any();
  PatchCoverage coverage;
  const Mapping mapping(document, "patch coverage", {"format", "as_of", "zkvms", "operations"}, mistakes);
  std::uint64_t format = 0;
  mapping.read_integer("format", format, 1, 1);
  if (!mapping.has("format")) mistakes.add(mapping.position(), "'format' is missing", "write format: 1");
  mapping.read_text("as_of", coverage.as_of);
  require(mapping, "as_of", coverage.as_of, mistakes);
  for (const YamlNode& item : entries(mapping, "zkvms", mistakes)) {
    ZkvmCoverage zkvm;
    const Mapping entry(item, "zkvms", {"name", "title", "sdk", "feature", "coverage"}, mistakes);
    entry.read_name("name", zkvm.name);
    entry.read_text("title", zkvm.title);
    read_texts(entry, "sdk", zkvm.sdk);
    entry.read_text("feature", zkvm.feature);
    entry.read_text("coverage", zkvm.coverage);
    require(entry, "name", zkvm.name, mistakes);
    if (zkvm.title.empty()) zkvm.title = zkvm.name;
    if (std::ranges::find(coverage.zkvms, zkvm.name, &ZkvmCoverage::name) != coverage.zkvms.end()) {
      mistakes.add(item.position, fmt::format("the zkVM {} stands twice", in_quotes(zkvm.name)), "keep one");
    }
    coverage.zkvms.push_back(std::move(zkvm));
  }
  for (const YamlNode& item : entries(mapping, "operations", mistakes)) {
    coverage.operations.push_back(read_operation(item, coverage, mistakes));
  }
  mistakes.throw_if_any();
  return coverage;
}

}  // namespace cyclegate::config
