#include "reports/ziskemu_totals.h"

#include <fmt/format.h>

#include "model/error.h"
#include "reports/report_builder.h"

namespace cyclegate::reports {

namespace {

constexpr std::array<std::string_view, 7> line_starts = {
    "TOTAL COST: ", "STEPS: ", "BASE COST: ", "MAIN COST: ", "OPCODES COST: ", "PRECOMPILED COST: ", "MEMORY COST: "};

}  // namespace

void TotalsReader::line(std::string_view text, std::uint64_t line) {
  if (text.starts_with(line_starts[0])) {
    next_ = 0;
    open_ = {.values = {}, .line = line};
  } else if (next_ == 0) {
    return;
  }
  const auto value =
      text.starts_with(line_starts[next_]) ? parse_count(text.substr(line_starts[next_].size())) : std::nullopt;
  if (!value) {
    next_ = 0;
    return;
  }
  open_.values[next_++] = *value;
  if (next_ < line_starts.size()) return;
  last_ = open_;
  next_ = 0;
}

ZiskemuReport TotalsReader::finish(std::uint64_t last_line) const {
  if (next_ > 0) {
    refuse(origin_, last_line, fmt::format("the totals that begin in line {} are truncated", open_.line));
  }
  if (!last_) {
    throw model::Error(model::ErrorKind::configuration,
                       fmt::format("{}: there is no report of ziskemu in it (`ziskemu -X` prints one, `--save-stats` "
                                   "writes one as CSV), and it is no JSON of `hyperfine --export-json`",
                                   origin_));
  }
  const auto& [total, steps, base, main, opcodes, precompiles, memory] = last_->values;
  ReportBuilder builder(origin_, Layout::totals);
  builder.report().steps = steps;
  builder.open({.section = Section::cost_distribution,
                .title = "TOTAL COST",
                .subject = {},
                .columns = {"COST"},
                .rows = {},
                .line = last_->line});
  const auto add = [&](std::string_view name, std::uint64_t value, std::uint64_t offset) {
    builder.add({.name = std::string(name), .values = {{value, 0}}, .text = {}, .line = last_->line + offset});
  };
  add("MAIN", main, 3);
  add("OPCODES", opcodes, 4);
  add("PRECOMPILES", precompiles, 5);
  add("MEMORY", memory, 6);
  add("BASE", base, 2);
  add("TOTAL", total, 0);
  return builder.finish();
}

}  // namespace cyclegate::reports
