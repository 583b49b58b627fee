#pragma once

#include <cstddef>

#include "model/comparison.h"
#include "render/options.h"
#include "render/pictures.h"
#include "render/summary.h"
#include "render/template_data.h"

/// Turns a comparison into what the templates are filled with. Comment and page use the same keys, so that a template
/// can be moved from one to the other; report-templates/README.md lists them.
namespace cyclegate::render {

/// How much of each list goes in. What is left out is always counted (`*_left_out`).
struct Limits {
  std::size_t guests = 500;
  std::size_t findings = 2000;   ///< that matter for verdict and status
  std::size_t informing = 2000;  ///< of other metrics
  std::size_t breakdowns = 200;
  std::size_t breakdown_rows = 40;
  std::size_t distributions = 200;
  std::size_t blames = 200;
  std::size_t blame_rows = 2000;
  std::size_t attributions = 500;
  std::size_t attribution_parts = 200;
  std::size_t blame_parts = 6;  ///< in a sentence
  std::size_t failures = 50;
  std::size_t log_lines = 60;
  std::size_t warnings = 100;
  std::size_t artifacts = 500;
  std::size_t gate_changes = 50;
  std::size_t reasons = 20;
  bool environment = true;
  std::size_t name_bytes = 400;       ///< of an escaped name in the lists
  std::size_t head_name_bytes = 96;   ///< of an escaped name in the first lines
  std::size_t head_text_bytes = 400;  ///< of an escaped sentence in the first lines
};

/// Verdict, status, worst and best number, next step, gate changes: the first lines.
void add_head(TemplateData& data, const model::Comparison& comparison, const Summary& summary, const Options& options,
              const Limits& limits);
/// Guests, findings, unchanged and failures.
void add_results(TemplateData& data, const model::Comparison& comparison, const Summary& summary, const Limits& limits);
/// Breakdowns and distributions as tables; `pictures` says which and in what order.
void add_breakdowns(TemplateData& data, const std::vector<PictureRef>& pictures, const Limits& limits);
/// The functions behind the changes: every blame, or the widest of each executor only.
void add_blame(TemplateData& data, const model::Comparison& comparison, bool widest_only, const Limits& limits);
/// How the change splits into guest and cost model, where head brings another: every cell, or guests only.
void add_attributions(TemplateData& data, const model::Comparison& comparison, bool widest_only, const Limits& limits);
/// Environment, artefacts, warnings, method and reproduction.
void add_background(TemplateData& data, const model::Comparison& comparison, const Options& options,
                    const Limits& limits);

/// One finding as a row.
TemplateData finding_data(const model::Comparison& comparison, const Summary& summary, const model::Finding& finding,
                          std::size_t name_bytes);
/// One breakdown as a table: title, rows, rest, total.
TemplateData breakdown_data(const PictureRef& picture, const Limits& limits);
/// One distribution as text: title, base, head.
TemplateData distribution_data(const PictureRef& picture, const Limits& limits);

/// The command that repeats the comparison, if options name none.
std::vector<std::string> reproduction(const model::Comparison& comparison, const Options& options);

}  // namespace cyclegate::render
