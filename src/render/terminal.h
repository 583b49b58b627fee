#pragma once

#include <cstddef>
#include <string>

#include "model/comparison.h"
#include "render/options.h"
#include "render/summary.h"

namespace cyclegate::render {

/// How the terminal is.
struct TerminalStyle {
  bool colour = false;
  std::size_t width = 100;  ///< columns; below 60 counts as 60
};

/// For people at a prompt: verdict and status, one row per guest, the findings that matter (20 at most), and where the
/// report lies. Unchanged cells are counted. No line is wider than the terminal.
std::string render_terminal(const model::Comparison& comparison, const Summary& summary, const Options& options,
                            const TerminalStyle& style);

}  // namespace cyclegate::render
