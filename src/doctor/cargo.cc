#include "doctor/cargo.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <deque>

#include "model/error.h"
#include "model/text.h"

namespace cyclegate::doctor {
namespace {

using model::Error;
using model::ErrorKind;

constexpr std::size_t size_cap = std::size_t{16} << 20;
constexpr std::size_t word_bytes = 1024;
/// The other name that cargo knows crates.io by in [patch]; that of the sparse index is none.
constexpr std::string_view crates_io_index = "https://github.com/rust-lang/crates.io-index";

toml::table parse(std::string_view text, std::string_view origin) {
  if (text.size() > size_cap) {
    throw Error(ErrorKind::configuration, fmt::format("{}: larger than 16 MiB; no Cargo file is", origin));
  }
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    throw Error(ErrorKind::configuration,
                fmt::format("{}:{}:{}: {}; right is TOML as cargo writes it", origin, error.source().begin.line,
                            error.source().begin.column, model::to_line(error.description(), 200)));
  }
}

std::string text_of(const toml::table& table, std::string_view key) {
  const auto value = table[key].value<std::string_view>();
  return value ? model::to_line(*value, word_bytes) : std::string();
}

std::vector<std::string> texts_of(const toml::node* node) {
  std::vector<std::string> texts;
  const toml::array* const array = node != nullptr ? node->as_array() : nullptr;
  if (array == nullptr) return texts;
  for (const toml::node& item : *array) {
    if (const auto text = item.value<std::string_view>()) texts.push_back(model::to_line(*text, word_bytes));
  }
  return texts;
}

std::vector<LockedPackage> packages_of(const toml::node* node) {
  std::vector<LockedPackage> packages;
  const toml::array* const array = node != nullptr ? node->as_array() : nullptr;
  if (array == nullptr) return packages;
  for (const toml::node& item : *array) {
    const toml::table* const table = item.as_table();
    if (table == nullptr) continue;
    packages.push_back({.name = text_of(*table, "name"),
                        .version = text_of(*table, "version"),
                        .source = text_of(*table, "source"),
                        .dependencies = texts_of(table->get("dependencies"))});
  }
  return packages;
}

void add_dependencies(CargoManifest& manifest, const toml::table& table) {
  for (const std::string_view kind : {"dependencies", "build-dependencies"}) {
    const toml::table* const dependencies = table[kind].as_table();
    if (dependencies == nullptr) continue;
    for (const auto& [key, value] : *dependencies) {
      std::string package = model::to_line(key.str(), word_bytes);
      std::vector<std::string> features;
      if (const toml::table* const details = value.as_table()) {
        if (const std::string renamed = text_of(*details, "package"); !renamed.empty()) package = renamed;
        features = texts_of(details->get("features"));
        if ((*details)["workspace"].value_or(false)) manifest.inherited.push_back(package);
      }
      auto& known = manifest.dependency_features[package];
      known.insert(known.end(), features.begin(), features.end());
    }
  }
}

void add_shared(CargoManifest& manifest, const toml::table& workspace) {
  const toml::table* const dependencies = workspace["dependencies"].as_table();
  if (dependencies == nullptr) return;
  for (const auto& [key, value] : *dependencies) {
    const std::string name = model::to_line(key.str(), word_bytes);
    CargoManifest::Shared shared{.package = name, .features = {}};
    if (const toml::table* const details = value.as_table()) {
      if (const std::string renamed = text_of(*details, "package"); !renamed.empty()) shared.package = renamed;
      shared.features = texts_of(details->get("features"));
    }
    manifest.shared[name] = std::move(shared);
  }
}

std::string_view directory_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view first_word(std::string_view text) {
  return text.substr(0, text.find(' '));
}

/// Whether the package is the one a dependency line means.
bool is_meant(const LockedPackage& package, std::string_view dependency) {
  if (first_word(dependency) != package.name) return false;
  if (first_word(dependency).size() == dependency.size()) return true;
  const std::string_view rest = dependency.substr(first_word(dependency).size() + 1);
  return first_word(rest) == package.version;
}

}  // namespace

bool same_crate(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](char l, char r) { return (l == '_' ? '-' : l) == (r == '_' ? '-' : r); });
}

std::vector<const LockedPackage*> CargoLock::named(std::string_view name) const {
  std::vector<const LockedPackage*> found;
  for (const LockedPackage& package : packages) {
    if (same_crate(package.name, name)) found.push_back(&package);
  }
  return found;
}

std::vector<const LockedPackage*> CargoLock::path_to(std::string_view name) const {
  std::map<std::string_view, std::vector<std::size_t>> by_name;
  for (std::size_t i = 0; i < packages.size(); ++i) by_name[packages[i].name].push_back(i);
  constexpr std::size_t unseen = ~std::size_t{0};
  const auto candidates = [&](std::string_view dependency, auto&& visit) {
    const auto found = by_name.find(first_word(dependency));
    if (found == by_name.end()) return;
    for (const std::size_t next : found->second) {
      if (is_meant(packages[next], dependency)) visit(next);
    }
  };
  // Guests are the packages of the tree that no other of the tree depends on.
  std::vector<bool> is_library(packages.size());
  for (std::size_t i = 0; i < packages.size(); ++i) {
    if (!packages[i].source.empty()) continue;
    for (const std::string& dependency : packages[i].dependencies) {
      candidates(dependency, [&](std::size_t next) { is_library[next] = true; });
    }
  }
  std::vector<std::size_t> from(packages.size(), unseen);
  std::deque<std::size_t> queue;
  for (std::size_t i = 0; i < packages.size(); ++i) {
    if (!packages[i].source.empty() || is_library[i]) continue;
    from[i] = i;
    queue.push_back(i);
  }
  while (!queue.empty()) {
    const std::size_t at = queue.front();
    queue.pop_front();
    if (same_crate(packages[at].name, name)) {
      std::vector<const LockedPackage*> path;
      for (std::size_t i = at;; i = from[i]) {
        path.insert(path.begin(), &packages[i]);
        if (from[i] == i) return path;
      }
    }
    for (const std::string& dependency : packages[at].dependencies) {
      candidates(dependency, [&](std::size_t next) {
        if (from[next] != unseen) return;
        from[next] = at;
        queue.push_back(next);
      });
    }
  }
  return {};
}

const CargoManifest* CargoFiles::root() const {
  if (!lock) return manifests.empty() ? nullptr : &manifests.front();
  const auto found = std::ranges::find_if(manifests, [&](const CargoManifest& manifest) {
    return directory_of(manifest.origin) == directory_of(lock->origin);
  });
  return found == manifests.end() ? nullptr : &*found;
}

CargoLock read_lock(std::string_view text, std::string_view origin) {
  const toml::table document = parse(text, origin);
  CargoLock lock;
  lock.origin = origin;
  lock.packages = packages_of(document.get("package"));
  lock.unused_patches = packages_of(document["patch"]["unused"].node());
  return lock;
}

CargoManifest read_manifest(std::string_view text, std::string_view origin) {
  const toml::table document = parse(text, origin);
  CargoManifest manifest;
  manifest.origin = origin;
  if (const toml::table* const package = document["package"].as_table()) manifest.package = text_of(*package, "name");
  if (const toml::table* const patches = document["patch"].as_table()) {
    for (const auto& [source, entries] : *patches) {
      const toml::table* const table = entries.as_table();
      if (table == nullptr) continue;
      for (const auto& [key, value] : *table) {
        CargoPatch patch{.of = model::to_line(source.str(), word_bytes),
                         .package = model::to_line(key.str(), word_bytes)};
        if (patch.of == crates_io_index) patch.of = "crates-io";
        if (const toml::table* const details = value.as_table()) {
          if (const std::string renamed = text_of(*details, "package"); !renamed.empty()) patch.package = renamed;
          patch.git = text_of(*details, "git");
          patch.path = text_of(*details, "path");
          patch.tag = text_of(*details, "tag");
          patch.branch = text_of(*details, "branch");
          patch.rev = text_of(*details, "rev");
        }
        manifest.patches.push_back(std::move(patch));
      }
    }
  }
  if (const toml::table* const features = document["features"].as_table()) {
    for (const auto& [flag, value] : *features) {
      manifest.features[model::to_line(flag.str(), word_bytes)] = texts_of(&value);
    }
  }
  add_dependencies(manifest, document);
  if (const toml::table* const workspace = document["workspace"].as_table()) add_shared(manifest, *workspace);
  if (const toml::table* const targets = document["target"].as_table()) {
    for (const auto& [name, value] : *targets) {
      if (const toml::table* const table = value.as_table()) add_dependencies(manifest, *table);
    }
  }
  return manifest;
}

}  // namespace cyclegate::doctor
