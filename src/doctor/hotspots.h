#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/execution.h"
#include "model/profile.h"
#include "model/wide.h"

namespace cyclegate::doctor {

/// A function and what it took.
struct HotFunction {
  std::string name;
  model::Wide self = 0;     ///< without callees; equal to `total` where a list does not tell them apart
  model::Wide total = 0;    ///< with callees, recursion counted once; `self` where Hotspots::totals_known is false
  std::uint64_t calls = 0;  ///< 0 where unknown
  bool whole = true;        ///< false: something that it called is left out, or may be (excluding)

  bool operator==(const HotFunction&) const = default;
};

/// Where a run's cost went: what the doctor looks at.
struct Hotspots {
  std::string origin;                    ///< guest and input, or the file
  std::string ran_on;                    ///< the executor and its zkVM, `embedded (ZisK)`; empty: not known
  std::string unit;                      ///< `cost`, `steps`, ..., or the column where it is a part: `cost:memory`
  model::Wide sum = 0;                   ///< of the whole run; of a list with percentages what they are of
  bool complete = false;                 ///< every function is there; false: a list of the dearest
  bool totals_known = true;              ///< false: nobody told what functions took with callees
  std::vector<HotFunction> functions;    ///< falling total, then name
  std::vector<std::string> precompiles;  ///< names of the precompiles that were used
  bool precompiles_known = false;        ///< an executor told; false: there may be others
  std::optional<std::uint64_t> misaligned_accesses;
  std::optional<std::uint64_t> steps;
  std::optional<model::Profile> tree;  ///< where call chains are known
  std::size_t column = 0;              ///< of `tree`
};

/// Falling total, then name.
void sort_by_total(std::vector<HotFunction>& functions);

/// Of a call tree. Throws model::Error (usage) for a column that is not there; empty: the first.
Hotspots hotspots_of(model::Profile profile, std::string_view column);

/// Of a run: its call tree where it has one, else its functions, by cost where they have it, else by steps. Precompiles
/// and misaligned accesses come from it.
Hotspots hotspots_of(const model::Execution& execution, std::string_view origin);

/// Of lines `1,234,567  15.2%  NAME`, as ziskemu's function tables print them (columns of numbers between percentage
/// and name are passed over); other lines say nothing. Where there is a table TOP COST FUNCTIONS, only it counts.
/// Throws model::Error (configuration) when there is no such line, or none with a percentage above 0: then nothing
/// tells what the percentages are of.
Hotspots hotspots_from_text(std::string_view text, std::string_view origin);

/// Whether a text is such a list: it has one of ziskemu's tables of functions, or its first line is such a line.
bool is_function_list(std::string_view text);

/// What functions for which `wanted` is true took with their callees, each call chain counted once. Without call
/// chains: the larger of the sum of their own and of the largest one with its callees, which is at least so much.
model::Wide cost_of(const Hotspots& hotspots, const std::function<bool(std::string_view name)>& wanted);

/// Without the function whose name is `frame`, or where there is none those that have it as a sign
/// (doctor/function_sign.h), and, where call
/// chains are known, without what they called. The sum is that of the rest; precompiles, misaligned accesses and steps
/// stay those of the whole run. Throws model::Error (usage) for a frame
/// that no function fits: an answer without it would be that of the whole run.
Hotspots excluding(const Hotspots& hotspots, const std::vector<std::string>& frames);

}  // namespace cyclegate::doctor
