#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "model/command_settings.h"

namespace cyclegate::executors {

/// What is wrong with a pattern: it is no RE2 expression, or has more than one group. Empty when it is right.
std::string pattern_problem(const std::string& pattern);

/// The metric's value in a text that a program wrote, which may be anything at all: by the metric's pattern, its JSON
/// pointer (see find_json_value), or the text itself. Where all matches of a pattern must agree (`same`), so must on
/// stdout and stderr those that it would have without its ^, \A and \b: others' words may stand before the program's
/// line. The value is a number as picked_number reads it. Exact metrics must come out whole, sampled ones are rounded
/// to the nearest integer. Matching takes time linear in the text. The error says what was not found.
std::expected<std::uint64_t, std::string> pick_metric(std::string_view text, const model::PickedMetric& metric);

}  // namespace cyclegate::executors
