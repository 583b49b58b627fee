#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "executors/guest_run.h"
#include "model/execution.h"
#include "model/profile.h"

namespace cyclegate::executors {

/// The name of what lies in no function.
inline constexpr std::string_view no_symbol = "[no symbol]";

/// A function of a guest by its addresses.
struct FunctionRange {
  std::uint64_t start = 0;
  std::uint64_t end = 0;  ///< not included
  std::string name;       ///< demangled

  bool operator==(const FunctionRange&) const = default;
};

/// The functions of an ELF as the embedded executor sees them (of symbols that begin at one address the longest; one
/// without a size reaches up to the next), ascending and disjoint. The error says why the file cannot be read.
std::expected<std::vector<FunctionRange>, std::string> function_ranges(std::span<const std::uint8_t> elf_file);

/// What a runner's `--functions` reads: one `START END` line in hexadecimal for each.
std::string ranges_text(std::span<const FunctionRange> ranges);

/// Functions of a call tree, falling total cost, then falling total steps, then name. `steps` is a node's weights
/// together; with `as_cost`, the first column is CostParts::main and the second CostParts::memory. Recursion counts
/// once in the totals.
std::vector<model::FunctionCost> function_costs(const CallTree& tree, std::span<const FunctionRange> ranges,
                                                bool as_cost);

/// The call tree as a profile; functions of equal name are one frame. Its first column is `name`, the sum of the tree's
/// columns, and where those are several, one part `NAME:COLUMN` for each of them follows.
model::Profile call_tree_profile(const CallTree& tree, std::span<const FunctionRange> ranges, std::string_view name,
                                 std::string_view unit);

}  // namespace cyclegate::executors
