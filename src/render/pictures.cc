#include "render/pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "render/safe_text.h"
#include "render/svg_histogram.h"

namespace cyclegate::render {
namespace {

bool differs(const model::Breakdown& breakdown) {
  return std::ranges::any_of(breakdown.rows, [](const auto& row) { return row.base != row.head; });
}

}  // namespace

std::vector<PictureRef> choose_pictures(const model::Comparison& comparison, const Summary& summary,
                                        std::size_t limit) {
  std::map<std::string_view, std::vector<const model::Breakdown*>> breakdowns;
  for (const auto& breakdown : comparison.breakdowns) breakdowns[breakdown.guest].push_back(&breakdown);
  std::map<model::CellId, std::vector<const model::Distribution*>> distributions;
  for (const auto& distribution : comparison.distributions) distributions[distribution.cell].push_back(&distribution);

  std::vector<PictureRef> chosen;
  std::set<std::string> names;
  const auto choose = [&](PictureRef picture, const std::string& name) {
    picture.name = name;
    for (int again = 2; !names.insert(picture.name).second; ++again) picture.name = fmt::format("{}-{}", name, again);
    chosen.push_back(std::move(picture));
  };
  std::string_view last_guest;
  for (const GuestRow& row : summary.guests) {
    const std::string& guest = row.guest->guest;
    if (guest == last_guest) continue;
    last_guest = guest;
    for (const auto* breakdown : breakdowns[guest]) {
      if (chosen.size() == limit) return chosen;
      if (!differs(*breakdown)) continue;
      const bool partial = breakdown->inputs < breakdown->of_inputs;
      choose({.name = {},
              .title = fmt::format("{}: {} ({}){}", breakdown_title(*breakdown), clean(guest, name_cap),
                                   clean(breakdown->executor, 40),
                                   partial ? ", " + breakdown_scope(*breakdown) : std::string()),
              .breakdown = breakdown,
              .distribution = nullptr},
             fmt::format("{}-{}-{}", slug(breakdown->kind), slug(guest), slug(breakdown->executor)));
    }
  }
  for (const model::Finding* finding : summary.matters) {
    const auto found = distributions.find(finding->cell);
    if (found == distributions.end()) continue;
    for (const auto* distribution : found->second) {
      if (chosen.size() == limit) return chosen;
      if (distribution->metric != finding->metric) continue;
      choose({.name = {},
              .title =
                  fmt::format("{}: {} / {} ({})", clean(distribution->metric, 40), clean(finding->cell.guest, name_cap),
                              clean(finding->cell.input, name_cap), clean(finding->cell.executor, 40)),
              .breakdown = nullptr,
              .distribution = distribution},
             fmt::format("{}-{}-{}-{}", slug(distribution->metric), slug(finding->cell.guest),
                         slug(finding->cell.input), slug(finding->cell.executor)));
    }
  }
  return chosen;
}

std::string draw(const PictureRef& picture, Theme theme) {
  if (picture.breakdown != nullptr) return breakdown_svg(*picture.breakdown, 12, theme);
  return distribution_svg(*picture.distribution, theme);
}

}  // namespace cyclegate::render
