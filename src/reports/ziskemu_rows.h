#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/ziskemu_report.h"

namespace cyclegate::reports {

/// How the lines of a section of the text report look.
enum class RowForm {
  name_first,     ///< `LABEL   number [number% ...] [#rank]`
  numbers_first,  ///< `number number% ... name`
  coverage,       ///< `NAME: number (number%) [words]`
  paths,          ///< `n duplicates / n total  (n%)`, then its call path, indented
};

/// A title of the text report as ziskemu prints it.
struct TitleForm {
  Section section = Section::cost_distribution;
  RowForm form = RowForm::name_first;
  bool header_line = false;  ///< the words above the columns stand on a line of their own under the title
  bool underlined = true;
};

/// What a title line says.
struct Title {
  TitleForm form;
  std::string title;
  std::string subject;
  std::vector<std::string> columns;
};

/// The title on this line; nullopt when it is none that ziskemu prints. `indented`: it stands in a function's details.
std::optional<Title> parse_title(std::string_view line, bool indented);

/// The words above the columns of a header line, the first of which stands above the names.
std::vector<std::string> parse_columns(std::string_view line);

/// A row of that form with `columns` numbers (one more when it ends with a #rank); nullopt when it is none.
std::optional<Row> parse_row(std::string_view line, RowForm form, std::size_t columns, std::uint64_t number);

/// Whether a row of that name adds up others.
bool is_total(std::string_view name);

/// Only dashes, behind spaces maybe.
bool is_rule(std::string_view line);

}  // namespace cyclegate::reports
