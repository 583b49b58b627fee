#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/cost_split.h"
#include "model/outcome.h"
#include "model/profile.h"
#include "model/warning.h"

namespace cyclegate::model {

/// Cost in the cost model's own unit, split as ZisK's report splits it. Their sum is the VARIABLE cost.
struct CostParts {
  std::uint64_t main = 0;
  std::uint64_t opcodes = 0;
  std::uint64_t precompiles = 0;
  std::uint64_t memory = 0;

  std::uint64_t sum() const { return main + opcodes + precompiles + memory; }
  CostParts& operator+=(const CostParts& other);
  bool operator==(const CostParts&) const = default;
};

/// The cost of one execution. TOTAL = BASE + VARIABLE; FROPS is the cost that frequent operations avoided and is part
/// of neither.
struct Cost {
  CostParts parts;
  std::uint64_t base = 0;
  std::uint64_t frops = 0;

  std::uint64_t variable() const { return parts.sum(); }
  std::uint64_t total() const { return base + parts.sum(); }
  bool operator==(const Cost&) const = default;
};

/// One row of a cost table: an opcode, a precompile, a FROPS row or a memory class.
struct CostRow {
  std::string name;
  std::uint64_t count = 0;
  std::uint64_t cost = 0;

  bool operator==(const CostRow&) const = default;
};

/// What one function took. `*_self` leaves callees out, `*_total` includes them (recursion counted once).
struct FunctionCost {
  std::string name;         ///< demangled
  std::uint64_t calls = 0;  ///< 0: not known, see FunctionFigures
  std::uint64_t steps_self = 0;
  std::uint64_t steps_total = 0;  ///< 0: not known
  CostParts self;
  CostParts total;
  std::uint64_t unsplit_self = 0;   ///< cost that the executor does not split into parts; `self` is then 0
  std::uint64_t unsplit_total = 0;  ///< likewise
  CostSplit split;                  ///< `self` without `main` by kind, see function_kinds; empty where not known

  std::uint64_t cost_self() const { return self.sum() + unsplit_self; }
  std::uint64_t cost_total() const { return total.sum() + unsplit_total; }
  bool operator==(const FunctionCost&) const = default;
};

/// Whether every function's split adds up to its opcodes, precompiles and memory: the kinds of the first are named
/// `opcode:...`, and so on. False where there are no kinds.
bool splits_add_up(std::span<const FunctionCost> functions, const CostKinds& kinds);

/// How much an execution is asked to observe, so that a timed run is never an instrumented one.
enum class Detail {
  totals,     ///< outcome, steps, output: as fast as the executor goes
  cost,       ///< and cost with all its rows
  functions,  ///< and per-function steps and cost
  profile,    ///< and the call tree
};

/// What one execution on one executor gave.
struct Execution {
  Outcome outcome;
  std::uint64_t steps = 0;              ///< 0: not known, or nothing ran
  std::optional<Cost> cost;             ///< from Detail::cost on, where the executor has a cost model
  std::vector<CostRow> opcodes;         ///< falling cost, then falling count, then name
  std::vector<CostRow> precompiles;     ///< same order
  std::vector<CostRow> frops;           ///< same order; cost avoided
  std::vector<CostRow> memory;          ///< memory classes in the executor's order
  std::vector<FunctionCost> functions;  ///< falling total cost, then name; from Detail::functions on
  CostKinds function_kinds;             ///< what FunctionCost::split counts
  std::vector<std::uint8_t> output;     ///< public output; empty when the guest failed
  std::string console;                  ///< what the guest printed, capped
  /// Loads and stores not aligned to their width (zkVM standards, Zicclsm); absent when the executor does not count
  /// them.
  std::optional<std::uint64_t> misaligned_accesses;
  /// Exact metrics that this executor has beyond those of the fields above, e.g. `gas`, `user_cycles`: name to value.
  std::map<std::string, std::uint64_t> metrics;
  std::vector<Warning> warnings;

  std::optional<Profile> profile;  ///< Detail::profile only, where the executor can tell; not in RunSets

  bool operator==(const Execution&) const = default;
};

}  // namespace cyclegate::model
