#include "executors/pick_metric.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <optional>

#include "executors/json_search.h"
#include "executors/picked_number.h"
#include "model/text.h"

namespace cyclegate::executors {
namespace {

/// Keeps the time linear also where each match has to be looked for to the end of the text.
constexpr std::size_t max_matches = 100'000;

using Found = std::expected<std::string, std::string>;

/// RE2 matches in time linear in the text, whatever the pattern: std::regex would let a guest's output hang us or
/// overflow our stack.
RE2::Options pattern_options() {
  RE2::Options options(RE2::Latin1);  // any bytes
  options.set_log_errors(false);
  options.set_max_mem(std::int64_t{8} << 20);
  return options;
}

std::string compiled(const std::string& pattern) {
  return "(?m)" + pattern;
}

std::string shown(std::string_view text) {
  return model::to_line(text, 60);
}

Found by_pattern(std::string_view text, const model::PickedMetric& metric) {
  const RE2 pattern(compiled(metric.pattern), pattern_options());
  if (!pattern.ok()) return std::unexpected(fmt::format("its pattern is wrong: {}", pattern.error()));
  re2::StringPiece rest(text.data(), text.size());
  re2::StringPiece groups[2];
  const int wanted = pattern.NumberOfCapturingGroups() == 0 ? 1 : 2;
  std::optional<std::string> found;
  std::size_t at = 0;
  std::size_t matches = 0;
  while (at <= text.size() && pattern.Match(rest, at, rest.size(), RE2::UNANCHORED, groups, wanted)) {
    const re2::StringPiece& group = groups[wanted - 1];
    std::string value(group.data() == nullptr ? "" : group.data(), group.size());
    if (found && metric.match == model::Match::same && *found != value) {
      return std::unexpected(
          fmt::format("its pattern finds {} and {}; say match: first or match: last, or a pattern that "
                      "finds one",
                      shown(*found), shown(value)));
    }
    found = std::move(value);
    if (++matches > max_matches)
      return std::unexpected(fmt::format("its pattern matches more than {} times", max_matches));
    if (metric.match == model::Match::first) break;
    const auto end = static_cast<std::size_t>(groups[0].data() - text.data()) + groups[0].size();
    at = end > at ? end : at + 1;  // an empty match does not move by itself
  }
  if (!found) return std::unexpected(std::string("its pattern finds nothing"));
  return *found;
}

Found whole_text(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return std::unexpected(std::string("there is nothing"));
  return std::string(text.substr(first, text.find_last_not_of(blanks) + 1 - first));
}

}  // namespace

std::string pattern_problem(const std::string& pattern) {
  const RE2 compiled_pattern(compiled(pattern), pattern_options());
  if (!compiled_pattern.ok()) return compiled_pattern.error();
  if (compiled_pattern.NumberOfCapturingGroups() > 1)
    return "it has more than one group; (?:...) is one that does not count";
  return "";
}

std::expected<std::uint64_t, std::string> pick_metric(std::string_view text, const model::PickedMetric& metric) {
  Found found = !metric.pattern.empty()   ? by_pattern(text, metric)
                : !metric.pointer.empty() ? find_json_value(text, metric.pointer, metric.match)
                                          : whole_text(text);
  if (!found) return std::unexpected(std::move(found.error()));
  return picked_number(*found, metric.scale, metric.metric.kind == model::MetricKind::exact);
}

}  // namespace cyclegate::executors
