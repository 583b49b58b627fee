#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "differential/comparison.h"
#include "differential/program.h"

namespace cyclegate::differential {

/// The ziskemu to compare with.
struct Ziskemu {
  std::string path;     ///< empty when there is none
  std::string version;  ///< its version line, or why there is none
};

/// The one that executors::find_executor_program finds, if it is 1.4.0-alpha.
Ziskemu find_ziskemu();

/// Every row of a report with its count and cost, by section and name.
using Rows = std::map<std::string, std::string>;

/// Runs the program on ziskemu and on the embedded executor and compares the way it ends, STEPS, every COST, opcode,
/// precompile, FROPS and memory row, and the output. A program that ziskemu panics on only has to trap. `rows`, when
/// given, receives what ziskemu reported.
std::optional<Difference> compare_with_ziskemu(const Ziskemu& tool, const Program& program,
                                               const std::filesystem::path& directory, Rows* rows = nullptr);

}  // namespace cyclegate::differential
