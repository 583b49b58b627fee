#pragma once

#include "doctor/cargo.h"
#include "doctor/checklist.h"
#include "model/patch_coverage.h"

namespace cyclegate::doctor {

/// The item `feature-flag`: whether the zkVM's flag reaches every crate of the tree on the shortest way from the guest
/// to the patched crate or, where that is not in Cargo.lock, to one that does the operation's work.
Check feature_flag(const model::CoveredOperation& operation, const model::ZkvmPatch& patch,
                   const model::ZkvmCoverage& zkvm, const CargoFiles& files);

}  // namespace cyclegate::doctor
