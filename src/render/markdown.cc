#include "render/markdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "model/error.h"
#include "render/numbers.h"
#include "render/report_data.h"
#include "render/safe_text.h"

namespace cyclegate::render {
namespace {

/// What one rendering shows, and what it says it has dropped.
struct Cut {
  Limits limits;
  std::size_t pictures = comment_pictures;
  std::vector<std::string> dropped;
};

struct Step {
  std::string_view says;
  void (*apply)(Cut& cut);
};

constexpr std::array<Step, 12> steps = {{
    {"rows of the breakdowns",
     [](Cut& cut) {
       cut.limits.breakdown_rows = 8;
       cut.limits.attribution_parts = 0;
     }},
    {"functions behind the change beyond the first",
     [](Cut& cut) {
       cut.limits.blames = 1;
       cut.limits.blame_rows = 5;
     }},
    {"other metrics", [](Cut& cut) { cut.limits.informing = 10; }},
    {"lines of logs", [](Cut& cut) { cut.limits.log_lines = 15; }},
    {"times", [](Cut& cut) { cut.limits.distributions = 0; }},
    {"warnings", [](Cut& cut) { cut.limits.warnings = 0; }},
    {"all other metrics", [](Cut& cut) { cut.limits.informing = 0; }},
    {"breakdowns beyond the first six", [](Cut& cut) { cut.limits.breakdowns = 6; }},
    {"guests, findings and failures beyond the first",
     [](Cut& cut) {
       cut.limits.guests = 20;
       cut.limits.findings = 20;
       cut.limits.failures = 5;
       cut.limits.attributions = 5;
     }},
    {"pictures, breakdowns and functions behind the change",
     [](Cut& cut) {
       cut.pictures = 0;
       cut.limits.breakdowns = 0;
       cut.limits.blames = 0;
     }},
    {"environment and artefacts", [](Cut& cut) { cut.limits.environment = false; }},
    {"logs and all but the first guests, findings, failures and reasons",
     [](Cut& cut) {
       cut.limits.log_lines = 0;
       cut.limits.guests = 8;
       cut.limits.findings = 8;
       cut.limits.failures = 3;
       cut.limits.reasons = 3;
       cut.limits.gate_changes = 5;
     }},
}};

/// Where the first kilobyte gets tight, names and sentences in it are cut harder.
constexpr std::array<std::pair<std::size_t, std::size_t>, 4> head_caps = {{{96, 300}, {48, 200}, {32, 150}, {24, 110}}};

Cut all_of_it() {
  Cut cut;
  cut.limits.guests = 60;
  cut.limits.findings = 60;
  cut.limits.informing = 40;
  cut.limits.blames = 3;
  cut.limits.blame_rows = 10;
  cut.limits.attributions = 20;
  cut.limits.attribution_parts = 8;
  cut.limits.breakdowns = 12;
  cut.limits.breakdown_rows = 15;
  cut.limits.distributions = 30;
  cut.limits.failures = 10;
  cut.limits.log_lines = 40;
  cut.limits.warnings = 20;
  cut.limits.artifacts = 40;
  cut.limits.gate_changes = 20;
  cut.limits.reasons = 8;
  cut.limits.name_bytes = 240;
  return cut;
}

TemplateData picture_list(const std::vector<PictureRef>& pictures, const Options& options, std::size_t limit) {
  auto list = TemplateData::list();
  std::size_t shown = 0;
  for (const PictureRef& picture : pictures) {
    if (shown == limit || !options.picture_link) break;
    const auto link = options.picture_link(picture.name);
    if (!link) continue;
    const auto light = safe_url(link->light);
    const auto dark = safe_url(link->dark);
    if (!light || !dark) continue;
    ++shown;
    list.add(TemplateData().set(
        "image",
        TemplateData::markup(fmt::format(
            R"~(<picture><source media="(prefers-color-scheme: dark)" srcset="{}"><img src="{}" width="{}" alt="{}"></picture>)~",
            escape_html(*dark), escape_html(*light), 800, escape_comment_within(picture.title, 240)))));
  }
  return list;
}

std::string fill_comment(const model::Comparison& comparison, const Summary& summary, const Options& options,
                         const Cut& cut, const std::vector<PictureRef>& pictures) {
  TemplateData data;
  add_head(data, comparison, summary, options, cut.limits);
  add_results(data, comparison, summary, cut.limits);
  add_attributions(data, comparison, true, cut.limits);
  add_blame(data, comparison, true, cut.limits);
  add_breakdowns(data, pictures, cut.limits);
  add_background(data, comparison, options, cut.limits);
  auto images = picture_list(pictures, options, cut.pictures);
  data.set("has_pictures", !images.items().empty());
  data.set("pictures", std::move(images));
  auto dropped = TemplateData::list();
  for (const std::string& text : cut.dropped) dropped.add(TemplateData().set("text", text));
  data.set("has_dropped", !cut.dropped.empty());
  data.set("dropped", std::move(dropped));
  return fill(options.templates.comment, data, escape_comment_within);
}

/// Whether the promises about the first kilobyte hold.
bool head_is_complete(const std::string& text, const model::Comparison& comparison, const Summary& summary,
                      const Limits& limits) {
  const std::string_view head = std::string_view(text).substr(0, comment_head_bytes);
  const auto has = [&](std::string_view part) { return head.find(part) != std::string_view::npos; };
  const auto has_finding = [&](const model::Finding* finding) {
    return finding == nullptr || has(escape_comment(change_text(finding->change)));
  };
  return has(escape_comment(summary.headline)) && has(model::to_string(comparison.status)) &&
         has(escape_comment_within(clean(summary.next_step), limits.head_text_bytes)) && has_finding(summary.worst) &&
         has_finding(summary.best);
}

}  // namespace

std::string render_markdown(const model::Comparison& comparison, const Summary& summary, const Options& options) {
  Cut cut = all_of_it();
  const auto pictures = choose_pictures(comparison, summary, ~std::size_t{0});
  std::string text;
  for (const auto& [name_bytes, text_bytes] : head_caps) {
    cut.limits.head_name_bytes = name_bytes;
    cut.limits.head_text_bytes = text_bytes;
    text = fill_comment(comparison, summary, options, cut, pictures);
    if (head_is_complete(text, comparison, summary, cut.limits)) break;
  }
  for (std::size_t step = 0; text.size() > comment_byte_limit && step < steps.size(); ++step) {
    steps.at(step).apply(cut);
    cut.dropped.emplace_back(steps.at(step).says);
    text = fill_comment(comparison, summary, options, cut, pictures);
  }
  const std::string& origin = options.templates.comment.origin;
  const auto refuse = [&](std::string_view why) {
    throw model::Error(model::ErrorKind::configuration, fmt::format("{}: {}", origin, why));
  };
  if (!text.starts_with(comment_marker)) refuse(fmt::format("must begin with the line {}", comment_marker));
  if (!head_is_complete(text, comparison, summary, cut.limits)) {
    refuse(
        "{{headline}}, {{status}}, {{next}} and the changes of {{#worst}} and {{#best}} (or {{#only}}) must stand "
        "within the first 1,024 bytes");
  }
  if (text.size() > comment_byte_limit) {
    refuse(fmt::format("makes a comment of {} bytes even without all detail; at most {} are allowed",
                       thousands(text.size()), thousands(comment_byte_limit)));
  }
  return text;
}

}  // namespace cyclegate::render
