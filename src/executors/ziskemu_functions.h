#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "elf/image.h"
#include "model/execution.h"

namespace cyclegate::executors {

/// What `ziskemu -X -S --disasm FILE` counts, by function.
struct ListedSteps {
  /// Demangled name to the steps of its own instructions; `[no symbol]` for code of the guest outside all functions,
  /// `[zisk bios]` for the machine's. An instruction that ZisK expands into several steps has all of them;
  /// `[zisk expansions]` has those of which it cannot be told (a guest that is not for ZisK 1.4.0-alpha).
  std::map<std::string, std::uint64_t> self;
  std::uint64_t steps = 0;  ///< of all instructions
  std::uint64_t jumps = 0;  ///< executed jal and jalr: calls and returns together, and plain jumps
};

/// Reads such a listing: lines `  ADDRESS:  COUNT  ...` between labels. The image says which function an address is of
/// (the longest symbol that starts last at or before it), as the embedded executor does. The error is a sentence.
std::expected<ListedSteps, std::string> read_listing(std::string_view text, const elf::Image& image);

/// What one function took by ziskemu's own call stack.
struct ProfiledFunction {
  std::uint64_t calls = 0;
  std::uint64_t self = 0;   ///< cost
  std::uint64_t total = 0;  ///< cost with callees, recursion counted once

  bool operator==(const ProfiledFunction&) const = default;
};

/// Reads the profile that `ziskemu -X -S --profiler-output FILE` writes (Firefox's processed format; weights are cost
/// in thousands, one sample per stretch between calls and returns). By name, as ziskemu demangles it. The profile ends
/// with the last call or return: what follows is in none of its samples. A function that was jumped to (a tail call) is
/// part of the one that jumped. The error is a sentence; it is one as well when ziskemu left several functions at once:
/// its stack was not the guest's then.
std::expected<std::map<std::string, ProfiledFunction>, std::string> read_profile(std::string_view text);

/// The call tree of such a profile, with one column, `cost`, that sums to `variable`, the run's cost: what the samples
/// leave out is `[zisk bios]`'s, as in function_rows. Recursion is there; inlined functions, steps and the parts of
/// cost are not. The error is a sentence.
std::expected<model::Profile, std::string> read_call_tree(std::string_view text, std::uint64_t variable);

/// The model's rows, falling total cost, then falling own steps, then name. `variable` is the run's cost; what no
/// function took of it and of the steps is `[zisk bios]`'s, the end of the outermost function included, which the
/// profile leaves out. Without a profile the rows have steps only. Steps with callees are not known. Empty when the
/// profile has more cost than the run.
std::vector<model::FunctionCost> function_rows(const ListedSteps& listed,
                                               const std::map<std::string, ProfiledFunction>* profile,
                                               std::uint64_t variable);

/// The functions whose cost stands with others that jumped to them: each step costs `cost_of_step` at least, and they
/// have less. The one with most steps and how many more; nothing when there is none.
std::optional<std::string> jumped_to(const std::vector<model::FunctionCost>& rows, std::uint64_t cost_of_step);

}  // namespace cyclegate::executors
