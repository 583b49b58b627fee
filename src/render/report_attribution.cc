#include <algorithm>
#include <vector>

#include "render/attribution_text.h"
#include "render/blame_text.h"
#include "render/numbers.h"
#include "render/report_data.h"
#include "render/safe_text.h"

namespace cyclegate::render {
namespace {

constexpr std::size_t name_limit = 200;

void set_amounts(TemplateData& data, const model::AttributionRow& row) {
  data.set("base", thousands(row.base)).set("head", thousands(row.head));
  data.set("guest", signed_text(row.guest_effect())).set("model", signed_text(row.model_effect()));
  data.set("interaction", signed_text(row.interaction())).set("change", signed_text(row.change()));
  data.set("tone", row.head_guest == row.base ? "none" : row.head_guest < row.base ? "good" : "bad");
}

TemplateData attribution_data(const model::Attribution& attribution, const Limits& limits) {
  TemplateData item;
  item.set("title", attribution_place(attribution), limits.name_bytes);
  set_amounts(item, attribution.cost);
  item.set("percent", percent_change(attribution.cost.base, attribution.cost.head));
  if (const std::string note = attribution_note(attribution); !note.empty())
    item.set("note", note, 2 * limits.name_bytes);
  auto parts = TemplateData::list();
  const std::size_t shown = std::min(limits.attribution_parts, attribution.parts.size());
  for (std::size_t index = 0; index < shown; ++index) {
    TemplateData row;
    row.set("name", clean(attribution.parts[index].name, name_limit), limits.name_bytes);
    set_amounts(row, attribution.parts[index]);
    parts.add(std::move(row));
  }
  item.set("has_parts", shown > 0);
  item.set("parts", std::move(parts));
  if (shown > 0 && shown < attribution.parts.size())
    item.set("parts_left_out", counted(attribution.parts.size() - shown, "more part"));
  return item;
}

}  // namespace

void add_attributions(TemplateData& data, const model::Comparison& comparison, bool widest_only, const Limits& limits) {
  std::vector<const model::Attribution*> all;
  if (widest_only) {
    all = widest_attributions(comparison);
  } else {
    for (const model::Attribution& one : comparison.attributions) all.push_back(&one);
  }
  const std::size_t shown = std::min(limits.attributions, all.size());
  auto list = TemplateData::list();
  for (std::size_t index = 0; index < shown; ++index) list.add(attribution_data(*all[index], limits));
  data.set("has_attributions", shown > 0);
  data.set("attributions", std::move(list));
  if (shown == 0) return;
  data.set("base_model", clean(all.front()->base_model, name_limit), limits.name_bytes);
  data.set("head_model", clean(all.front()->head_model, name_limit), limits.name_bytes);
  if (shown < all.size()) data.set("attributions_left_out", counted(all.size() - shown, "more guest or input"));
}

}  // namespace cyclegate::render
