#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "differential/program.h"

namespace cyclegate::differential {

/// Where the two executors disagree about a program.
struct Difference {
  Program program;
  std::string what;      ///< register, result, address or outcome, with both values
  bool outcome = false;  ///< the embedded executor failed where the reference ended well
};

/// Runs the program on both, on the embedded executor with every instrumentation, and compares the outcome, the data
/// segment with the final registers in it, and the step counts among the instrumentations. `path`, when given, receives
/// what the reference executed. Throws std::runtime_error when the reference itself could not run the program.
std::optional<Difference> compare(const Program& program, const std::filesystem::path& directory,
                                  std::vector<std::uint64_t>* path = nullptr);

/// How a smaller program is compared again; nothing when it shows no difference or cannot be run.
using Again = std::function<std::optional<Difference>(const Program&)>;

/// The same program with as many instructions as possible replaced by nops (so that all addresses stay) while the
/// executors still disagree in the same manner.
Difference shrink(const Difference& difference, const std::filesystem::path& directory);
/// The same for another reference.
Difference shrink(const Difference& difference, const Again& again);

/// Seed, the remaining instructions with words and disassembly, and the difference.
std::string describe(const Difference& difference);

}  // namespace cyclegate::differential
