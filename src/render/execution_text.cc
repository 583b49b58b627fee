#include "render/execution_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/function_figures.h"
#include "render/function_name.h"
#include "render/numbers.h"
#include "render/safe_text.h"

namespace cyclegate::render {
namespace {

void append_number(std::string& text, std::string_view label, std::uint64_t number, const std::string& note = "") {
  text += fmt::format("  {:<20} {:>18}{}\n", label, thousands(number), note.empty() ? "" : "  " + note);
}

void append_rows(std::string& text, std::string_view title, const std::vector<model::CostRow>& rows,
                 std::uint64_t whole, std::size_t top) {
  if (rows.empty()) return;
  // Executors that only count have no cost to show.
  const bool costs = std::ranges::any_of(rows, [](const model::CostRow& row) { return row.cost != 0; });
  text += costs ? fmt::format("\n{:<50} {:>14} {:>18} {:>9}\n", title, "count", "cost", "of cost")
                : fmt::format("\n{:<50} {:>14}\n", title, "count");
  for (std::size_t index = 0; index < std::min(top, rows.size()); ++index) {
    const model::CostRow& row = rows[index];
    if (!costs) {
      text += fmt::format("  {:<48} {:>14}\n", shorten_function(row.name, 48), thousands(row.count));
      continue;
    }
    text += fmt::format("  {:<48} {:>14} {:>18} {:>9}\n", shorten_function(row.name, 48), thousands(row.count),
                        thousands(row.cost), share(row.cost, whole));
  }
  if (rows.size() > top) text += fmt::format("  {} more\n", counted(rows.size() - top, "row"));
}

/// Functions by cost where the executor tells it, else by steps.
void append_functions(std::string& text, const model::Execution& execution, std::size_t top) {
  if (execution.functions.empty()) return;
  const auto& functions = execution.functions;
  const bool costs = model::has_cost(functions);
  const model::FunctionFigures figures(functions, costs);
  const auto text_of = [](std::optional<std::uint64_t> figure) { return figure ? thousands(*figure) : ""; };
  std::uint64_t whole = costs && execution.cost ? execution.cost->variable() : 0;
  if (whole == 0) {
    for (const auto& function : functions) whole += figures.self(function);
  }
  const std::string_view unit = costs ? "cost" : "steps";
  text += fmt::format("\n{:<50} {:>14} {:>18} {:>9} {:>18}\n", "functions", "calls", fmt::format("{} itself", unit),
                      fmt::format("of {}", unit), "with callees");
  for (std::size_t index = 0; index < std::min(top, functions.size()); ++index) {
    const model::FunctionCost& function = functions[index];
    std::string line = fmt::format("  {:<48} {:>14} {:>18} {:>9} {:>18}", shorten_function(function.name, 48),
                                   text_of(figures.calls(function)), thousands(figures.self(function)),
                                   share(figures.self(function), whole), text_of(figures.total(function)));
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  if (functions.size() > top) text += fmt::format("  {} more\n", counted(functions.size() - top, "function"));
}

}  // namespace

std::string execution_text(const model::Execution& execution, std::string_view output_sha256, std::size_t top) {
  std::string text = clean(model::describe(execution.outcome), 500) + "\n";
  if (execution.steps != 0) append_number(text, "steps", execution.steps);  // else it is not known
  const std::uint64_t variable = execution.cost ? execution.cost->variable() : 0;
  if (execution.cost) {
    const model::CostParts& parts = execution.cost->parts;
    append_number(text, "cost", variable, "without the executor's fixed base; this decides");
    append_number(text, "  main", parts.main, share(parts.main, variable));
    append_number(text, "  opcodes", parts.opcodes, share(parts.opcodes, variable));
    append_number(text, "  precompiles", parts.precompiles, share(parts.precompiles, variable));
    append_number(text, "  memory", parts.memory, share(parts.memory, variable));
    append_number(text, "cost_total", execution.cost->total());
    append_number(text, "frops (avoided)", execution.cost->frops);
  }
  if (execution.misaligned_accesses) append_number(text, "misaligned accesses", *execution.misaligned_accesses);
  for (const auto& [name, value] : execution.metrics) append_number(text, clean(name), value);
  if (!output_sha256.empty()) text += fmt::format("  output sha256        {}\n", output_sha256);
  append_functions(text, execution, top);
  append_rows(text, "opcodes", execution.opcodes, variable, top);
  append_rows(text, "precompiles", execution.precompiles, variable, top);
  append_rows(text, "memory classes", execution.memory, variable, top);
  for (const model::Warning& warning : execution.warnings)
    text += fmt::format("\nwarning: {}\n", clean(warning.message, 500));
  if (!execution.console.empty()) text += "\nThe guest printed:\n" + clean_lines(execution.console, 40, 200) + "\n";
  return text;
}

}  // namespace cyclegate::render
