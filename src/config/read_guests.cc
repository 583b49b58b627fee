#include "config/read_guests.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "config/mapping.h"
#include "config/quantity.h"
#include "model/text.h"

namespace cyclegate::config {
namespace {

constexpr std::string_view name_rule =
    "write at most 64 letters, digits, '.', '_' or '-', beginning with a letter or digit";
constexpr std::uint64_t largest_weight = 1'000'000;

/// Calls `each(name, value)` for every entry of a mapping whose keys are names chosen by the user.
template <typename Each>
void for_each_named(const YamlNode& node, std::string_view what, Mistakes& mistakes, Each each) {
  if (node.kind != YamlNode::Kind::mapping || node.items.empty()) {
    mistakes.add(node.position,
                 fmt::format("'{}' is {}", what,
                             node.items.empty() && node.kind == YamlNode::Kind::mapping ? "empty" : describe(node)),
                 fmt::format("write at least one name with a mapping below '{}'", what));
    return;
  }
  for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
    const YamlNode& key = node.items[i];
    if (!model::is_name(key.text)) {
      mistakes.add(key.position, fmt::format("{} cannot be a name in '{}'", in_quotes(key.text), what), name_rule);
    } else {
      each(key, node.items[i + 1]);
    }
  }
}

/// What a build runs on when it does not say: the build's name is an executor's, and `zisk` is the embedded one.
std::vector<std::string> default_executors(std::string_view build) {
  if (build == "zisk") return {"embedded"};
  for (const std::string_view known :
       {"embedded", "ziskemu", "sp1", "risc0", "openvm", "native", "zisk-prover", "risc0-prover"})
    if (build == known) return {std::string(known)};
  return {};
}

GuestBuild default_build(std::string_view guest, std::string_view build) {
  return {.run = fmt::format("make {}", build),
          .elf = fmt::format("out/{}.{}.elf", guest, build),
          .executors = default_executors(build),
          .position = {}};
}

GuestBuild read_build(std::string_view guest, const YamlNode& key, const YamlNode& node, Mistakes& mistakes) {
  GuestBuild build = default_build(guest, key.text);
  build.position = key.position;
  const Mapping mapping(node, fmt::format("build {}", key.text), {"run", "elf", "executors"}, mistakes);
  mapping.read_text("run", build.run, true, true);
  mapping.read_path("elf", build.elf);
  mapping.read_words("executors", build.executors, model::is_name, "name executors; `cyclegate executors` lists them");
  if (build.executors.empty() && !mapping.has("executors"))
    mistakes.add(key.position, fmt::format("build {} names no executor", in_quotes(key.text)),
                 "add executors: [embedded], say; `cyclegate executors` lists them");
  return build;
}

void read_builds(std::string_view name, const YamlNode& node, Guest& guest, Mistakes& mistakes) {
  std::map<std::string, std::string> built_for;  // executor to build
  for_each_named(node, "builds", mistakes, [&](const YamlNode& key, const YamlNode& value) {
    GuestBuild build = read_build(name, key, value, mistakes);
    for (const std::string& executor : build.executors) {
      const auto [earlier, fresh] = built_for.emplace(executor, key.text);
      if (!fresh)
        mistakes.add(key.position,
                     fmt::format("executor {} runs both builds {} and {} of guest {}", executor, earlier->second,
                                 key.text, name),
                     "leave it to one of them, since a result is named by guest, input and executor");
    }
    guest.builds.emplace(key.text, std::move(build));
  });
}

void read_source(const Mapping& mapping, Input& input, Mistakes& mistakes) {
  const int sources = (mapping.has("path") ? 1 : 0) + (mapping.has("url") ? 1 : 0) + (mapping.has("generate") ? 1 : 0);
  if (sources != 1)
    mistakes.add(mapping.position(),
                 sources == 0 ? "this input has no bytes" : "this input has more than one of path, url and generate",
                 "write exactly one of path, url and generate");
  mapping.read_path("path", input.path);
  mapping.read_text("url", input.url);
  if (const YamlNode* const url = mapping.find("url"); url != nullptr && !input.url.empty() && !is_url(input.url))
    mapping.refuse(*url, "url", "write an https:// address without blanks and without user name");
  if (const YamlNode* const node = mapping.find("generate")) {
    const Mapping generate(*node, "generate", {"run", "seed"}, mistakes);
    Generator generator;
    generate.read_text("run", generator.run, true);
    generate.read_integer("seed", generator.seed, std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max());
    if (!generate.has("run") || !generate.has("seed"))
      mistakes.add(node->position, "generate needs both a program and a seed",
                   "write generate: { run: COMMAND, seed: NUMBER }");
    input.generate = std::move(generator);
  }
}

/// `inputs/light.bin` is called `light` unless it is named.
std::string name_from_path(std::string_view path) {
  std::string_view name = path.substr(path.rfind('/') + 1);
  if (const std::size_t dot = name.rfind('.'); dot != std::string_view::npos && dot > 0) name = name.substr(0, dot);
  return std::string(name);
}

Input read_input(const YamlNode& node, Mistakes& mistakes) {
  Input input;
  input.position = node.position;
  const Mapping mapping(node, "an input",
                        {"name", "path", "url", "generate", "sha256", "weight", "description", "work"}, mistakes);
  if (node.kind != YamlNode::Kind::mapping) {
    if (node.kind == YamlNode::Kind::null)
      mistakes.add(node.position, "an input is nothing", "write { path: FILE, sha256: DIGEST }");
    return input;
  }
  read_source(mapping, input, mistakes);
  mapping.read_name("name", input.name);
  if (!mapping.has("name")) {
    input.name = name_from_path(input.path);
    const bool path_refused = mapping.has("path") && input.path.empty();
    if (!model::is_name(input.name) && !path_refused) {
      mistakes.add(node.position, "this input has no name", fmt::format("add name: NAME; {}", name_rule));
      input.name.clear();
    }
  }
  mapping.read_sha256("sha256", input.sha256);
  if (!mapping.has("sha256"))
    mistakes.add(
        node.position, fmt::format("input {} is not pinned", in_quotes(input.name)),
        fmt::format("add its sha256; `cyclegate input add {}` does it", input.path.empty() ? "FILE" : input.path));
  mapping.read_integer("weight", input.weight, std::uint64_t{1}, largest_weight);
  mapping.read_text("description", input.description);
  mapping.read_amount("work", input.work);
  return input;
}

void read_inputs(std::string_view name, const YamlNode* node, Guest& guest, Mistakes& mistakes) {
  if (node == nullptr || node->kind != YamlNode::Kind::sequence || node->items.empty()) {
    mistakes.add(node == nullptr ? guest.position : node->position, fmt::format("guest {} has no inputs", name),
                 "write a list of at least one, better five: - { path: FILE, sha256: DIGEST }");
    return;
  }
  std::map<std::string, std::uint32_t, std::less<>> lines;
  for (const YamlNode& item : node->items) {
    Input input = read_input(item, mistakes);
    if (input.name.empty()) continue;
    const auto [earlier, fresh] = lines.emplace(input.name, input.position.line);
    if (!fresh) {
      mistakes.add(
          item.position,
          fmt::format("guest {} has an input {} already, in line {}", name, in_quotes(input.name), earlier->second),
          "give this one another name");
      continue;
    }
    guest.inputs.push_back(std::move(input));
  }
}

Guest read_guest(const YamlNode& key, const YamlNode& node, Mistakes& mistakes) {
  Guest guest;
  guest.position = key.position;
  const Mapping mapping(node, fmt::format("guest {}", key.text), {"builds", "check", "inputs", "environment"},
                        mistakes);
  if (const YamlNode* const builds = mapping.find("builds")) {
    read_builds(key.text, *builds, guest, mistakes);
  } else {
    guest.builds.emplace("zisk", default_build(key.text, "zisk"));
  }
  mapping.read_text("check", guest.check, true);
  mapping.read_words("environment", guest.environment, is_variable_name, "name environment variables");
  if (node.kind == YamlNode::Kind::mapping || node.kind == YamlNode::Kind::null)
    read_inputs(key.text, mapping.find("inputs"), guest, mistakes);
  return guest;
}

}  // namespace

std::map<std::string, Guest> read_guests(const YamlNode& node, Mistakes& mistakes) {
  std::map<std::string, Guest> guests;
  for_each_named(node, "guests", mistakes, [&](const YamlNode& key, const YamlNode& value) {
    guests.emplace(key.text, read_guest(key, value, mistakes));
  });
  return guests;
}

}  // namespace cyclegate::config
