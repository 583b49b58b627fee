#include "reports/ziskemu_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

#include "model/error.h"
#include "reports/report_builder.h"
#include "reports/ziskemu_rows.h"
#include "reports/ziskemu_totals.h"

namespace cyclegate::reports {

namespace {

constexpr std::string_view indent = "|    ";
/// What ziskemu prints while the guest runs when it loses the guest's call stack; its report has no functions then.
constexpr std::string_view lost_stack = "CALL_STACK_ERROR: ";

struct Header {
  std::uint64_t line = 0;
  std::optional<std::uint64_t> cost_version;
};

/// `REPORT` or `REPORT (cost version 1)`, filled up with blanks.
std::optional<Header> parse_header(std::string_view text, std::uint64_t line) {
  if (!text.starts_with("REPORT")) return std::nullopt;
  text.remove_prefix(6);
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (text.empty()) return Header{.line = line, .cost_version = std::nullopt};
  constexpr std::string_view opening = " (cost version ";
  if (!text.starts_with(opening) || !text.ends_with(')')) return std::nullopt;
  const auto version = parse_count(text.substr(opening.size(), text.size() - opening.size() - 1));
  if (!version) return std::nullopt;
  return Header{.line = line, .cost_version = version};
}

bool is_detail(Section section) {
  return section == Section::detail_steps || section == Section::detail_cost || section == Section::detail_memory ||
         section == Section::detail_opcodes || section == Section::detail_callers;
}

/// Tables whose rows have names that a program chooses: of functions and of tags. A name may have lines of its own, and
/// so a whole report.
bool has_names(Section section) {
  return section == Section::duplicate_paths || section >= Section::step_functions;
}

}  // namespace

class ZiskemuTextReader::Machine {
 public:
  explicit Machine(std::string_view origin) : origin_(origin), totals_(origin) {}

  void line(std::string_view text);
  void long_line();
  bool inside() const { return state_ != State::outside || header_rank_ > 0; }
  ZiskemuReport finish(bool partial);

 private:
  enum class State {
    outside,    ///< before a header, or behind a broken report
    title,      ///< behind a blank line: a title, or text behind the report
    header,     ///< behind a title whose columns stand on a line of their own
    underline,  ///< behind a title
    rows,       ///< in a table
    trailing,   ///< behind the report
  };

  bool header(std::string_view text);
  void begin(std::string_view text);
  void inside_line(std::string_view text);
  void step(std::string_view text);
  void at_title(std::string_view text);
  void at_row(std::string_view text);
  void at_trailing(std::string_view text);
  void open(Title title);
  void place(Row row);
  void fail(std::uint64_t line, std::string message);
  void require_complete();
  Table table(Section section, std::string title, std::vector<std::string> columns) const;

  std::string origin_;
  State state_ = State::outside;
  std::uint64_t line_ = 0;

  Header header_;
  int header_rank_ = 0;  ///< how many of a header's three lines were seen: REPORT, its rule, STEPS
  std::uint64_t headers_ = 0;
  bool lost_stack_ = false;
  bool named_ = false;  ///< a table with names has begun since the last header

  std::optional<ReportBuilder> builder_;
  Title title_;
  std::size_t index_ = 0;  ///< of the open table
  std::optional<std::size_t> breakdown_;
  std::set<Section> sections_;
  std::set<std::string, std::less<>> names_;  ///< of the rows that are looked up by name
  std::string parent_;                        ///< the opcode that indented rows belong to
  std::string subject_;                       ///< the function that details belong to
  bool after_blank_ = false;
  std::uint64_t trailing_line_ = 0;
  std::string trailing_text_;
  std::uint64_t end_line_ = 0;  ///< of the first line behind the report
  std::string end_text_;

  struct Broken {
    std::uint64_t line;
    std::string message;
  };
  std::optional<Broken> broken_;
  std::optional<Broken> garbled_header_;  ///< what says why there is no report, where there is none
  std::optional<Broken> doubtful_;        ///< why it cannot be told which report is the real one
  TotalsReader totals_;
};

void ZiskemuTextReader::Machine::fail(std::uint64_t line, std::string message) {
  if (state_ == State::outside) return;
  broken_ = Broken{line, std::move(message)};
  builder_.reset();
  state_ = State::outside;
}

/// Follows the three lines of a header. True: the line was one of them.
bool ZiskemuTextReader::Machine::header(std::string_view text) {
  if (header_rank_ == 1 && text.size() >= 16 && text.find_first_not_of('-') == std::string_view::npos) {
    header_rank_ = 2;
    return true;
  }
  if (header_rank_ == 2) {
    const std::optional<Row> row = parse_row(text, RowForm::name_first, 1, line_);
    if (row && row->name == "STEPS" && row->values[0].decimals == 0) {
      begin(text);
      return true;
    }
  }
  if (header_rank_ > 0) fail(header_.line, "a header of a report in the middle of one");
  if (header_rank_ == 2) {
    const std::string what = text.empty() ? std::string("an empty line") : fmt::format("'{}'", text.substr(0, 60));
    garbled_header_ = Broken{
        line_, fmt::format("{} is not the row STEPS with its count, which stands behind REPORT and its rule in line {}",
                           what, header_.line)};
  }
  header_rank_ = 0;
  if (const auto found = parse_header(text, line_)) {
    header_ = *found;
    header_rank_ = 1;
    return true;
  }
  return false;
}

void ZiskemuTextReader::Machine::begin(std::string_view text) {
  header_rank_ = 0;
  ++headers_;
  broken_.reset();
  if (named_ && !doubtful_) {
    doubtful_ =
        Broken{header_.line, std::string("a second report begins behind tables of names: either what stands "
                                         "before it was printed by the guest, or a function's name has the lines "
                                         "of a report, and which one is ziskemu's cannot be told; keep one "
                                         "report, or give the file of --save-stats")};
  }
  named_ = false;
  builder_.emplace(origin_, Layout::text);
  builder_->report().cost_version = header_.cost_version;
  builder_->report().steps = parse_row(text, RowForm::name_first, 1, line_)->values[0].digits;
  breakdown_.reset();
  sections_.clear();
  names_.clear();
  title_ = {};
  state_ = State::rows;
  title_.title = "REPORT";
  title_.form.section = Section::usage;
  title_.columns = {""};
}

void ZiskemuTextReader::Machine::line(std::string_view text) {
  ++line_;
  // Of a report that was given up before as well.
  if (headers_ > 0 && text.starts_with("TOP ")) named_ = true;
  if (state_ == State::outside && header_rank_ == 0) {
    // The fast way over what a guest prints.
    if (text.empty()) return;
    if (text[0] == 'C' && text.starts_with(lost_stack)) lost_stack_ = true;
    if (text[0] != 'R' && !totals_.wants(text)) return;
  }
  totals_.line(text, line_);
  if ((header_rank_ > 0 || text.starts_with("REPORT")) && header(text)) return;
  if (state_ != State::outside) inside_line(text);
}

void ZiskemuTextReader::Machine::long_line() {
  ++line_;
  header_rank_ = 0;
  fail(line_, fmt::format("a line of more than {} bytes", max_report_line_bytes));
}

void ZiskemuTextReader::Machine::inside_line(std::string_view text) {
  try {
    step(text);
  } catch (const model::Error&) {
    fail(line_, fmt::format("more than {} rows", max_report_rows));
  }
}

void ZiskemuTextReader::Machine::step(std::string_view text) {
  switch (state_) {
    case State::outside:
      return;
    case State::title:
      return at_title(text);
    case State::header:
      title_.columns = parse_columns(text);
      if (title_.columns.empty() || title_.columns.size() > 12)
        return fail(line_, "this is not a line of column titles");
      state_ = State::underline;
      return;
    case State::underline: {
      std::string_view rule = text;
      if (is_detail(title_.form.section) && rule.starts_with(indent)) rule.remove_prefix(indent.size());
      if (!is_rule(rule)) return fail(line_, fmt::format("the rule under the title {} is missing", title_.title));
      index_ = builder_->open(table(title_.form.section, title_.title, title_.columns));
      state_ = State::rows;
      return;
    }
    case State::rows:
      return at_row(text);
    case State::trailing:
      return at_trailing(text);
  }
}

Table ZiskemuTextReader::Machine::table(Section section, std::string title, std::vector<std::string> columns) const {
  return {.section = section,
          .title = std::move(title),
          .subject = is_detail(section) ? subject_ : title_.subject,
          .columns = std::move(columns),
          .rows = {},
          .line = line_};
}

void ZiskemuTextReader::Machine::open(Title title) {
  title_ = std::move(title);
  if (title_.columns.size() > 12) return fail(line_, "a table of more than 12 columns");
  const Section section = title_.form.section;
  named_ = named_ || has_names(section);
  if (!is_detail(section) && section != Section::duplicate_paths && !sections_.insert(section).second) {
    return fail(line_, fmt::format("a second table {}", title_.title));
  }
  if (section == Section::detail_steps) subject_ = title_.subject;
  parent_.clear();
  if (title_.form.underlined) {
    state_ = title_.form.header_line ? State::header : State::underline;
    return;
  }
  index_ = builder_->open(table(title_.form.section, title_.title, title_.columns));
  state_ = State::rows;
}

void ZiskemuTextReader::Machine::at_title(std::string_view text) {
  if (text.empty()) return;
  after_blank_ = true;
  const bool detail = is_detail(title_.form.section) && text.starts_with(indent);
  const std::string_view inner = detail ? text.substr(indent.size()) : text;
  if (auto title = parse_title(inner, detail)) {
    const Section section = title->form.section;
    open(std::move(*title));
    // This title is a row as well.
    if (section == Section::instruction_coverage && state_ == State::rows) at_row(text);
    return;
  }
  if (detail) {
    // The costs of a function stand under its steps without a title of their own.
    title_.form = {Section::detail_cost};
    title_.columns = {"COST", "%"};
    index_ = builder_->open(table(Section::detail_cost, "DETAIL FUNCTION", title_.columns));
    state_ = State::rows;
    return at_row(text);
  }
  if (text.starts_with("TOTAL ") && title_.form.section == Section::cost_distribution) {
    state_ = State::rows;  // in v0.15 and v0.16 behind a blank line
    return at_row(text);
  }
  if (text.starts_with("FROPS ") || text.starts_with("RAM USAGE ") || text.starts_with("ROM USAGE ")) {
    title_ = {.form = {Section::usage}, .title = "USAGE", .subject = {}, .columns = {"", "%"}};
    index_ = builder_->open(table(Section::usage, "USAGE", title_.columns));
    state_ = State::rows;
    return at_row(text);
  }
  if (title_.form.section == Section::histogram && parse_row(text, title_.form.form, title_.columns.size(), line_)) {
    state_ = State::rows;  // the next group of the histogram
    return at_row(text);
  }
  state_ = State::trailing;
  end_text_.clear();
  trailing_line_ = 0;
  at_trailing(text);
}

void ZiskemuTextReader::Machine::at_trailing(std::string_view text) {
  // A rule under a line that follows a blank one makes a section, of which we do not know what its numbers mean.
  if (trailing_line_ == line_ - 1 && trailing_line_ > 0 && is_rule(text)) {
    return fail(trailing_line_, fmt::format("'{}' is not a section of a report that is known here", trailing_text_));
  }
  if (end_text_.empty()) {
    end_line_ = line_;
    end_text_ = text.substr(0, 60);
  }
  if (parse_title(text, false)) {
    const std::string what = is_rule(end_text_) ? std::string("a rule without its title") : "'" + end_text_ + "'";
    return fail(end_line_, fmt::format("{} begins no section of a report that is known here, and the report goes on "
                                       "behind it, in line {}",
                                       what, line_));
  }
  if (text.starts_with("Error during emulation: ") && builder_->report().warnings.size() < 16) {
    builder_->report().warnings.push_back({.code = "failed-run", .message = std::string(text.substr(0, 400))});
  }
  if (after_blank_) {
    trailing_line_ = line_;
    trailing_text_ = text.substr(0, 60);
  }
  after_blank_ = text.empty();
}

void ZiskemuTextReader::Machine::at_row(std::string_view text) {
  if (text.empty()) {
    state_ = State::title;
    return;
  }
  const Section section = title_.form.section;
  if (is_detail(section)) {
    // Up to v0.18 STEPS and COST under a function's name have none.
    const bool indented = text.starts_with(indent);
    if (!indented && section != Section::detail_steps)
      return fail(line_, "a line of a function's details without its |");
    if (indented) text.remove_prefix(indent.size());
  }
  const RowForm form = title_.form.form;
  if (form == RowForm::name_first && is_rule(text)) return;
  if (section == Section::memory_offsets && text.starts_with("offset ") && text.ends_with(" total")) return;
  if (form == RowForm::paths && text.starts_with("    ")) {
    std::vector<Row>& rows = builder_->report().tables[index_].rows;
    const std::size_t start = text.find_first_not_of(' ');
    if (rows.empty() || start == std::string_view::npos || rows.back().text.size() > max_report_line_bytes) {
      return fail(line_, "a call path without its numbers");
    }
    if (!rows.back().text.empty()) rows.back().text += ' ';
    rows.back().text += text.substr(start);
    return;
  }
  std::optional<Row> row = parse_row(text, form, title_.columns.size(), line_);
  if (!row && section == Section::detail_opcodes && title_.columns.size() == 3) {
    // v0.17 and v0.18 print a share of the steps here that their title does not have.
    Table& opened = builder_->report().tables[index_];
    row = parse_row(text, form, 4, line_);
    if (row && opened.rows.empty()) title_.columns = opened.columns = {"COUNT", "%", "COST", "%"};
    if (title_.columns.size() == 3) row.reset();
  }
  if (!row) return fail(line_, fmt::format("this is not a row of {}", title_.title));
  place(std::move(*row));
}

/// Puts a row where the CSV snapshot has it, under the same name.
void ZiskemuTextReader::Machine::place(Row row) {
  ReportBuilder& builder = *builder_;
  if (title_.title == "REPORT" && builder.report().tables.empty()) {
    // Older releases may count more than STEPS here.
    index_ = builder.open(table(Section::usage, "REPORT", {""}));
  }
  switch (title_.form.section) {
    case Section::cost_distribution:
    case Section::usage:
      if (!names_.insert(row.name).second) return fail(line_, fmt::format("a second row {}", row.name));
      break;
    case Section::memory_types:
    case Section::memory_details:
      if (is_total(row.name) && builder.report().tables[index_].section != Section::memory_totals) {
        index_ = builder.open(table(Section::memory_totals, title_.title, title_.columns));
      }
      break;
    case Section::opcodes:
    case Section::precompiles:
    case Section::detail_opcodes:
      if (row.name.starts_with("OP ")) {
        parent_ = row.name = row.name.substr(3);
      } else if (row.name.starts_with("├ ") || row.name.starts_with("└ ")) {
        if (!breakdown_) {
          breakdown_ = builder.open(table(Section::opcode_breakdown, title_.title, title_.columns));
        }
        row.name = fmt::format("{} {}", parent_, row.name.substr(4));
        return builder.add(*breakdown_, std::move(row));
      }
      break;
    case Section::frops:
      if (row.name.starts_with("FROP ")) row.name = row.name.substr(5);
      break;
    case Section::patterns:
      if (row.name.starts_with("OP ")) {
        parent_ = row.name = row.name.substr(3);
      } else {
        row.name = fmt::format("{}: {}", parent_, row.name.substr(row.name.find_first_not_of(' ')));
      }
      break;
    default:
      break;
  }
  builder.add(index_, std::move(row));
}

void ZiskemuTextReader::Machine::require_complete() {
  const auto missing = [&](std::string_view what) {
    refuse(origin_, line_, fmt::format("the report that begins in line {} is truncated: {}", header_.line, what));
  };
  if (header_rank_ > 0) missing("it ends in its header");
  if (state_ == State::rows) missing(fmt::format("the blank line behind {} is missing", title_.title));
  if (state_ == State::underline || state_ == State::header) missing(fmt::format("{} has no rows", title_.title));
  if (const auto part = missing_part(builder_->report())) missing(*part);
}

ZiskemuReport ZiskemuTextReader::Machine::finish(bool partial) {
  if (partial) ++line_;
  if (headers_ == 0 && header_rank_ == 0) {
    if (garbled_header_ && !totals_.begun()) refuse(origin_, garbled_header_->line, garbled_header_->message);
    return totals_.finish(line_);
  }
  if (doubtful_) refuse(origin_, doubtful_->line, doubtful_->message);
  if (broken_ && header_rank_ == 0) refuse(origin_, broken_->line, broken_->message);
  if (partial && state_ != State::trailing) {
    refuse(origin_, line_,
           fmt::format("the report that begins in line {} is truncated: its last line is not whole", header_.line));
  }
  require_complete();
  if (lost_stack_ && builder_->report().find(Section::cost_functions) == nullptr) {
    builder_->report().warnings.push_back(
        {.code = "call-stack-lost",
         .message = "ziskemu lost the guest's call stack (CALL_STACK_ERROR), so that its report has no tables of "
                    "functions"});
  }
  if (headers_ > 1) {
    builder_->report().warnings.push_back(
        {.code = "several-reports",
         .message = fmt::format("{} headers of a report in {}; the last one, in line {}, counts: what a guest prints "
                                "comes before the report",
                                headers_, origin_, header_.line)});
  }
  return builder_->finish();
}

ZiskemuTextReader::ZiskemuTextReader(std::string_view origin) : machine_(std::make_unique<Machine>(origin)) {}
ZiskemuTextReader::~ZiskemuTextReader() = default;
ZiskemuTextReader::ZiskemuTextReader(ZiskemuTextReader&&) noexcept = default;
ZiskemuTextReader& ZiskemuTextReader::operator=(ZiskemuTextReader&&) noexcept = default;

void ZiskemuTextReader::feed(std::string_view chunk) {
  while (!chunk.empty()) {
    const void* found = std::memchr(chunk.data(), '\n', chunk.size());
    const std::size_t end =
        found == nullptr ? chunk.size() : static_cast<std::size_t>(static_cast<const char*>(found) - chunk.data());
    std::string_view text = chunk.substr(0, end);
    const bool whole = end < chunk.size();
    chunk.remove_prefix(whole ? end + 1 : end);
    if (skipping_ || partial_.size() + text.size() > max_report_line_bytes) {
      skipping_ = !whole;
      partial_.clear();
      if (whole) machine_->long_line();
      continue;
    }
    if (!whole) {
      partial_ += text;
      return;
    }
    if (!partial_.empty()) {
      partial_ += text;
      text = partial_;
    }
    if (text.ends_with('\r')) text.remove_suffix(1);
    machine_->line(text);
    partial_.clear();
  }
}

ZiskemuReport ZiskemuTextReader::finish() {
  if (skipping_) machine_->long_line();
  return machine_->finish(!partial_.empty());
}

ZiskemuReport read_ziskemu_text(std::string_view text, std::string_view origin) {
  ZiskemuTextReader reader(origin);
  reader.feed(text);
  return reader.finish();
}

}  // namespace cyclegate::reports
