#include "reports/ziskemu_rows.h"

#include <algorithm>
#include <array>
#include <span>

namespace cyclegate::reports {

namespace {

struct KnownTitle {
  std::string_view words;
  TitleForm form;
};

// Of emulator/src/stats of ziskemu 1.4.0-alpha, and of the older layouts, whose titles have fewer columns.
constexpr std::array known_titles = {
    KnownTitle{"COST DISTRIBUTION", {Section::cost_distribution}},
    KnownTitle{"ROM REGIONS", {Section::rom_regions}},
    KnownTitle{"MEM COST BY TYPE", {Section::memory_types}},
    KnownTitle{"DETAILED MEM COST", {Section::memory_details}},
    KnownTitle{"DETAILED OFFSET BYTE MEMORY OPERATIONS", {Section::memory_offsets}},
    KnownTitle{"COST BY BASE OPCODE", {Section::opcodes}},
    KnownTitle{"COST BY PRECOMPILED OPCODE", {Section::precompiles}},
    KnownTitle{"COST BY OPCODE", {Section::opcodes}},
    KnownTitle{"FROPS BY OPCODE", {Section::frops}},
    KnownTitle{"OPERAND PATTERN ANALYSIS", {Section::patterns, RowForm::name_first, true}},
    KnownTitle{"PRECOMPILE DUPLICATES", {Section::duplicates, RowForm::name_first, true}},
    KnownTitle{"REGISTER STEP DISTANCE", {Section::register_distances, RowForm::name_first, true}},
    KnownTitle{"OPS_COVERAGE:", {Section::opcode_coverage, RowForm::coverage, false, false}},
    KnownTitle{"RISC-V INSTRUCTION COVERAGE:", {Section::instruction_coverage, RowForm::coverage, false, false}},
    KnownTitle{"TOP STEP FUNCTIONS", {Section::step_functions, RowForm::numbers_first}},
    KnownTitle{"TOP COST FUNCTIONS", {Section::cost_functions, RowForm::numbers_first}},
    KnownTitle{"TOP MEMORY COST FUNCTIONS", {Section::memory_functions, RowForm::numbers_first}},
    KnownTitle{"TOP UNALIGNED MEMORY FUNCTIONS", {Section::unaligned_functions, RowForm::numbers_first}},
    KnownTitle{"TOP UNALIGNED/STEP RATIO FUNCTIONS", {Section::unaligned_ratios, RowForm::numbers_first}},
    KnownTitle{"TOP PC HISTOGRAM", {Section::histogram, RowForm::numbers_first}},
    KnownTitle{"PROFILE TAGS STEPS", {Section::tag_steps, RowForm::numbers_first}},
    KnownTitle{"PROFILE TAGS COST", {Section::tag_costs, RowForm::numbers_first}},
};

constexpr std::array known_detail_titles = {
    KnownTitle{"MEM COST BY TYPE", {Section::detail_memory}},
    KnownTitle{"DETAILED MEM COST", {Section::detail_memory}},
    KnownTitle{"COST BY OPCODE", {Section::detail_opcodes}},
    KnownTitle{"TOP STEP CALLERS", {Section::detail_callers, RowForm::numbers_first}},
};

constexpr std::string_view paths_title = " DUPLICATES BY CALL PATH";

std::string_view trimmed(std::string_view text) {
  while (text.ends_with(' ')) text.remove_suffix(1);
  while (text.starts_with(' ')) text.remove_prefix(1);
  return text;
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> found;
  while (!(text = trimmed(text)).empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    found.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return found;
}

/// `STEPS, % STEPS, CALLS, STEPS/CALL, FUNCTION`, without the last one, which stands above the names.
std::vector<std::string> listed_columns(std::string_view list) {
  std::vector<std::string> columns;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(", "), list.size());
    columns.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 2, list.size()));
  }
  if (!columns.empty() && (columns.back() == "FUNCTION" || columns.back() == "PC")) columns.pop_back();
  return columns;
}

std::vector<std::string> columns_of(const TitleForm& form, std::string_view words_before, std::string_view rest) {
  if (form.section == Section::detail_callers) return {"CALLS", "STEPS", "%"};
  if (form.form == RowForm::numbers_first) {
    const std::size_t open = rest.find('(');
    const std::size_t close = rest.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
      // v0.13 and v0.14 name no columns.
      const bool steps = words_before.contains("STEP");
      return steps ? std::vector<std::string>{"STEPS", "% STEPS"} : std::vector<std::string>{"COST", "% COST"};
    }
    return listed_columns(rest.substr(open + 1, close - open - 1));
  }
  if (form.header_line || form.form != RowForm::name_first) return {};
  if (form.section == Section::memory_offsets) return {"0", "1", "2", "3", "4", "5", "6", "7", "total"};
  auto columns = words(rest);
  // Up to v0.18: the rank stands behind the first few rows only, as `#1`.
  if (!columns.empty() && columns.back() == "RANK") columns.pop_back();
  return columns;
}

/// A number with or without `%`, `#7`, or a value left open.
std::optional<Number> cell(std::string_view text) {
  if (text.ends_with('%')) {
    text.remove_suffix(1);
    if (text == "NaN" || text == "inf") return Number::none();
  } else if (text.starts_with('#')) {
    text.remove_prefix(1);
  } else if (text == "-") {
    return Number::none();
  }
  return parse_number(text);
}

std::optional<Row> name_first(std::string_view line, std::size_t columns, std::uint64_t number) {
  Row row{.name = {}, .values = {}, .text = {}, .line = number};
  std::array<Number, Values::capacity> values;
  std::size_t count = 0;
  const bool ranked = line.rfind('#') != std::string_view::npos && line.rfind('#') > line.rfind(' ');
  const std::size_t wanted = columns + (ranked ? 1 : 0);
  if (wanted > values.size()) return std::nullopt;
  while (count < wanted) {
    while (line.ends_with(' ')) line.remove_suffix(1);
    const std::size_t start = line.rfind(' ') + 1;  // 0 where there is none
    const std::optional<Number> value = cell(line.substr(start));
    if (!value) return std::nullopt;
    values[count++] = *value;
    line = line.substr(0, start);
  }
  // Patterns are indented under their opcode; that belongs to the name.
  while (line.ends_with(' ')) line.remove_suffix(1);
  if (line.empty()) return std::nullopt;
  // A further number would belong to a column that the title does not have.
  if (const std::size_t start = line.rfind(' ') + 1; start > 0 && cell(line.substr(start))) return std::nullopt;
  row.name = line;
  while (count > 0) row.values.push_back(values[--count]);
  return row;
}

std::optional<Row> numbers_first(std::string_view line, std::size_t columns, std::uint64_t number) {
  Row row{.name = {}, .values = {}, .text = {}, .line = number};
  if (columns > Values::capacity) return std::nullopt;
  for (std::size_t i = 0; i < columns; ++i) {
    const std::size_t start = line.find_first_not_of(' ');
    if (start == std::string_view::npos) return std::nullopt;
    line.remove_prefix(start);
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::optional<Number> value = cell(line.substr(0, end));
    if (!value) return std::nullopt;
    row.values.push_back(*value);
    line.remove_prefix(end);
  }
  if (line.empty()) return std::nullopt;  // ziskemu writes a blank before the name, be it empty
  row.name = trimmed(line);
  return row;
}

/// `USED: 15`, `USED NO FROPS: 13 (10.16%) [ltu, ]`, `15.03% (29 out of 193)`, `EXECUTED ...: add addi`.
std::optional<Row> coverage(std::string_view line, std::uint64_t number) {
  const std::size_t colon = line.find(": ");
  if (colon == std::string_view::npos) return std::nullopt;
  Row row{.name = std::string(line.substr(0, colon)), .values = {}, .text = {}, .line = number};
  std::string_view rest = trimmed(line.substr(colon + 2));
  // Numbers, with or without parentheses and `out of` between them, then words.
  while (!rest.empty()) {
    if (rest.starts_with("out of ")) rest.remove_prefix(7);
    std::string_view token = rest.substr(0, rest.find(' '));
    const std::size_t length = token.size();
    if (token.starts_with('(')) token.remove_prefix(1);
    if (token.ends_with(')')) token.remove_suffix(1);
    const std::optional<Number> value = cell(token);
    if (!value) break;
    row.values.push_back(*value);
    rest = trimmed(rest.substr(length));
  }
  row.text = rest;
  return row;
}

/// `1,024 duplicates / 2,048 total  (50.00%)` or `... and 3 more call paths`.
std::optional<Row> path(std::string_view line, std::uint64_t number) {
  Row row{.name = {}, .values = {}, .text = {}, .line = number};
  const std::vector<std::string> found = words(line);
  if (found.size() == 6 && found[0] == "..." && found[1] == "and" && found[3] == "more") {
    row.name = "more call paths";
    if (const auto value = cell(found[2])) row.values.push_back(*value);
  } else if (found.size() == 6 && found[1] == "duplicates" && found[2] == "/" && found[4] == "total" &&
             found[5].starts_with('(') && found[5].ends_with(')')) {
    row.name = "duplicates";
    for (const std::string_view text : {std::string_view(found[0]), std::string_view(found[3]),
                                        std::string_view(found[5]).substr(1, found[5].size() - 2)}) {
      if (const auto value = cell(text)) row.values.push_back(*value);
    }
    if (row.values.size() != 3) return std::nullopt;
  }
  if (row.values.empty()) return std::nullopt;
  return row;
}

std::optional<Title> known(std::span<const KnownTitle> titles, std::string_view line) {
  for (const KnownTitle& title : titles) {
    if (!line.starts_with(title.words)) continue;
    const std::string_view rest = line.substr(title.words.size());
    if (title.form.underlined && !rest.empty() && rest[0] != ' ') continue;
    return Title{.form = title.form,
                 .title = std::string(title.words),
                 .subject = std::string(title.form.header_line ? trimmed(rest) : std::string_view()),
                 .columns = columns_of(title.form, title.words, rest)};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Title> parse_title(std::string_view line, bool indented) {
  if (indented) return known(known_detail_titles, line);
  if (auto title = known(known_titles, line)) return title;
  if (constexpr std::string_view detail = "DETAIL FUNCTION "; line.starts_with(detail)) {
    return Title{.form = {Section::detail_steps},
                 .title = "DETAIL FUNCTION",
                 .subject = std::string(line.substr(detail.size())),
                 .columns = {"", "%"}};
  }
  if (line.ends_with(paths_title)) {
    return Title{.form = {Section::duplicate_paths, RowForm::paths},
                 .title = std::string(paths_title.substr(1)),
                 .subject = std::string(line.substr(0, line.size() - paths_title.size())),
                 .columns = {"DUP", "TOTAL", "%"}};
  }
  return std::nullopt;
}

std::vector<std::string> parse_columns(std::string_view line) {
  // Columns of two words are told by the two blanks between columns.
  std::vector<std::string> columns;
  while (!(line = trimmed(line)).empty()) {
    const std::size_t end = std::min(line.find("  "), line.size());
    columns.emplace_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  if (!columns.empty()) columns.erase(columns.begin());
  return columns;
}

std::optional<Row> parse_row(std::string_view line, RowForm form, std::size_t columns, std::uint64_t number) {
  switch (form) {
    case RowForm::name_first:
      return name_first(line, columns, number);
    case RowForm::numbers_first:
      return numbers_first(line, columns, number);
    case RowForm::coverage:
      return coverage(line, number);
    case RowForm::paths:
      return path(line, number);
  }
  return std::nullopt;
}

bool is_rule(std::string_view line) {
  const std::string_view dashes = trimmed(line);
  return dashes.size() >= 3 && dashes.find_first_not_of('-') == std::string_view::npos;
}

bool is_total(std::string_view name) {
  return name == "TOTAL" || name.starts_with("TOTAL ");
}

}  // namespace cyclegate::reports
