#include "render/svg_histogram.h"

#include <fmt/format.h>

#include <algorithm>

#include "render/function_name.h"
#include "render/numbers.h"
#include "render/safe_text.h"

namespace cyclegate::render {
namespace {

using model::Breakdown;
using model::BreakdownRow;
using model::Wide;

constexpr double label_end = 268;  // names end here, bars begin just after
constexpr double bars_start = 278;
constexpr double bars_end = 636;
constexpr double figures_end = picture_width - picture_margin;
constexpr double legend_line = 66;  // below titles, which long names of guests fill
constexpr double rows_start = 90;
constexpr double row_height = 32;
constexpr double bar_height = 11;
constexpr std::size_t label_columns = 34;

Wide difference(const BreakdownRow& row) {
  return row.head > row.base ? row.head - row.base : row.base - row.head;
}

/// A file may claim anything.
Wide saturating_add(Wide left, Wide right) {
  return left > ~right ? ~Wide{0} : left + right;
}

void add(BreakdownRow& sum, const BreakdownRow& row) {
  sum.base = saturating_add(sum.base, row.base);
  sum.head = saturating_add(sum.head, row.head);
}

/// The distance of grid lines: 1, 2 or 5 times a power of ten, at most five of them up to `largest`.
Wide grid_step(Wide largest) {
  Wide power = 1;
  while (largest / power > 50) power *= 10;
  for (const Wide factor : {1U, 2U, 5U}) {
    if (largest / (power * factor) <= 5) return power * factor;
  }
  return power * 10;
}

std::string_view head_class(const BreakdownRow& row) {
  if (row.head == row.base) return "same";
  return row.head < row.base ? "better" : "worse";
}

class BreakdownPicture {
 public:
  BreakdownPicture(SvgCanvas& canvas, Wide largest) : canvas_(canvas), largest_(std::max<Wide>(1, largest)) {}

  void grid(double bottom) {
    const Wide step = grid_step(largest_);
    for (Wide tick = 0;; tick += step) {
      canvas_.line(bars_start + length(tick), rows_start - 4, bars_start + length(tick), bottom, "grid");
      canvas_.text(bars_start + length(tick), bottom + 15, "small axis", "middle",
                   without_trailing_zeros(compact(tick)));
      if (largest_ - tick < step) break;
    }
  }

  void row(double y, const BreakdownRow& row, std::string_view label_class) {
    const std::string name = clean(row.name, name_cap);
    canvas_.text(label_end, y + 17, label_class, "end", shorten_function(name, label_columns), name);
    const auto hint = [&](std::string_view side, Wide value) {
      return fmt::format("{}: {} {}", name, side, thousands(value));
    };
    canvas_.rectangle(bars_start, y + 2, length(row.base), bar_height, "base", hint("base", row.base));
    canvas_.rectangle(bars_start, y + 3 + bar_height, length(row.head), bar_height, head_class(row),
                      hint("head", row.head));
    canvas_.text(figures_end, y + 12, fmt::format("strong {}", row.head == row.base ? "small" : head_class(row)), "end",
                 change_text(row));
    canvas_.text(figures_end, y + 25, "small", "end",
                 fmt::format("{} \u2192 {}", compact(row.base), compact(row.head)));
  }

 private:
  double length(Wide value) const {
    return (bars_end - bars_start) * (static_cast<double>(value) / static_cast<double>(largest_));
  }

  SvgCanvas& canvas_;
  Wide largest_;
};

/// Any input counts more than once.
bool is_weighted(const Breakdown& breakdown) {
  return breakdown.weight > breakdown.inputs;
}

void legend(SvgCanvas& canvas, double y) {
  struct Item {
    std::string_view css_class;
    std::string_view text;
    double width;
  };
  double x = figures_end;
  for (const Item& item : {Item{"worse", "head, more", 64}, Item{"better", "head, less", 58},
                           Item{"same", "head, equal", 66}, Item{"base", "base", 28}}) {
    x -= item.width;
    canvas.text(x, y, "small", "start", item.text);
    canvas.rectangle(x - 15, y - 9, 10, 10, item.css_class);
    x -= 28;
  }
}

}  // namespace

SelectedRows select_rows(const Breakdown& breakdown, std::size_t limit) {
  SelectedRows selected;
  selected.order = breakdown.kind == "function" ? RowOrder::change : RowOrder::size;
  std::vector<const BreakdownRow*> order;
  order.reserve(breakdown.rows.size());
  for (const BreakdownRow& row : breakdown.rows) {
    add(selected.total, row);
    if (row.base != 0 || row.head != 0) order.push_back(&row);
  }
  // A change of less than a thousandth of the whole is no reason to push a large function out of sight.
  const Wide threshold = std::max(selected.total.base, selected.total.head) / 1000;
  const auto notable = [&](const BreakdownRow& row) { return difference(row) < threshold ? Wide{0} : difference(row); };
  const auto before = [&](const BreakdownRow* left, const BreakdownRow* right) {
    if (selected.order == RowOrder::change && notable(*left) != notable(*right)) {
      return notable(*left) > notable(*right);
    }
    const Wide left_size = std::max(left->base, left->head);
    const Wide right_size = std::max(right->base, right->head);
    return left_size != right_size ? left_size > right_size : left->name < right->name;
  };
  const std::size_t shown = order.size() <= limit + 1 ? order.size() : limit;
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(shown), before);
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i < shown) {
      selected.rows.push_back(*order[i]);
    } else {
      add(selected.rest, *order[i]);
      ++selected.rest_count;
    }
  }
  selected.rest.name = fmt::format("{} others", thousands(selected.rest_count));
  return selected;
}

std::string breakdown_title(const Breakdown& breakdown) {
  std::string title = clean(breakdown.metric, 40);
  if (title.empty()) title = "cost";
  std::ranges::replace(title, '_', ' ');
  if (is_weighted(breakdown)) title.insert(0, "weighted ");
  if (title.front() >= 'a' && title.front() <= 'z') title.front() = static_cast<char>(title.front() - 'a' + 'A');
  title += " by ";
  if (breakdown.kind == "opcode" || breakdown.kind == "memory") return title + breakdown.kind + " class";
  return title + clean(breakdown.kind, 40);
}

std::string breakdown_scope(const Breakdown& breakdown) {
  std::string scope;
  if (breakdown.inputs < breakdown.of_inputs)
    scope = fmt::format("over {} of {}", thousands(breakdown.inputs), counted(breakdown.of_inputs, "input"));
  else if (is_weighted(breakdown))
    scope = counted(breakdown.inputs, "input");
  return is_weighted(breakdown) ? scope + " by weight" : scope;
}

std::string breakdown_svg(const Breakdown& breakdown, std::size_t limit, Theme theme) {
  const SelectedRows selected = select_rows(breakdown, limit);
  const std::string where =
      fmt::format("{} ({})", shorten_middle(clean(breakdown.guest, name_cap), 40), clean(breakdown.executor, 40));
  const std::string title = fmt::format("{}: {}", breakdown_title(breakdown), where);
  const std::string total =
      fmt::format("total {} \u2192 {}, {}", thousands(selected.total.base), thousands(selected.total.head),
                  percent_change(selected.total.base, selected.total.head));
  SvgCanvas canvas(title, fmt::format("Paired bars of base and head; {}. The numbers stand beside the bars.", total),
                   theme);
  canvas.text(picture_margin, 28, "title", "start", title);
  const std::string scope = breakdown_scope(breakdown);
  canvas.text(picture_margin, 48, "small", "start",
              fmt::format("{}; {}{}{}", total, scope, scope.empty() ? "" : "; ",
                          selected.order == RowOrder::change ? "largest change first" : "largest first"));
  legend(canvas, legend_line);
  if (selected.rows.empty()) {
    canvas.text(picture_margin, rows_start + 16, "plain", "start", "nothing was counted");
    return canvas.finish(rows_start + row_height + picture_margin);
  }
  Wide largest = std::max(selected.rest.base, selected.rest.head);
  for (const BreakdownRow& row : selected.rows) largest = std::max({largest, row.base, row.head});
  const std::size_t count = selected.rows.size() + (selected.rest_count > 0 ? 1 : 0);
  const double bottom = rows_start + static_cast<double>(count) * row_height;
  BreakdownPicture picture(canvas, largest);
  picture.grid(bottom);
  double y = rows_start;
  for (const BreakdownRow& row : selected.rows) {
    picture.row(y, row, "name");
    y += row_height;
  }
  if (selected.rest_count > 0) picture.row(y, selected.rest, "rest");
  return canvas.finish(bottom + 26);
}

}  // namespace cyclegate::render
