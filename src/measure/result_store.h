#pragma once

#include <optional>
#include <string>

#include "model/run_set.h"

namespace cyclegate::measure {

/// Results of earlier sessions that may stand in for a run, such as the baselines in the base's tree.
class ResultStore {
 public:
  ResultStore() = default;
  ResultStore(const ResultStore&) = delete;
  ResultStore& operator=(const ResultStore&) = delete;
  virtual ~ResultStore() = default;

  /// The stored run of that cell with that reuse key, if there is one.
  virtual std::optional<model::CellRun> lookup(const model::CellId& cell, const std::string& reuse_key) = 0;
};

}  // namespace cyclegate::measure
