#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "model/comparison.h"
#include "render/options.h"
#include "render/summary.h"

namespace cyclegate::render {

/// GitHub refuses comments of more than 65,536 characters; ours stay well below.
inline constexpr std::size_t comment_byte_limit = 60'000;
/// Verdict, status, worst and best number and next step stand within these first bytes.
inline constexpr std::size_t comment_head_bytes = 1'024;
/// Most pictures linked from a comment.
inline constexpr std::size_t comment_pictures = 6;
/// First line of every comment, by which the publisher finds its own again.
inline constexpr std::string_view comment_marker = "<!-- cyclegate -->";

/// The pull-request comment. Where it gets too long, detail is dropped in this order, and the comment says what: rows
/// of the breakdowns (to 8), functions behind the change (to 5 of one guest), other metrics (to 10), lines of logs (to
/// 15), times, warnings, all other metrics, breakdowns beyond six, guests, findings and failures beyond 20, 20 and 5,
/// pictures, breakdowns and functions, environment and artefacts, logs and all but 8 guests, 8 findings, 3 failures and
/// 3 reasons. Throws a configuration error naming a user's template that is not well-formed, or whose result breaks one
/// of the three promises above.
std::string render_markdown(const model::Comparison& comparison, const Summary& summary, const Options& options);

}  // namespace cyclegate::render
