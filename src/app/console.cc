#include "app/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "model/error.h"
#include "render/safe_text.h"
#include "system/clock.h"
#include "system/progress.h"

namespace cyclegate::app {
namespace {

/// Whether the stream is the process's own standard stream and that is a terminal. Streams of tests never are.
bool is_terminal(const std::ostream& stream) {
  if (&stream == &std::cout) return isatty(STDOUT_FILENO) == 1;
  if (&stream == &std::cerr) return isatty(STDERR_FILENO) == 1;
  return false;
}

bool wants_color(const Invocation& invocation, const std::ostream& out) {
  const std::string when = invocation.get("--color").value_or("auto");
  if (when == "always") return true;
  if (when == "never") return false;
  if (when != "auto") {
    throw model::Error(model::ErrorKind::usage, "--color " + when + ": must be auto, always or never");
  }
  const char* no_color = std::getenv("NO_COLOR");  // no-color.org: any non-empty value
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal != nullptr && std::string_view(terminal) == "dumb";
  return is_terminal(out) && !dumb && (no_color == nullptr || *no_color == '\0');
}

std::size_t terminal_columns() {
  winsize size{};
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) {
    if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) return size.ws_col;
  }
  return 100;
}

}  // namespace

Console::Console(const Invocation& invocation, std::ostream& out, std::ostream& err, system::Clock& clock)
    : out_(out),
      quiet_(invocation.has("--quiet")),
      verbose_(invocation.has("--verbose")),
      json_(invocation.has("--json")),
      color_(wants_color(invocation, out)) {
  if (is_terminal(out) || is_terminal(err)) columns_ = terminal_columns();
  if (quiet_) {
    progress_ = system::quiet_progress();
  } else if (is_terminal(err)) {
    progress_ = system::terminal_progress(err, clock, columns_);
  } else {
    progress_ = system::line_progress(err, clock);
  }
}

Console::~Console() = default;

void Console::note(std::string_view line) {
  if (!quiet_) progress_->note(render::without_workflow_commands(line));
}

void Console::detail(std::string_view line) {
  if (verbose_ && !quiet_) progress_->note(render::without_workflow_commands(line));
}

}  // namespace cyclegate::app
