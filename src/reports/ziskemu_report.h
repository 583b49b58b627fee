#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/execution.h"
#include "model/warning.h"
#include "reports/number.h"

namespace cyclegate::reports {

/// The parts of a ziskemu report. `--save-stats` (CSV) and `-X` (text) print the same parts under different words.
enum class Section {
  cost_distribution,     ///< MAIN, OPCODES, PRECOMPILES, MEMORY, VARIABLE, BASE, TOTAL
  usage,                 ///< FROPS, ROM USAGE, RAM USAGE
  rom_regions,           ///< steps per region of the ROM
  memory_types,          ///< cost per zone and alignment
  memory_details,        ///< cost per zone, width, alignment and direction
  memory_totals,         ///< the sums under memory_details
  memory_offsets,        ///< accesses per offset in an 8-byte word
  opcodes,               ///< base opcodes
  opcode_breakdown,      ///< price classes of one opcode (`--opcode-breakdown`)
  precompiles,           ///< precompiled opcodes
  frops,                 ///< frequent operations: cost avoided
  patterns,              ///< operand patterns (`--pattern-analysis`)
  register_distances,    ///< steps between uses of a register
  duplicate_paths,       ///< call paths of repeated precompile calls (`--duplicates-detail`)
  duplicates,            ///< precompile calls with equal operands (`--duplicates`)
  opcode_coverage,       ///< OPS_COVERAGE
  instruction_coverage,  ///< RISC-V INSTRUCTION COVERAGE
  step_functions,        ///< TOP STEP FUNCTIONS, inclusive
  cost_functions,        ///< TOP COST FUNCTIONS, inclusive
  memory_functions,      ///< TOP MEMORY COST FUNCTIONS
  unaligned_functions,   ///< TOP UNALIGNED MEMORY FUNCTIONS
  unaligned_ratios,      ///< TOP UNALIGNED/STEP RATIO FUNCTIONS
  histogram,             ///< TOP PC HISTOGRAM
  detail_steps,          ///< of one function (`-D`)
  detail_cost,           ///< of one function
  detail_opcodes,        ///< of one function
  detail_memory,         ///< of one function (`-D` with `--mem-stats`)
  detail_callers,        ///< of one function
  tag_steps,             ///< PROFILE TAGS STEPS
  tag_costs,             ///< PROFILE TAGS COST
};

/// One line of a table: a name and the numbers beside it.
struct Row {
  std::string name;
  Values values;
  std::string text;        ///< words behind the numbers: a list of opcodes, a call path
  std::uint64_t line = 0;  ///< where it stood, from 1

  bool operator==(const Row&) const = default;
};

/// One table of a report, as it was printed.
struct Table {
  Section section = Section::cost_distribution;
  std::string title;                 ///< the report's own words, e.g. `COST BY BASE OPCODE`
  std::string subject;               ///< detail_*: the function; opcode_breakdown: the opcode
  std::vector<std::string> columns;  ///< the words above the values, without the name's; as many as values at most
  std::vector<Row> rows;
  std::uint64_t line = 0;  ///< of the title

  /// The row of that name, or nullptr.
  const Row* find(std::string_view name) const;
  bool operator==(const Table&) const = default;
};

/// Whether this table of opcodes has the precompiles as well: up to v0.18 there is one, COST BY OPCODE.
bool has_precompiles(const Table& opcodes);

/// How the report was printed.
enum class Layout {
  csv,     ///< `--save-stats FILE`
  text,    ///< `-X`
  totals,  ///< `-X -x`: seven totals, one a line
};

/// What ziskemu reports about one run.
struct ZiskemuReport {
  Layout layout = Layout::text;
  std::optional<std::uint64_t> cost_version;  ///< from 1.4.0-alpha on
  std::uint64_t steps = 0;
  std::vector<Table> tables;  ///< in the order printed
  std::vector<model::Warning> warnings;

  /// The first table of that section, or nullptr.
  const Table* find(Section section) const;
  /// A number of the cost distribution or of the usage table (`MAIN`, ..., `TOTAL`, `FROPS`).
  std::optional<std::uint64_t> cost(std::string_view name) const;
  bool operator==(const ZiskemuReport&) const = default;
};

/// Limits on what a report may hold; a guest chooses the names in it. Beyond them it is refused.
inline constexpr std::size_t max_report_line_bytes = std::size_t{64} * 1024;
inline constexpr std::size_t max_report_rows = 200'000;

/// Checks the sums every report holds to: VARIABLE is the sum of its parts, TOTAL = VARIABLE + BASE, and the opcode,
/// precompile and FROPS tables (where they are there) sum up to their totals. Returns what is wrong, with the line.
std::optional<std::string> check_sums(const ZiskemuReport& report);

/// What a report that was printed as text has always and this one has not, so that it is truncated; a sentence's end.
/// nullopt when nothing is missed: a cut between the last tables cannot be seen.
std::optional<std::string> missing_part(const ZiskemuReport& report);

/// The report as an execution of kind `ok`: steps, cost with its rows in the model's order, memory rows as
/// `--mem-full-stats` names them (else `--mem-stats`). A report without a distribution gives no cost. Output, console
/// and functions stay empty: the function tables are inclusive and leave recursive functions out.
model::Execution to_execution(const ZiskemuReport& report);

}  // namespace cyclegate::reports
