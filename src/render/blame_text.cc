#include "render/blame_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "render/function_name.h"
#include "render/numbers.h"
#include "render/safe_text.h"
#include "render/text_table.h"

namespace cyclegate::render {
namespace {

using Align = TextTable::Align;
using model::BlameKind;
using model::BlameRow;
using model::Wide;

constexpr std::size_t function_cap = 60;
constexpr std::size_t terminal_parts = 8;  ///< of a whole blame

Paint paint_of(Wide base, Wide head) {
  return head > base ? Paint::bad : head < base ? Paint::good : Paint::plain;
}

Wide size_of_change(const model::BlamePart& part) {
  return part.head > part.base ? part.head - part.base : part.base - part.head;
}

std::string per_call(std::optional<Wide> total, std::optional<Wide> calls) {
  return total && calls && *calls > 0 ? thousands(*total / *calls) : "";
}

/// Which columns stand in the table; the others' figures go into its sentences, so that no number is ever cut.
enum class Columns { all, without_calls, change };

std::string blame_sentence(const BlameRow& row, Columns columns) {
  std::string text = blame_note(row, 4);
  const auto add = [&](std::string_view name, const std::string& figure) {
    if (figure.empty()) return;
    if (!text.empty()) text += "; ";
    text += fmt::format("{} {}", name, figure);
  };
  if (columns == Columns::change) {
    add("self", thousands(row.base_self) + " to " + thousands(row.head_self));
    add("with callees", inclusive_change(row));
  }
  if (columns != Columns::all) {
    add("calls", calls_text(row, " to "));
    add("per call", cost_per_call(row));
  }
  return text;
}

TextTable blame_table(std::span<const BlameRow> rows, Columns columns) {
  std::vector<TextTable::Column> titles = {{"function"}, {"change of self", Align::right}};
  if (columns != Columns::change) {
    titles.insert(titles.end(), {{"base", Align::right}, {"head", Align::right}, {"with callees", Align::right}});
  }
  if (columns == Columns::all) titles.insert(titles.end(), {{"calls", Align::right}, {"per call", Align::right}});
  titles.push_back({"what"});
  TextTable table(std::move(titles));
  for (const BlameRow& row : rows) {
    std::vector<TextTable::Cell> cells = {
        {shorten_function(row.function, function_cap)},
        {signed_change(row.base_self, row.head_self), paint_of(row.base_self, row.head_self)}};
    if (columns != Columns::change) {
      cells.push_back({thousands(row.base_self)});
      cells.push_back({thousands(row.head_self)});
      cells.push_back({inclusive_change(row)});
    }
    if (columns == Columns::all) {
      cells.push_back({calls_text(row, " to ")});
      cells.push_back({cost_per_call(row)});
    }
    cells.push_back({blame_sentence(row, columns)});
    table.add(std::move(cells));
  }
  return table;
}

}  // namespace

std::string functions_text(const std::vector<FunctionLine>& functions, Wide whole, std::string_view unit,
                           std::size_t top, std::size_t width, bool colour) {
  TextTable table({{"function"},
                   {fmt::format("self ({})", clean(unit, 20)), Align::right},
                   {"share", Align::right},
                   {"with callees", Align::right},
                   {"calls", Align::right},
                   {"per call", Align::right},
                   {""}});  // no sentences here
  for (std::size_t index = 0; index < std::min(top, functions.size()); ++index) {
    const FunctionLine& function = functions[index];
    table.add({{shorten_function(function.name, function_cap)},
               {thousands(function.self)},
               {share(function.self, whole)},
               {thousands(function.total)},
               {function.calls ? thousands(*function.calls) : ""},
               {per_call(function.total, function.calls)},
               {""}});
  }
  std::string text = table.render(width, 2, colour);
  if (functions.size() > top) text += fmt::format("  and {}\n", counted(functions.size() - top, "more function"));
  return text;
}

std::string signed_text(model::WideChange change) {
  if (change == 0) return "0";
  const auto bits = static_cast<Wide>(change);
  return change > 0 ? "+" + thousands(bits) : "-" + thousands(~bits + 1);
}

std::string signed_change(Wide base, Wide head) {
  return signed_text(model::change(base, head));
}

std::string blame_note(const BlameRow& row, std::size_t most_parts) {
  if (row.kind == BlameKind::renamed) return "renamed from " + shorten_function(row.base_name, function_cap);
  std::string parts = parts_text(changed_parts(row.parts), most_parts);
  if (row.kind == BlameKind::changed) return parts;
  const std::string kind(model::to_string(row.kind));
  return parts.empty() ? kind : kind + ": " + parts;
}

std::vector<model::BlamePart> changed_parts(std::vector<model::BlamePart> parts) {
  std::erase_if(parts, [](const auto& part) { return part.base == part.head; });
  std::ranges::stable_sort(parts, std::greater(), size_of_change);
  return parts;
}

std::vector<model::BlamePart> changed_parts(const model::Blame& blame) {
  std::map<std::string_view, model::BlamePart> sums;
  for (const BlameRow& row : blame.rows) {
    for (const model::BlamePart& part : row.parts) {
      model::BlamePart& sum = sums[part.name];
      sum.name = part.name;
      sum.base += part.base;
      sum.head += part.head;
    }
  }
  std::vector<model::BlamePart> parts;
  parts.reserve(sums.size());
  for (auto& [name, sum] : sums) parts.push_back(std::move(sum));
  return changed_parts(std::move(parts));
}

std::string parts_text(const std::vector<model::BlamePart>& parts, std::size_t most) {
  // One left over is said as shortly as counted.
  const std::size_t shown = parts.size() == most + 1 ? parts.size() : std::min(parts.size(), most);
  std::string text;
  for (std::size_t index = 0; index < shown; ++index) {
    if (index > 0) text += ", ";
    text += clean(parts[index].name, 40) + " " + signed_change(parts[index].base, parts[index].head);
  }
  if (shown < parts.size()) {
    model::WideChange rest = 0;
    for (std::size_t index = shown; index < parts.size(); ++index) {
      rest += model::change(parts[index].base, parts[index].head);
    }
    text += fmt::format(", {} more {}", parts.size() - shown, signed_text(rest));
  }
  return text;
}

std::string inclusive_change(const BlameRow& row) {
  if (!row.base_total || !row.head_total) return "";
  return signed_change(*row.base_total, *row.head_total);
}

std::string calls_text(const BlameRow& row, std::string_view between) {
  if (!row.base_calls || !row.head_calls) return "";
  const std::string head = thousands(*row.head_calls);
  return row.base_calls == row.head_calls ? head : fmt::format("{}{}{}", thousands(*row.base_calls), between, head);
}

std::string cost_per_call(const BlameRow& row) {
  const std::string before = per_call(row.base_total, row.base_calls);
  const std::string after = per_call(row.head_total, row.head_calls);
  if (!before.empty() && !after.empty() && before != after) return before + " to " + after;
  return after.empty() ? before : after;
}

std::string blame_place(const model::Blame& blame) {
  std::string place;
  if (blame.guest.empty()) {
    place = blame.executor.empty() ? "base to head" : "all guests";
  } else {
    place = clean(blame.guest, function_cap);
    if (!blame.input.empty()) place += "/" + clean(blame.input, function_cap);
  }
  if (!blame.executor.empty()) place += " on " + clean(blame.executor, 40);
  if (!blame.guest.empty() && blame.input.empty()) place += ", inputs by weight";
  if (blame.cells < blame.of_cells) place += fmt::format(", over {} of {} cells", blame.cells, blame.of_cells);
  if (blame.informs) place += fmt::format(", by {}, which does not decide", clean(blame.column, 40));
  return place;
}

std::vector<const model::Blame*> widest_blames(const model::Comparison& comparison) {
  const auto covers = [](const model::Blame& wide, const model::Blame& one) {
    return wide.executor == one.executor && ((wide.guest.empty() && !one.guest.empty()) ||
                                             (wide.guest == one.guest && wide.input.empty() && !one.input.empty()));
  };
  // The wider one comes first (model::Comparison).
  std::vector<const model::Blame*> widest;
  for (const model::Blame& blame : comparison.blame) {
    if (std::ranges::none_of(widest, [&](const auto* wide) { return covers(*wide, blame); })) widest.push_back(&blame);
  }
  return widest;
}

std::string blame_text(const model::Blame& blame, std::size_t top, std::size_t width, bool colour) {
  std::string text =
      fmt::format("{}: {} {} to {}, {} ({})\n", blame_place(blame), clean(blame.column, 40), thousands(blame.base),
                  thousands(blame.head), signed_change(blame.base, blame.head), percent_change(blame.base, blame.head));
  const std::size_t shown = std::min(top, blame.rows.size());
  const std::span<const BlameRow> rows(blame.rows.data(), shown);
  TextTable table = blame_table(rows, Columns::all);
  if (!table.shows_all(width, 2)) table = blame_table(rows, Columns::without_calls);
  if (!table.shows_all(width, 2)) table = blame_table(rows, Columns::change);
  model::WideChange rest = 0;
  for (std::size_t index = shown; index < blame.rows.size(); ++index) {
    rest += model::change(blame.rows[index].base_self, blame.rows[index].head_self);
  }
  const std::string note =
      blame.note.empty() ? "" : wrap("note: " + clean(blame.note, 400), width, 2, Paint::muted, colour);
  if (table.empty()) return text + "  no function changed\n" + note;
  text += table.render(width, 2, colour);
  if (blame.rows.size() > top)
    text +=
        fmt::format("  and {}, {} together\n", counted(blame.rows.size() - top, "more function"), signed_text(rest));
  const auto parts = changed_parts(blame);
  if (!parts.empty())
    text += wrap("by kind of cost: " + parts_text(parts, terminal_parts), width, 2, Paint::plain, colour);
  return text + note;
}

}  // namespace cyclegate::render
