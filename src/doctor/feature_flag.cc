#include "doctor/feature_flag.h"

#include <fmt/format.h>

#include <algorithm>

namespace cyclegate::doctor {
namespace {

using model::CoveredOperation;
using model::ZkvmCoverage;
using model::ZkvmPatch;

bool turns_on(const std::vector<std::string>& features, std::string_view flag) {
  return std::ranges::find(features, flag) != features.end();
}

/// Whether `from` gives the flag to its dependency `to`. `root` is the workspace's manifest, or nullptr.
bool passes_on(const CargoManifest& from, const CargoManifest* root, std::string_view to, std::string_view flag) {
  for (const std::string& name : from.inherited) {
    if (root == nullptr) break;
    const auto shared = root->shared.find(name);
    if (shared == root->shared.end() || !same_crate(shared->second.package, to)) continue;
    // A member adds its own features to those that it inherits.
    const auto own = from.dependency_features.find(name);
    if (turns_on(shared->second.features, flag)) return true;
    if (own != from.dependency_features.end() && turns_on(own->second, flag)) return true;
  }
  for (const auto& [package, features] : from.dependency_features) {
    if (same_crate(package, to) && turns_on(features, flag)) return true;
  }
  for (const auto& [own, targets] : from.features) {
    for (const std::string& target : targets) {
      const std::size_t slash = target.find('/');
      if (slash == std::string::npos || target.substr(slash + 1) != flag) continue;
      std::string_view package = std::string_view(target).substr(0, slash);
      if (package.ends_with('?')) package.remove_suffix(1);
      if (same_crate(package, to)) return true;
    }
  }
  return false;
}

}  // namespace

Check feature_flag(const CoveredOperation& operation, const ZkvmPatch& patch, const ZkvmCoverage& zkvm,
                   const CargoFiles& files) {
  Check check{.name = "feature-flag", .text = {}};
  if (!files.lock || files.manifests.empty()) {
    check.text = fmt::format("{}; the flag `{}` must reach every crate from the guest to {}",
                             files.lock ? "no Cargo.toml was given" : files.no_lock, zkvm.feature, patch.crate);
    return check;
  }
  auto path = files.lock->path_to(patch.crate);
  for (const std::string& crate : operation.crates) {
    if (path.empty()) path = files.lock->path_to(crate);
  }
  if (path.size() < 2) {
    check.state = CheckState::not_applicable;
    check.text = fmt::format("no crate in the tree leads to {}", patch.crate);
    return check;
  }
  std::string way;
  for (const LockedPackage* package : path) way += (way.empty() ? "" : " -> ") + package->name;
  const auto manifest_of = [&](const LockedPackage& package) -> const CargoManifest* {
    const auto found = std::ranges::find_if(files.manifests, [&](const CargoManifest& manifest) {
      return !manifest.package.empty() && same_crate(manifest.package, package.name);
    });
    return found == files.manifests.end() ? nullptr : &*found;
  };
  std::string broken;
  std::string unseen;
  bool has_flag = false;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    const CargoManifest* const from = manifest_of(*path[i]);
    const CargoManifest* const to = manifest_of(*path[i + 1]);
    if (from == nullptr) {
      unseen += (unseen.empty() ? "" : ", ") + path[i]->name;
      continue;
    }
    const bool passed = passes_on(*from, files.root(), path[i + 1]->name, zkvm.feature);
    const bool wanted = to != nullptr && to->features.contains(zkvm.feature);
    has_flag = has_flag || passed || wanted;
    if (wanted && !passed)
      broken += fmt::format("{}{} -> {}", broken.empty() ? "" : ", ", path[i]->name, path[i + 1]->name);
  }
  if (!broken.empty()) {
    check.state = CheckState::wrong;
    check.text = fmt::format("{}: the flag `{}` is lost at {}", way, zkvm.feature, broken);
  } else if (!unseen.empty()) {
    check.text = fmt::format("{}: {} lies outside the tree and was not looked at{}", way, unseen,
                             has_flag ? "; the crates in the tree pass the flag on" : "");
  } else if (has_flag) {
    check.state = CheckState::right;
    check.text = fmt::format("{}: the flag `{}` reaches every crate that has it", way, zkvm.feature);
  } else {
    check.state = CheckState::not_applicable;
    check.text = fmt::format("{}: no crate on the way has a flag `{}`", way, zkvm.feature);
  }
  return check;
}

}  // namespace cyclegate::doctor
