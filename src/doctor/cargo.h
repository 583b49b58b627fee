#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cyclegate::doctor {

/// A package of Cargo.lock.
struct LockedPackage {
  std::string name;
  std::string version;
  std::string source;                     ///< `registry+...`, `git+URL?tag=...#COMMIT`; empty: in the tree
  std::vector<std::string> dependencies;  ///< as written: `NAME` or `NAME VERSION` or `NAME VERSION (SOURCE)`

  bool operator==(const LockedPackage&) const = default;
};

/// What Cargo.lock says (https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html).
struct CargoLock {
  std::string origin;
  std::vector<LockedPackage> packages;
  std::vector<LockedPackage> unused_patches;  ///< [[patch.unused]]: declared, and of no use

  /// All packages of a name; `-` and `_` are the same to cargo's users.
  std::vector<const LockedPackage*> named(std::string_view name) const;
  /// The shortest chain of packages from one that lies in the tree to one of this name; empty where there is none.
  std::vector<const LockedPackage*> path_to(std::string_view name) const;
};

/// One entry of a [patch] table.
struct CargoPatch {
  std::string of;       ///< `crates-io` or the address of another source
  std::string package;  ///< the crate that is replaced
  std::string git;
  std::string tag;  ///< at most one of the three stands there; none: the default branch
  std::string branch;
  std::string rev;
  std::string path;

  bool operator==(const CargoPatch&) const = default;
};

/// What one Cargo.toml says that the doctor asks for.
struct CargoManifest {
  std::string origin;
  std::string package;  ///< empty: a workspace's root without a package of its own
  std::vector<CargoPatch> patches;
  std::map<std::string, std::vector<std::string>> features;  ///< flag to what it turns on
  /// Package to the features that a dependency on it turns on, of all targets.
  std::map<std::string, std::vector<std::string>> dependency_features;
  /// Dependencies that are `{ workspace = true }`: their names in [workspace.dependencies].
  std::vector<std::string> inherited;
  /// [workspace.dependencies] by name: what members that inherit one get.
  struct Shared {
    std::string package;
    std::vector<std::string> features;
  };
  std::map<std::string, Shared> shared;
  std::string unread;  ///< why it could not be read; empty: it was
};

/// Read both strictly as TOML 1.0; at most 16 MiB. Throw model::Error (configuration) with `origin:line:column`.
CargoLock read_lock(std::string_view text, std::string_view origin);
CargoManifest read_manifest(std::string_view text, std::string_view origin);

/// What the checklist looks at; any of it may be missing.
struct CargoFiles {
  std::optional<CargoLock> lock;
  std::string no_lock = "no Cargo.lock was given";  ///< why there is none
  std::vector<CargoManifest> manifests;

  /// The one beside Cargo.lock (without a lock, the first): cargo reads [patch] and [workspace.dependencies] there
  /// only. nullptr where there is none.
  const CargoManifest* root() const;
};

/// Whether two crate names are the same to cargo: `-` and `_` are.
bool same_crate(std::string_view left, std::string_view right);

}  // namespace cyclegate::doctor
