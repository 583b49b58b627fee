#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cyclegate::render {

/// How a cell of a terminal table is coloured, where colour is asked for.
enum class Paint { plain, bold, good, bad, open, muted };

/// The text in the colour, or as it is.
std::string painted(std::string_view text, Paint paint, bool colour);

/// The text on as many lines as it needs, broken at spaces, each indented, ended by a line feed and at most `width`
/// wide.
std::string wrap(std::string_view text, std::size_t width, std::size_t indent, Paint paint, bool colour);

/// A table in a terminal: columns aligned by display width, two spaces between them. The last column is for sentences:
/// where they do not fit beside the others, they stand below their rows. When the others are too wide by themselves,
/// the first is shortened in its middle, then the rest.
class TextTable {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
  };
  struct Cell {
    std::string text;  ///< cleaned, one line
    Paint paint = Paint::plain;
  };

  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}
  /// One cell per column.
  void add(std::vector<Cell> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }
  /// Whether every cell is shown whole but those of the first column, which keeps at least 24 characters.
  bool shows_all(std::size_t width, std::size_t indent) const;
  /// The lines, each indented and ended by a line feed, none wider than `width`.
  std::string render(std::size_t width, std::size_t indent, bool colour) const;

 private:
  std::vector<std::size_t> natural_widths() const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace cyclegate::render
