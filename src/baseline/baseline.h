#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/run_set.h"
#include "model/warning.h"

namespace cyclegate::baseline {

/// One pinned result: exact metrics only, which hold on any machine.
struct PinnedCell {
  std::string input;                           ///< name
  std::string executor;                        ///< name
  model::Comparability comparability;          ///< machine and session stay empty
  std::string artifact;                        ///< identity of what ran
  std::string reuse_key;                       ///< sha256
  std::string output_sha256;                   ///< of the public output
  std::map<std::string, std::uint64_t> exact;  ///< metric to value

  bool operator==(const PinnedCell&) const = default;
};

/// What is pinned of one guest; one file.
struct GuestBaseline {
  std::string guest;
  std::vector<PinnedCell> cells;  ///< by input, then executor

  bool operator==(const GuestBaseline&) const = default;
};

/// The stored results of a repository, `baselines/`.
struct Baseline {
  std::map<std::string, GuestBaseline> guests;  ///< by name
  std::vector<model::Warning> warnings;         ///< of reading, e.g. `unknown-field`

  bool operator==(const Baseline&) const = default;
};

/// The pinned cell, or nullptr.
const PinnedCell* find_cell(const Baseline& baseline, const model::CellId& cell);

/// What pinning a RunSet gives.
struct Pinned {
  Baseline baseline;
  std::vector<model::Warning> warnings;  ///< cells that could not be pinned, and why: `not-pinned`, `dirty`
};

/// Pins every cell of `set` that succeeded with equal exact values in all repetitions. What `existing` has stays where
/// the set says nothing about it: other guests, and executors that did not run, as long as the guest has the input.
Pinned pin(const model::RunSet& set, const Baseline& existing);

/// Finds stored results by their reuse key, so that an execution that is known need not be repeated.
class ReuseIndex {
 public:
  /// `baseline` must outlive the index.
  explicit ReuseIndex(const Baseline& baseline);
  /// The result as a run that nothing was executed for (`reused`); nullopt when it is not stored.
  std::optional<model::CellRun> lookup(const std::string& reuse_key) const;

 private:
  struct Place {
    const GuestBaseline* guest;
    const PinnedCell* cell;
  };
  std::unordered_map<std::string, Place> places_;
};

}  // namespace cyclegate::baseline
