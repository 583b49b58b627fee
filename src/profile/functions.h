#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "model/execution.h"
#include "model/profile.h"
#include "model/wide.h"

namespace cyclegate::profile {

/// What one function took in one execution, or in several together.
struct FunctionWeights {
  model::Wide self = 0;
  model::Wide total = 0;  ///< with callees; recursion counted once
  model::Wide calls = 0;
  std::map<std::string, model::Wide> parts;  ///< of self; none that is 0
  std::set<std::string> callers;             ///< names
  std::set<std::string> callees;             ///< names

  bool operator==(const FunctionWeights&) const = default;
};

/// All functions of an execution by name. Functions of the same name are one.
struct Functions {
  std::map<std::string, FunctionWeights> by_name;
  bool have_callers = false;  ///< callers and callees are known
  bool have_parts = false;    ///< what self is made of is known, of every function
  bool have_calls = false;    ///< calls are known
  bool have_totals = false;   ///< what functions took with callees is known
  model::Wide sum = 0;        ///< of self

  /// With callees; 0 without a function, nullopt where not known.
  std::optional<model::Wide> total_of(const FunctionWeights* function) const;
  /// Likewise; that something ran without having been entered is not known either.
  std::optional<model::Wide> calls_of(const FunctionWeights* function) const;

  /// Adds those of another execution, `weight` times.
  void add(const Functions& other, std::uint64_t weight);
};

/// What each function took with its callees, recursion counted once. `function_of` numbers the function of every frame,
/// from 0 below `count`. Linear in the size of the tree, however deep it is.
std::vector<model::Wide> inclusive_by_function(const model::Profile& profile, std::size_t column,
                                               std::span<const std::size_t> function_of, std::size_t count);

/// The functions of a call tree by one of its columns; its parts are the columns that model::Profile says. Inlined
/// frames are functions like others.
Functions functions_of(const model::Profile& profile, std::size_t column);

/// The functions of a run, which has no call tree. Where `by_cost`, the parts are `main` and either those of `kinds`
/// or, without any, `opcodes`, `precompiles`, `memory`; and `unsplit` where the executor does not split. Else steps are
/// counted, which have no parts. Where there are kinds, model::splits_add_up must hold.
/// Throws model::Error{configuration} where a name stands twice.
Functions functions_of(std::span<const model::FunctionCost> rows, bool by_cost, const model::CostKinds& kinds = {});

}  // namespace cyclegate::profile
