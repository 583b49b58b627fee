#pragma once

#include <optional>
#include <string>

#include "baseline/baseline.h"
#include "git/repository.h"
#include "measure/result_store.h"

namespace cyclegate::app {

/// The baselines of a commit; those that base's tree has are base's word. Damaged ones count as none, with a warning,
/// so that a change which repairs them can pass.
baseline::Baseline baselines_of(const git::Repository& repository, const git::Commit& commit);

/// Lets measure take stored results instead of running base.
class BaselineStore final : public measure::ResultStore {
 public:
  explicit BaselineStore(baseline::Baseline baseline);
  std::optional<model::CellRun> lookup(const model::CellId& cell, const std::string& reuse_key) override;

 private:
  baseline::Baseline baseline_;
  baseline::ReuseIndex index_;
};

/// What is pinned in a commit as a RunSet, against which compare holds the drift budget; nullopt when nothing is
/// pinned.
std::optional<model::RunSet> pinned_run_set(const git::Repository& repository, const git::Commit& commit);

}  // namespace cyclegate::app
