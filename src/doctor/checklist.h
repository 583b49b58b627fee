#pragma once

#include <string>
#include <vector>

#include "doctor/cargo.h"
#include "model/patch_coverage.h"

namespace cyclegate::doctor {

/// What came of one check.
enum class CheckState {
  right,
  wrong,
  not_checked,    ///< needs a network, or a file that is not there
  not_applicable  ///< there is nothing to check
};

/// `ok`, `wrong`, `not checked`, `does not apply`.
std::string_view to_string(CheckState state);

/// One item of the checklist.
struct Check {
  std::string name;  ///< stable: `patch-declared`, `tag-exists`, `crate-version`, `sdk-version`, `other-sources`,
                     ///< `feature-flag`
  CheckState state = CheckState::not_checked;
  std::string text;  ///< what was found and, unless it is right, what to do

  bool operator==(const Check&) const = default;
};

/// The checklist for one patch, item by item: declared under [patch.crates-io]; its tag exists; the crate's version is
/// the patch's; the zkVM's SDK fits; [patch."https://..."] for crates from other sources; the feature flag reaches
/// every crate on the way from the guest. What needs a network or a file that is missing says so, and so does what
/// would be a claim about a patch or a tag that the coverage data does not have. `zkvm` is the one that `patch` is for.
std::vector<Check> check_patch(const model::CoveredOperation& operation, const model::ZkvmPatch& patch,
                               const model::ZkvmCoverage& zkvm, const model::PatchCoverage& coverage,
                               const CargoFiles& files);

/// Whether Cargo.lock takes the patch's crate from the patch.
bool is_patched(const model::ZkvmPatch& patch, const CargoFiles& files);

}  // namespace cyclegate::doctor
