#include <algorithm>
#include <vector>

#include "render/blame_text.h"
#include "render/function_name.h"
#include "render/numbers.h"
#include "render/report_data.h"
#include "render/safe_text.h"

namespace cyclegate::render {
namespace {

constexpr std::size_t function_cap = 200;

TemplateData row_data(const model::BlameRow& row, const Limits& limits) {
  TemplateData line;
  line.set("function", shorten_function(row.function, function_cap), limits.name_bytes);
  line.set("change", signed_change(row.base_self, row.head_self));
  line.set("tone", row.head_self == row.base_self ? "none" : row.head_self < row.base_self ? "good" : "bad");
  line.set("base", thousands(row.base_self)).set("head", thousands(row.head_self));
  line.set("inclusive", signed_change(row.base_total, row.head_total));
  const bool same_calls = row.base_calls == row.head_calls;
  line.set("calls", row.base_calls + row.head_calls == 0 ? std::string()
                    : same_calls                         ? thousands(row.head_calls)
                                 : thousands(row.base_calls) + " → " + thousands(row.head_calls));
  line.set("per_call", cost_per_call(row));
  line.set("note", blame_note(row, 6), 2 * limits.name_bytes);
  return line;
}

TemplateData blame_data(const model::Blame& blame, const Limits& limits) {
  TemplateData item;
  item.set("title", blame_place(blame), limits.name_bytes);
  item.set("metric", clean(blame.column, 40), limits.name_bytes);
  item.set("base", thousands(blame.base)).set("head", thousands(blame.head));
  item.set("change", signed_change(blame.base, blame.head)).set("percent", percent_change(blame.base, blame.head));
  auto rows = TemplateData::list();
  const std::size_t shown = std::min(limits.blame_rows, blame.rows.size());
  model::Wide base = 0;
  model::Wide head = 0;
  for (std::size_t index = 0; index < blame.rows.size(); ++index) {
    if (index < shown) {
      rows.add(row_data(blame.rows[index], limits));
    } else {
      base += blame.rows[index].base_self;
      head += blame.rows[index].head_self;
    }
  }
  item.set("rows", std::move(rows));
  if (shown < blame.rows.size()) {
    item.set("rows_left_out",
             counted(blame.rows.size() - shown, "more function") + ", " + signed_change(base, head) + " together");
  }
  return item;
}

}  // namespace

void add_blame(TemplateData& data, const model::Comparison& comparison, bool widest_only, const Limits& limits) {
  std::vector<const model::Blame*> blames;
  if (widest_only) {
    blames = widest_blames(comparison);
  } else {
    for (const model::Blame& blame : comparison.blame) blames.push_back(&blame);
  }
  const std::size_t shown = std::min(limits.blames, blames.size());
  auto list = TemplateData::list();
  for (std::size_t index = 0; index < shown; ++index) list.add(blame_data(*blames[index], limits));
  data.set("has_blames", shown > 0);
  data.set("blames", std::move(list));
  if (shown > 0 && shown < blames.size())
    data.set("blames_left_out", counted(blames.size() - shown, "more guest or input"));
}

}  // namespace cyclegate::render
