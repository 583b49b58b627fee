#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "model/execution.h"

namespace cyclegate::test {

/// tests/fixtures/ziskemu.
std::filesystem::path captures();
/// The bytes of a file there.
std::vector<std::uint8_t> capture_bytes(const std::string& name);

/// What ziskemu reported for one run.
struct Capture {
  std::uint64_t steps = 0;
  model::Cost cost;
  std::uint64_t variable = 0;
  std::uint64_t total = 0;
  std::vector<model::CostRow> opcodes;
  std::vector<model::CostRow> precompiles;
  std::vector<model::CostRow> frops;
  std::vector<model::CostRow> memory;
};

/// Reads a file of `--save-stats` (all sections).
Capture read_stats(const std::string& name);
/// Reads what `-X` printed (no memory rows).
Capture read_report(const std::string& name);

/// One row of runs.tsv.
struct CapturedRun {
  std::string name;
  int status = 0;
  std::string elf;    ///< file below captures(), from -e
  std::string input;  ///< same, from -i; empty when there is none
};
std::vector<CapturedRun> captured_runs();

}  // namespace cyclegate::test
