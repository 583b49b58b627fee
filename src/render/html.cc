#include "render/html.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "render/embedded_templates.h"
#include "render/numbers.h"
#include "render/report_data.h"
#include "render/safe_text.h"

namespace cyclegate::render {
namespace {

using model::Finding;

std::string page_style() {
  const auto files = templates::embedded_files();
  const auto found = std::ranges::find(files, std::string_view("report.css"), &model::EmbeddedFile::name);
  if (found == files.end()) throw std::logic_error("report.css is not embedded");
  return std::string(found->bytes) + svg_style(Theme::automatic);
}

struct Group {
  std::string_view name;
  bool open;
  bool (*takes)(const Finding& finding);
};

/// A finding is listed in the first group that takes it.
constexpr std::array<Group, 5> groups = {{
    {"Fails the gate", true, [](const Finding& f) { return f.gates; }},
    {"Worse", true,
     [](const Finding& f) {
       return f.deciding && f.kind != model::FindingKind::improved && f.kind != model::FindingKind::inconclusive &&
              f.kind != model::FindingKind::incomparable && f.kind != model::FindingKind::added &&
              f.kind != model::FindingKind::removed;
     }},
    {"Better", true, [](const Finding& f) { return f.deciding && f.kind == model::FindingKind::improved; }},
    {"Undecided, incomparable, new or removed", true, [](const Finding& f) { return is_decisive(f); }},
    {"Other metrics that changed, for information", false, [](const Finding&) { return true; }},
}};

TemplateData finding_groups(const model::Comparison& comparison, const Summary& summary, const Limits& limits) {
  std::array<std::vector<const Finding*>, groups.size()> members;
  for (const Finding* finding : summary.matters) {
    const auto group = std::ranges::find_if(groups, [&](const Group& candidate) { return candidate.takes(*finding); });
    members.at(static_cast<std::size_t>(group - groups.begin())).push_back(finding);
  }
  auto list = TemplateData::list();
  std::size_t room = limits.findings;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto& findings = members.at(i);
    if (findings.empty()) continue;
    const std::size_t shown = std::min(room, findings.size());
    room -= shown;
    auto rows = TemplateData::list();
    for (std::size_t at = 0; at < shown; ++at)
      rows.add(finding_data(comparison, summary, *findings[at], limits.name_bytes));
    TemplateData group;
    group.set("name", groups.at(i).name).set("count", thousands(findings.size()));
    group.set("open", groups.at(i).open && shown <= 200);
    group.set("rows", std::move(rows));
    if (shown < findings.size()) group.set("left_out", counted(findings.size() - shown, "more finding"));
    list.add(std::move(group));
  }
  return list;
}

TemplateData figures(const std::vector<PictureRef>& pictures, const Limits& limits) {
  auto list = TemplateData::list();
  for (const PictureRef& picture : pictures) {
    TemplateData figure;
    figure.set("svg", TemplateData::markup(draw(picture, Theme::inherited)));
    if (picture.breakdown != nullptr) {
      figure.set("table", breakdown_data(picture, limits));
    } else {
      figure.set("times", distribution_data(picture, limits));
    }
    list.add(std::move(figure));
  }
  return list;
}

}  // namespace

std::string render_html(const model::Comparison& comparison, const Summary& summary, const Options& options) {
  const Limits limits;
  TemplateData data;
  data.set("style", TemplateData::markup(page_style()));
  add_head(data, comparison, summary, options, limits);
  add_results(data, comparison, summary, {.guests = limits.guests, .findings = 0, .informing = 0});
  data.set("groups", finding_groups(comparison, summary, limits));
  add_attributions(data, comparison, false, limits);
  add_blame(data, comparison, false, limits);
  const auto pictures = choose_pictures(comparison, summary, ~std::size_t{0});
  const std::size_t shown = std::min(pictures.size(), options.max_pictures);
  data.set("has_figures", shown > 0);
  data.set("figures", figures({pictures.begin(), pictures.begin() + static_cast<std::ptrdiff_t>(shown)}, limits));
  if (shown < pictures.size()) data.set("figures_left_out", counted(pictures.size() - shown, "more picture"));
  add_background(data, comparison, options, limits);
  return fill(options.templates.page, data, [](std::string_view text, std::size_t) { return escape_html(text); });
}

}  // namespace cyclegate::render
