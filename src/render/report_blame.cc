#include <algorithm>
#include <span>
#include <vector>

#include "render/blame_text.h"
#include "render/function_name.h"
#include "render/numbers.h"
#include "render/report_data.h"
#include "render/safe_text.h"

namespace cyclegate::render {
namespace {

constexpr std::size_t function_columns = 200;
constexpr std::size_t most_kinds = 64;

TemplateData row_data(const model::BlameRow& row, const Limits& limits) {
  TemplateData line;
  line.set("function", shorten_function(row.function, function_columns), limits.name_bytes);
  line.set("change", signed_change(row.base_self, row.head_self));
  line.set("tone", row.head_self == row.base_self ? "none" : row.head_self < row.base_self ? "good" : "bad");
  line.set("base", thousands(row.base_self)).set("head", thousands(row.head_self));
  line.set("inclusive", inclusive_change(row));
  line.set("calls", calls_text(row, " → "));
  line.set("per_call", cost_per_call(row));
  if (const std::string note = blame_note(row, 6); !note.empty()) line.set("note", note, 2 * limits.name_bytes);
  return line;
}

std::string left_out(std::size_t count, std::string_view what, model::Wide base, model::Wide head) {
  return counted(count, what) + ", " + signed_change(base, head) + " together";
}

// The change by kind of cost, over all functions.
void add_parts(TemplateData& item, const std::vector<model::BlamePart>& parts, const Limits& limits) {
  item.set("has_parts", !parts.empty());
  item.set("parts_text", parts_text(parts, limits.blame_parts), 4 * limits.name_bytes);
  const std::size_t shown = std::min(most_kinds, parts.size());
  auto kinds = TemplateData::list();
  for (const model::BlamePart& part : std::span(parts).first(shown)) {
    TemplateData kind;
    kind.set("name", clean(part.name, 40), limits.name_bytes);
    kind.set("change", signed_change(part.base, part.head));
    kind.set("base", thousands(part.base)).set("head", thousands(part.head));
    kind.set("tone", part.head < part.base ? "good" : "bad");
    kinds.add(std::move(kind));
  }
  item.set("parts", std::move(kinds));
  if (shown == parts.size()) return;
  model::Wide base = 0;
  model::Wide head = 0;
  for (const model::BlamePart& part : std::span(parts).subspan(shown)) {
    base += part.base;
    head += part.head;
  }
  item.set("parts_left_out", left_out(parts.size() - shown, "more kind", base, head));
}

TemplateData blame_data(const model::Blame& blame, const Limits& limits) {
  TemplateData item;
  item.set("title", blame_place(blame), limits.name_bytes);
  item.set("metric", clean(blame.column, 40), limits.name_bytes);
  item.set("base", thousands(blame.base)).set("head", thousands(blame.head));
  item.set("change", signed_change(blame.base, blame.head)).set("percent", percent_change(blame.base, blame.head));
  auto rows = TemplateData::list();
  const std::size_t shown = std::min(limits.blame_rows, blame.rows.size());
  for (const model::BlameRow& row : std::span(blame.rows).first(shown)) rows.add(row_data(row, limits));
  item.set("rows", std::move(rows));
  if (shown < blame.rows.size()) {
    model::Wide base = 0;
    model::Wide head = 0;
    for (const model::BlameRow& row : std::span(blame.rows).subspan(shown)) {
      base += row.base_self;
      head += row.head_self;
    }
    item.set("rows_left_out", left_out(blame.rows.size() - shown, "more function", base, head));
  }
  add_parts(item, changed_parts(blame), limits);
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
