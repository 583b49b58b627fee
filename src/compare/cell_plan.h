#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/run_set.h"

namespace cyclegate::compare {

/// What both sides say of one guest.
struct GuestPair {
  std::string name;
  const model::GuestInfo* base = nullptr;
  const model::GuestInfo* head = nullptr;
  std::vector<const model::Artifact*> base_artifacts;  ///< by build
  std::vector<const model::Artifact*> head_artifacts;  ///< by build
  bool same_artifacts = false;  ///< every build gave the same artefact on both sides, and there is one
};

/// One cell that either side declares, or has a run of.
struct PlannedCell {
  model::CellId cell;
  const GuestPair* guest = nullptr;
  bool in_base = false;
  bool in_head = false;
  const model::CellRun* base = nullptr;
  const model::CellRun* head = nullptr;
  /// Some executor's runs of the same two artefacts on this input gave an output on both sides.
  bool output_checked = false;
  std::uint64_t weight = 1;  ///< base's where base has the input (weights are rules), else head's; 1 to 1,000,000
};

/// All cells of both sides. Holds pointers into the run sets, which must outlive it.
struct CellPlan {
  std::map<std::string, GuestPair> guests;
  std::vector<PlannedCell> cells;  ///< by cell
};

CellPlan plan_cells(const model::RunSet& base, const model::RunSet& head);

}  // namespace cyclegate::compare
