#pragma once

#include <cstddef>
#include <expected>
#include <list>
#include <mutex>
#include <string>

#include "executors/executor.h"
#include "model/outcome.h"
#include "vm/program.h"

namespace cyclegate::executors {

/// Predecoded guests of this process, by artefact identity, so that many inputs decode a guest once. The least recently
/// used are dropped. Thread-safe.
class ProgramCache {
 public:
  /// Programs are priced by that cost model. With `debug_information` they know of inlined functions, which takes
  /// longer to read, and an artefact is known by its file's bytes always.
  explicit ProgramCache(vm::CostModel cost_model, std::size_t capacity = 16, bool debug_information = false);

  /// The guest, or why the machine does not accept it (kind `rejected`). An artefact without an identity is known by
  /// its file's bytes. Throws model::Error when the file cannot be read.
  std::expected<vm::Program, model::Outcome> get(const ArtifactFile& artifact);

  /// How many guests were decoded so far.
  std::size_t loads() const;

 private:
  struct Entry {
    std::string key;
    std::expected<vm::Program, model::Outcome> program;
  };

  vm::CostModel cost_model_;
  std::size_t capacity_;
  bool debug_information_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  ///< most recently used first
  std::size_t loads_ = 0;
};

}  // namespace cyclegate::executors
