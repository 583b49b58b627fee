#include "render/attribution_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "render/blame_text.h"
#include "render/numbers.h"
#include "render/safe_text.h"
#include "render/text_table.h"

namespace cyclegate::render {
namespace {

using Align = TextTable::Align;
using model::Attribution;

constexpr std::size_t guest_cap = 60;
constexpr std::size_t model_cap = 120;

Paint paint_of(model::WideChange change) {
  return change > 0 ? Paint::bad : change < 0 ? Paint::good : Paint::plain;
}

}  // namespace

std::string attribution_place(const Attribution& attribution) {
  std::string place = clean(attribution.guest, guest_cap);
  if (!attribution.input.empty()) place += "/" + clean(attribution.input, guest_cap);
  place += " on " + clean(attribution.executor, 40);
  if (attribution.input.empty()) place += ", inputs by weight";
  if (attribution.cells < attribution.of_cells)
    place += fmt::format(", over {} of {} cells", attribution.cells, attribution.of_cells);
  return place;
}

std::string attribution_note(const Attribution& attribution) {
  const model::AttributionRow& cost = attribution.cost;
  std::string note;
  const model::WideChange before = cost.guest_effect();
  const model::WideChange after = before + cost.interaction();
  if ((before > 0) != (after > 0)) {
    note = fmt::format("head's guest is {} under base's model ({}) and {} under head's ({})",
                       before > 0 ? "worse" : "not worse", percent_change(cost.base, cost.head_guest),
                       after > 0 ? "worse" : "not worse", percent_change(cost.head_model, cost.head));
  }
  if (attribution.total.change() != cost.change()) {
    if (!note.empty()) note += "; ";
    note += fmt::format("with what every run costs: {} to {}", thousands(attribution.total.base),
                        thousands(attribution.total.head));
  }
  return note;
}

std::vector<const Attribution*> widest_attributions(const model::Comparison& comparison) {
  // The wider one comes first (model::Comparison).
  std::vector<const Attribution*> widest;
  for (const Attribution& one : comparison.attributions) {
    const bool covered = !widest.empty() && widest.back()->input.empty() && widest.back()->guest == one.guest &&
                         widest.back()->executor == one.executor;
    if (!covered) widest.push_back(&one);
  }
  return widest;
}

std::string attributions_text(const model::Comparison& comparison, std::size_t top, std::size_t width, bool colour) {
  const auto guests = widest_attributions(comparison);
  if (guests.empty()) return "";
  std::string text =
      wrap(fmt::format("head brings the cost model {}; base's, {}, decides",
                       clean(guests.front()->head_model, model_cap), clean(guests.front()->base_model, model_cap)),
           width, 0, Paint::plain, colour);
  TextTable table({{"cost of"},
                   {"base", Align::right},
                   {"guest", Align::right},
                   {"model", Align::right},
                   {"interaction", Align::right},
                   {"head", Align::right},
                   {"what"}});
  for (std::size_t index = 0; index < std::min(top, guests.size()); ++index) {
    const Attribution& one = *guests[index];
    table.add({{attribution_place(one)},
               {thousands(one.cost.base)},
               {signed_text(one.cost.guest_effect()), paint_of(one.cost.guest_effect())},
               {signed_text(one.cost.model_effect())},
               {signed_text(one.cost.interaction())},
               {thousands(one.cost.head)},
               {attribution_note(one)}});
  }
  text += table.render(width, 2, colour);
  if (guests.size() > top) text += fmt::format("  and {}\n", counted(guests.size() - top, "more guest"));
  return text;
}

}  // namespace cyclegate::render
