#include "reports/ziskemu_csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "reports/report_builder.h"
#include "reports/ziskemu_rows.h"

namespace cyclegate::reports {

namespace {

/// How the rows of one kind look. Every kind stands in one run of lines, but for blank ones.
struct Kind {
  std::string_view word;  ///< the first field
  Section section;
  std::string_view header;                       ///< the second field of its header; empty: it has none
  std::string_view header_last;                  ///< instead: the last field of its header
  std::size_t values;                            ///< numbers in a row
  bool name_last = false;                        ///< the name stands behind the numbers
  std::array<std::string_view, 4> columns = {};  ///< where it has no header
};

// emulator/src/report of ziskemu 1.4.0-alpha writes these rows.
constexpr std::array kinds = {
    Kind{"COST", Section::cost_distribution, "COST DISTRIBUTION", "", 2},
    Kind{"MEM", Section::memory_types, "COST BY TYPE", "", 4},
    Kind{"DETAILED_MEM", Section::memory_details, "TYPE", "", 4},
    Kind{"DETAILED_MEM FULL", Section::memory_totals, "", "", 4, false, {"COUNT", "%", "COST", "%"}},
    Kind{"MEM_OFFSETS", Section::memory_offsets, "offset", "", 9},
    Kind{"OP_BASE", Section::opcodes, "OPCODE", "", 4},
    Kind{"PRECOMPILES", Section::precompiles, "", "", 4, false, {"COUNT", "%", "COST", "%"}},
    Kind{"FROP", Section::frops, "", "", 4, false, {"COUNT", "HIT", "COST", "%"}},
    Kind{"MEM_TOP_COST", Section::memory_functions, "", "FUNCTION", 4, true},
    Kind{"MEM_TOP_UNALIGNED", Section::unaligned_functions, "", "FUNCTION", 4, true},
    Kind{"MEM_TOP_RATIO", Section::unaligned_ratios, "", "FUNCTION", 5, true},
};

constexpr std::array single_words = {std::string_view("COSTS_VERSION"), std::string_view("STEPS"),
                                     std::string_view("ROM USAGE"), std::string_view("RAM USAGE")};

class CsvReader {
 public:
  CsvReader(std::string_view text, std::string_view origin)
      : text_(text), origin_(origin), builder_(origin, Layout::csv) {}

  ZiskemuReport read() {
    separator_ = separator();
    while (!text_.empty()) {
      const std::size_t end = text_.find('\n');
      ++line_;
      if (end == std::string_view::npos) fail("the last line is not whole: the snapshot is truncated");
      std::string_view row = text_.substr(0, end);
      text_.remove_prefix(end + 1);
      if (row.size() > max_report_line_bytes) fail(fmt::format("more than {} bytes", max_report_line_bytes));
      if (row.ends_with('\r')) row.remove_suffix(1);
      blank_ = row.empty();
      if (!blank_) read_row(row);
    }
    if (!seen_.contains("STEPS")) fail("there is no row STEPS");
    if (!seen_.contains("COST")) fail("there are no rows COST");
    if (builder_.report().find(Section::opcodes) == nullptr)
      fail("there are no rows OP_BASE: the snapshot is truncated");
    // The function tables end with a blank line; what stands before them is held to its sums.
    if (current_ != nullptr && current_->name_last && !blank_) {
      fail("the blank line behind the last table is missing: the snapshot is truncated");
    }
    add_missing(Section::precompiles, "PRECOMPILES");
    add_missing(Section::frops, "FROP");
    return builder_.finish();
  }

 private:
  [[noreturn]] void fail(std::string_view message) const {
    refuse(origin_, std::max<std::uint64_t>(line_, 1), message);
  }

  /// The byte behind the first word, which is the same in the whole file.
  char separator() const {
    for (const std::string_view word : {"COSTS_VERSION", "STEPS"}) {
      if (text_.starts_with(word) && text_.size() > word.size()) {
        const char c = text_[word.size()];
        const bool word_like = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!word_like && std::string_view(" _%.\"\n\r").find(c) == std::string_view::npos) return c;
      }
    }
    refuse(origin_, 1, "not a stats snapshot of ziskemu: it begins with COSTS_VERSION or STEPS and a separator");
  }

  /// The fields of a row (RFC 4180: a field in double quotes may hold the separator, and "" for a quote).
  std::vector<std::string> split(std::string_view row) const {
    std::vector<std::string> fields;
    while (true) {
      std::string field;
      if (row.starts_with('"')) {
        row.remove_prefix(1);
        while (true) {
          const std::size_t quote = row.find('"');
          if (quote == std::string_view::npos) fail("a quoted field is not closed in its line");
          field += row.substr(0, quote);
          row.remove_prefix(quote + 1);
          if (!row.starts_with('"')) break;
          field += '"';
          row.remove_prefix(1);
        }
        if (!row.empty() && row[0] != separator_) fail("text behind a quoted field");
      } else {
        const std::size_t end = std::min(row.find(separator_), row.size());
        field = row.substr(0, end);
        row.remove_prefix(end);
      }
      fields.push_back(std::move(field));
      if (fields.size() > 16) fail("more than 16 fields");
      if (row.empty()) return fields;
      row.remove_prefix(1);
    }
  }

  Number number(std::string_view field) const {
    const bool percent = field.ends_with('%');
    const std::optional<Number> value = parse_number(percent ? field.substr(0, field.size() - 1) : field);
    if (!value) fail(fmt::format("'{}' is not a number", field.substr(0, 40)));
    return *value;
  }

  void read_row(std::string_view row) {
    const std::vector<std::string> fields = split(row);
    if (std::ranges::find(single_words, fields[0]) != single_words.end()) return read_single(fields);
    const auto kind = std::ranges::find(kinds, std::string_view(fields[0]), &Kind::word);
    if (kind == kinds.end()) fail(fmt::format("'{}' is not a row of a stats snapshot", fields[0].substr(0, 40)));
    if (fields.size() != kind->values + 2) {
      fail(fmt::format("a row {} has {} fields, not {}", kind->word, kind->values + 2, fields.size()));
    }
    if (!enter(*kind, fields)) return;
    Row result{.name = kind->name_last ? fields.back() : fields[1], .values = {}, .text = {}, .line = line_};
    const std::size_t first = kind->name_last ? 1 : 2;
    for (std::size_t i = 0; i < kind->values; ++i) result.values.push_back(number(fields[first + i]));
    place(*kind, std::move(result));
  }

  /// Opens the tables of a kind at its first row. False: the row was the header.
  bool enter(const Kind& kind, const std::vector<std::string>& fields) {
    const bool has_header = !kind.header.empty() || !kind.header_last.empty();
    const bool is_header =
        has_header && (kind.header.empty() ? fields.back() == kind.header_last : fields[1] == kind.header);
    if (current_ == &kind) {
      if (is_header) fail(fmt::format("a second header of {}", kind.word));
      return true;
    }
    if (seen_.contains(kind.word)) fail(fmt::format("a second table {}", kind.word));
    if (has_header && !is_header) fail(fmt::format("the header of {} is missing", kind.word));
    seen_.emplace(kind.word, line_);
    current_ = &kind;
    columns_.clear();
    if (is_header) {
      const auto first = fields.begin() + (kind.name_last ? 1 : 2);
      columns_.assign(first, first + static_cast<std::ptrdiff_t>(kind.values));
    } else {
      columns_.assign(kind.columns.begin(), kind.columns.end());
    }
    section_ = kind.section;
    open(kind.section, kind.word, columns_);
    return !is_header;
  }

  void place(const Kind& kind, Row row) {
    Section wanted = kind.section;
    if (kind.section == Section::memory_types && is_total(row.name)) wanted = Section::memory_totals;
    if (kind.section == Section::cost_distribution && row.name == "FROPS") wanted = Section::usage;
    if (wanted != section_) open(wanted, kind.word, columns_);
    section_ = wanted;
    if (wanted == Section::cost_distribution || wanted == Section::usage) require_new("COST " + row.name);
    builder_.add(std::move(row));
  }

  void read_single(const std::vector<std::string>& fields) {
    const std::string& word = fields[0];
    require_new(word);
    const bool usage = word.ends_with("USAGE");
    if (fields.size() < 2 || fields.size() > (usage ? 3U : 2U))
      fail(fmt::format("a row {} has too few or too many fields", word));
    const Number value = number(fields[1]);
    if (value.decimals != 0) fail(fmt::format("{} is not a whole number", word));
    if (word == "COSTS_VERSION") builder_.report().cost_version = value.digits;
    if (word == "STEPS") builder_.report().steps = value.digits;
    if (!usage) return;
    if (section_ != Section::usage || builder_.report().tables.empty()) open(Section::usage, word, {"", "%"});
    section_ = Section::usage;
    current_ = nullptr;
    Row row{.name = word, .values = {value}, .text = {}, .line = line_};
    if (fields.size() == 3) row.values.push_back(number(fields[2]));
    builder_.add(std::move(row));
  }

  void open(Section section, std::string_view title, std::vector<std::string> columns) {
    builder_.open({.section = section,
                   .title = std::string(title),
                   .subject = {},
                   .columns = std::move(columns),
                   .rows = {},
                   .line = line_});
  }

  /// A number that stands twice is a number nobody can trust: a name with a line break in it can look like a row.
  void require_new(const std::string& word) {
    if (!seen_.emplace(word, line_).second)
      fail(fmt::format("a second row {}; the first is in line {}", word, seen_[word]));
  }

  /// A snapshot leaves a table without rows out altogether; its total is then 0, and check_sums holds it to that.
  void add_missing(Section section, std::string_view title) {
    if (builder_.report().find(section) == nullptr) open(section, title, {"COUNT", "%", "COST", "%"});
  }

  std::string_view text_;
  std::string_view origin_;
  ReportBuilder builder_;
  char separator_ = ',';
  std::uint64_t line_ = 0;
  bool blank_ = false;
  const Kind* current_ = nullptr;
  Section section_ = Section::cost_distribution;
  std::vector<std::string> columns_;
  std::map<std::string, std::uint64_t, std::less<>> seen_;
};

}  // namespace

ZiskemuReport read_ziskemu_csv(std::string_view text, std::string_view origin) {
  return CsvReader(text, origin).read();
}

}  // namespace cyclegate::reports
