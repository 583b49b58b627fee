#include "doctor/checklist.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "model/shell_text.h"

namespace cyclegate::doctor {
namespace {

using model::CoveredOperation;
using model::ZkvmCoverage;
using model::ZkvmPatch;

/// `https://github.com/x/y` of `git+https://github.com/x/y.git?tag=v1#0123`.
std::string address_of(std::string_view source) {
  if (source.starts_with("git+")) source.remove_prefix(4);
  source = source.substr(0, source.find_first_of("?#"));
  while (source.ends_with('/')) source.remove_suffix(1);
  if (source.ends_with(".git")) source.remove_suffix(4);
  return std::string(source);
}

bool from_registry(const LockedPackage& package) {
  return package.source.starts_with("registry+");
}

/// major, minor, patch of `1.4.0-alpha`; missing ones are 0.
std::array<std::uint64_t, 3> numbers_of(std::string_view version) {
  std::array<std::uint64_t, 3> numbers{};
  for (std::uint64_t& number : numbers) {
    const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), number);
    version.remove_prefix(static_cast<std::size_t>(end - version.data()));
    if (error != std::errc() || !version.starts_with('.')) break;
    version.remove_prefix(1);
  }
  return numbers;
}

std::string declaration(const ZkvmPatch& patch) {
  return fmt::format("{} = {{ git = \"{}\", tag = \"{}\" }}", patch.crate, patch.source, patch.tag);
}

std::string versions_of(const std::vector<const LockedPackage*>& packages) {
  std::string text;
  for (const LockedPackage* package : packages) {
    text += (text.empty() ? "" : ", ") + package->version;
  }
  return text;
}

const CargoPatch* declared_in(const CargoManifest& manifest, const ZkvmPatch& patch) {
  const auto found = std::ranges::find_if(manifest.patches, [&](const CargoPatch& declared) {
    return declared.of == "crates-io" && same_crate(declared.package, patch.crate);
  });
  return found == manifest.patches.end() ? nullptr : &*found;
}

Check patch_declared(const ZkvmPatch& patch, const CargoFiles& files) {
  Check check{.name = "patch-declared", .text = {}};
  if (files.manifests.empty()) {
    check.text = fmt::format("{}; [patch.crates-io] of the Cargo.toml wants {}",
                             files.lock ? "no Cargo.toml was given" : files.no_lock, declaration(patch));
    return check;
  }
  const CargoManifest* const root = files.root();
  if (root == nullptr) {
    check.text = fmt::format("there is no Cargo.toml beside {}; its [patch.crates-io] wants {}", files.lock->origin,
                             declaration(patch));
    return check;
  }
  if (!root->unread.empty()) {
    check.text = fmt::format("{}; its [patch.crates-io] wants {}", root->unread, declaration(patch));
    return check;
  }
  if (const CargoPatch* const declared = declared_in(*root, patch)) {
    const std::string place = declared->git.empty() ? declared->path : declared->git + " " + declared->tag;
    const bool unused =
        files.lock && std::ranges::any_of(files.lock->unused_patches, [&](const LockedPackage& package) {
          return same_crate(package.name, patch.crate);
        });
    check.state = unused ? CheckState::wrong : CheckState::right;
    check.text = unused
                     ? fmt::format("{} declares {}, but Cargo.lock lists it as unused: no crate asks for its version",
                                   root->origin, place)
                     : fmt::format("{} declares {}", root->origin, place);
    return check;
  }
  check.state = CheckState::wrong;
  for (const CargoManifest& manifest : files.manifests) {
    if (declared_in(manifest, patch) == nullptr) continue;
    check.text = fmt::format("{} declares it, but cargo reads [patch.crates-io] in {} only; add it there: {}",
                             manifest.origin, root->origin, declaration(patch));
    return check;
  }
  check.text = fmt::format("{} has no such entry; add below [patch.crates-io]: {}", root->origin, declaration(patch));
  return check;
}

Check tag_exists(const ZkvmPatch& patch, const CargoFiles& files) {
  Check check{.name = "tag-exists", .text = {}};
  std::string tag = patch.tag;
  std::string source = patch.source;
  if (const CargoManifest* const root = files.root()) {
    for (const CargoPatch& declared : root->patches) {
      if (!same_crate(declared.package, patch.crate) || declared.git.empty()) continue;
      tag = declared.tag;
      source = declared.git;
    }
  }
  check.text = tag.empty()
                   ? fmt::format("{} is declared without a tag; pin one, e.g. {}", source, patch.tag)
                   : "needs the network: " + model::shell_text({"git", "ls-remote", "--tags", "--", source, tag});
  if (tag.empty()) check.state = CheckState::wrong;
  return check;
}

Check crate_version(const CoveredOperation& operation, const ZkvmPatch& patch, const CargoFiles& files) {
  Check check{.name = "crate-version", .text = {}};
  if (!files.lock) {
    check.text = fmt::format("{}; it must have {} {}", files.no_lock, patch.crate, patch.version);
    return check;
  }
  const auto packages = files.lock->named(patch.crate);
  if (packages.empty()) {
    std::string others;
    for (const std::string& crate : operation.crates) {
      for (const LockedPackage* package : files.lock->named(crate)) {
        others += fmt::format("{}{} {}", others.empty() ? "" : ", ", package->name, package->version);
      }
    }
    check.state = CheckState::wrong;
    check.text = fmt::format("Cargo.lock has no {}{}: the patch reaches nothing", patch.crate,
                             others.empty() ? "" : ", the work is done by " + others);
    return check;
  }
  const bool all =
      std::ranges::all_of(packages, [&](const LockedPackage* package) { return package->version == patch.version; });
  check.state = all ? CheckState::right : CheckState::wrong;
  check.text = all ? fmt::format("Cargo.lock has {} {}, as the patch", patch.crate, patch.version)
                   : fmt::format(
                         "Cargo.lock has {0} {1}, the patch is {2}; cargo passes over a patch of a version that "
                         "nobody asks for: cargo update -p {0} --precise {2}",
                         patch.crate, versions_of(packages), patch.version);
  return check;
}

Check sdk_version(const ZkvmPatch& patch, const ZkvmCoverage& zkvm, const CargoFiles& files) {
  Check check{.name = "sdk-version", .text = {}};
  if (patch.sdk.empty()) {
    check.text = fmt::format("the tag {} does not say which SDK of {} it is for", patch.tag, zkvm.title);
    return check;
  }
  if (!files.lock) {
    check.text = fmt::format("{}; the tag is for {} {}", files.no_lock, zkvm.title, patch.sdk);
    return check;
  }
  for (const std::string& crate : zkvm.sdk) {
    for (const LockedPackage* package : files.lock->named(crate)) {
      const auto have = numbers_of(package->version);
      const auto want = numbers_of(patch.sdk);
      const std::string both =
          fmt::format("Cargo.lock has {} {}, the tag is for {}", package->name, package->version, patch.sdk);
      if (have == want) {
        check.state = CheckState::right;
        check.text = both;
      } else if (have < want) {
        check.state = CheckState::wrong;
        check.text = both + ": the SDK is older; take an earlier tag or a newer SDK";
      } else {
        check.text = both + ": the SDK is newer; whether a newer tag is there needs the network";
      }
      return check;
    }
  }
  check.state = CheckState::wrong;
  check.text = fmt::format("Cargo.lock has no {}: the guest does not use the SDK of {}",
                           zkvm.sdk.empty() ? zkvm.name : zkvm.sdk.front(), zkvm.title);
  return check;
}

Check other_sources(const ZkvmPatch& patch, const CargoFiles& files) {
  Check check{.name = "other-sources", .text = {}};
  if (!files.lock) {
    check.text = files.no_lock + "; a crate from a git address wants a [patch.\"https://...\"] of its own";
    return check;
  }
  check.state = CheckState::not_applicable;
  check.text = fmt::format("no {} comes from another source than crates.io", patch.crate);
  for (const LockedPackage* package : files.lock->named(patch.crate)) {
    if (package->source.empty() || from_registry(*package)) continue;
    const std::string address = address_of(package->source);
    if (address == address_of(patch.source)) continue;
    const CargoManifest* const root = files.root();
    const bool declared = root != nullptr && std::ranges::any_of(root->patches, [&](const CargoPatch& entry) {
                            return same_crate(entry.package, patch.crate) &&
                                   (address_of(entry.of) == address || address_of(entry.git) == address);
                          });
    if (declared) {
      check.state = CheckState::right;
      check.text = fmt::format("{} from {} is declared in a [patch] table", patch.crate, address);
      continue;
    }
    check.state = files.manifests.empty() ? CheckState::not_checked : CheckState::wrong;
    check.text = fmt::format("{} {} comes from {}, which [patch.crates-io] does not reach; add [patch.\"{}\"]",
                             package->name, package->version, address, address);
    return check;
  }
  return check;
}

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

}  // namespace

std::string_view to_string(CheckState state) {
  switch (state) {
    case CheckState::right:
      return "ok";
    case CheckState::wrong:
      return "wrong";
    case CheckState::not_applicable:
      return "does not apply";
    case CheckState::not_checked:
      break;
  }
  return "not checked";
}

std::vector<Check> check_patch(const CoveredOperation& operation, const ZkvmPatch& patch, const ZkvmCoverage& zkvm,
                               const CargoFiles& files) {
  return {patch_declared(patch, files),    tag_exists(patch, files),    crate_version(operation, patch, files),
          sdk_version(patch, zkvm, files), other_sources(patch, files), feature_flag(operation, patch, zkvm, files)};
}

bool is_patched(const ZkvmPatch& patch, const CargoFiles& files) {
  if (!files.lock || patch.source.empty()) return false;
  const auto packages = files.lock->named(patch.crate);
  return !packages.empty() && std::ranges::all_of(packages, [&](const LockedPackage* package) {
    return package->source.starts_with("git+") && address_of(package->source) == address_of(patch.source);
  });
}

}  // namespace cyclegate::doctor
