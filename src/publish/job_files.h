#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "publish/check_run.h"

/// What a GitHub Actions job says without any token: its summary, its outputs and the commands in its log.
namespace cyclegate::publish {

/// Most bytes of a step's summary.
inline constexpr std::size_t largest_summary = 1 << 20;
/// Most errors, and most warnings, that GitHub shows of one step.
inline constexpr std::size_t commands_per_level = 10;

/// Appends the Markdown to GITHUB_STEP_SUMMARY; with what stands there it stays within 1 MiB, else it is cut and says
/// so. False: there was no room at all. Throws model::Error{measurement} when the file cannot be written.
bool append_summary(const std::filesystem::path& file, std::string_view markdown);

/// One delimiter that nobody can guess: `cyclegate_` and 32 hex digits.
std::string random_delimiter();

/// Appends `NAME<<DELIMITER`, the value's lines and the delimiter to GITHUB_OUTPUT for each output. A delimiter that a
/// value holds is replaced by another. Throws model::Error{measurement} when the file cannot be written.
void append_outputs(const std::filesystem::path& file, const std::vector<std::pair<std::string, std::string>>& outputs,
                    const std::function<std::string()>& delimiter = random_delimiter);

/// `::error file=src/a.c,line=3,endLine=4,title=...::message` for each annotation, ten of each level at most, each on a
/// line of its own: % CR LF are escaped in data, : and , in properties as well.
std::string workflow_commands(const std::vector<Annotation>& annotations);

/// The text as one line that the runner takes for no command: it looks for `::` at the start of a line and for `##[`
/// anywhere.
std::string log_line(std::string_view text);

}  // namespace cyclegate::publish
