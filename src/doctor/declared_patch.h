#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "doctor/cargo.h"
#include "model/patch_coverage.h"

namespace cyclegate::doctor {

/// How a declared patch stands to the one of the coverage data.
enum class PatchStanding {
  known,          ///< same address, same tag
  other_pin,      ///< same address, another tag, a branch, a commit or nothing
  of_other_zkvm,  ///< the address is that of another zkVM's patch for the same operation
  other_address,  ///< some other git address
  path            ///< a directory: what lies there is not known
};

/// A patch that a Cargo.toml declares for a crate of the coverage data.
struct DeclaredPatch {
  CargoPatch entry;
  PatchStanding standing = PatchStanding::known;
  std::string zkvm;  ///< title of the zkVM whose patch it is, for `of_other_zkvm`

  /// What is declared, in words: `ADDRESS tag TAG`, `the directory PATH`.
  std::string text() const;
};

/// How an entry of a [patch] table stands to the patch of the coverage data.
DeclaredPatch judge(const CargoPatch& entry, const model::CoveredOperation& operation, const model::ZkvmPatch& patch,
                    const model::PatchCoverage& coverage);

/// What [patch.crates-io] of a manifest declares for the patch's crate: of several entries (cargo takes one for each
/// version) the one that stands best.
std::optional<DeclaredPatch> declared_in(const CargoManifest& manifest, const model::CoveredOperation& operation,
                                         const model::ZkvmPatch& patch, const model::PatchCoverage& coverage);

/// Where Cargo.lock takes a package from, written as a [patch] entry: address and pin of `git+URL?tag=TAG#COMMIT`
/// (cargo escapes the pin since version 4 of Cargo.lock), and nothing of both for a package of a registry or of the
/// tree.
CargoPatch entry_of(const LockedPackage& package);

/// Whether cargo took the package from what the entry declares, with the entry's pin.
bool is_from(const LockedPackage& package, const CargoPatch& entry);

/// The patch that Cargo.lock takes the crate from, with its pin, however cargo was told to: all packages of the crate
/// come from the patch's address. With several pins the one that stands worst.
std::optional<DeclaredPatch> taken_in(const CargoLock& lock, const model::CoveredOperation& operation,
                                      const model::ZkvmPatch& patch, const model::PatchCoverage& coverage);

/// `https://github.com/x/y` of `git+https://github.com/x/y.git?tag=v1#0123` and of `ssh://git@github.com/x/y`.
std::string address_of(std::string_view source);

/// Whether two git addresses are the same; GitHub's know no capitals.
bool same_address(std::string_view left, std::string_view right);

}  // namespace cyclegate::doctor
