#include "executors/ziskemu_outcome.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "executors/failure.h"

namespace cyclegate::executors {
namespace {

using model::Outcome;
using model::OutcomeKind;

constexpr std::string_view error_prefix = "Error during emulation: ";
constexpr std::size_t most_words = 400;  ///< of ziskemu's own that an outcome repeats

std::string shortened(std::string_view text) {
  return text.size() <= most_words ? std::string(text) : std::string(text.substr(0, most_words)) + "...";
}

/// The number behind the first `label` in the text; hexadecimal behind `0x`.
std::optional<std::uint64_t> number_after(std::string_view text, std::string_view label) {
  const std::size_t at = text.find(label);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + label.size());
  const bool hexadecimal = text.starts_with("0x");
  if (hexadecimal) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, hexadecimal ? 16 : 10);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return value;
}

/// The words between the first and the last double quote, without Rust's escapes; the whole text without quotes.
std::string quoted(std::string_view text) {
  const std::size_t first = text.find('"');
  const std::size_t last = text.rfind('"');
  if (first == std::string_view::npos || last == first) return shortened(text);
  std::string words;
  for (std::size_t i = first + 1; i < last && words.size() < most_words; ++i) {
    if (text[i] == '\\' && i + 1 < last) ++i;
    words += text[i];
  }
  return words;
}

/// The last line that starts with `start`, without it.
std::optional<std::string_view> last_line(std::string_view text, std::string_view start) {
  std::size_t at = text.rfind(start);
  while (at != std::string_view::npos && at != 0 && text[at - 1] != '\n') at = text.rfind(start, at - 1);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + start.size());
  return text.substr(0, text.find('\n'));
}

/// What Rust's default panic hook prints behind `thread '...' panicked at FILE:LINE:COLUMN:`.
std::optional<std::string_view> panic_message(std::string_view text) {
  const std::size_t at = text.find("' panicked at ");
  // Rust 1.73 and later puts the thread's number between the name and the words.
  const std::size_t numbered = at == std::string_view::npos ? text.find(") panicked at ") : at;
  if (numbered == std::string_view::npos) return std::nullopt;
  text.remove_prefix(numbered);
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return text;
  text.remove_prefix(end + 1);
  return text.substr(0, text.find('\n'));
}

Outcome trapped(std::string_view words) {
  auto pc = number_after(words, "pc: ");
  if (!pc) pc = number_after(words, "pc=");
  auto step = number_after(words, "step: ");
  if (!step) step = number_after(words, "step=");
  return failure(OutcomeKind::trap, step ? fmt::format("ziskemu trapped at step {}", *step) : "ziskemu trapped", {},
                 pc);
}

Outcome from_error(std::string_view words, const Limits& limits, std::optional<std::uint64_t> status) {
  if (words.starts_with("guest exited with code ")) {
    return failure(OutcomeKind::exit, "the guest ended itself with a nonzero code", number_after(words, "code "));
  }
  if (words.starts_with("ExecutionFailed ")) {
    if (const auto code = number_after(words, "ExitCode(")) {
      return failure(OutcomeKind::exit, "the guest ended itself with a nonzero code", code);
    }
    if (words.find("reason: Trap") != std::string_view::npos) return trapped(words);
  }
  if (words.starts_with("EmulationNoCompleted")) {
    return failure(OutcomeKind::limit, fmt::format("the step limit of {} was reached", limits.max_steps));
  }
  if (words.starts_with("WrongArguments(") || words.starts_with("Unknown(")) {
    return failure(OutcomeKind::rejected, "ziskemu refuses it: " + quoted(words));
  }
  return failure(OutcomeKind::crashed, "ziskemu failed: " + shortened(words), status);
}

Outcome from_panic(std::string_view message, std::optional<std::uint64_t> status) {
  if (message.starts_with("Mem::")) {
    return failure(OutcomeKind::trap, "an access outside memory: " + shortened(message));
  }
  if (message.starts_with("Invalid use of CSR")) {
    return failure(OutcomeKind::rejected, "ziskemu refuses it: " + shortened(message));
  }
  return failure(OutcomeKind::crashed, "ziskemu panicked: " + shortened(message), status);
}

Outcome signalled(const system::ProcessResult& result) {
  const auto code = static_cast<std::uint64_t>(result.signal);
  const std::string_view words = result.standard_error;
  if (const std::size_t at = words.find("memory allocation of "); result.signal == SIGABRT && at != words.npos) {
    const std::string_view line = words.substr(at, words.find('\n', at) - at);
    return failure(OutcomeKind::limit, "the memory limit was reached: " + shortened(line));
  }
  if (result.signal == SIGXFSZ) {
    return failure(OutcomeKind::crashed, "ziskemu wrote a larger file than it may", code);
  }
  return failure(OutcomeKind::crashed, "ziskemu was ended from outside: " + result.why, code);
}

}  // namespace

Outcome ziskemu_outcome(const system::ProcessResult& result, const Limits& limits) {
  using system::ProcessEnd;
  const std::string_view words = result.standard_error;
  if (result.end == ProcessEnd::timed_out) {
    return failure(OutcomeKind::limit,
                   fmt::format("the run took longer than {} s",
                               std::chrono::duration_cast<std::chrono::seconds>(limits.max_time).count()));
  }
  if (result.end == ProcessEnd::signalled) return signalled(result);
  if (result.end != ProcessEnd::exited) {
    return failure(OutcomeKind::crashed, "ziskemu could not be run: " + result.why);
  }
  const auto status = static_cast<std::uint64_t>(result.exit_status);
  if (const auto error = last_line(words, error_prefix)) return from_error(*error, limits, status);
  if (const auto message = panic_message(words)) return from_panic(*message, status);
  if (result.exit_status == 0) {
    // Up to 1.0.0-beta a trap is told in words only.
    const std::size_t old = words.find(" finished with error at step=");
    return old == std::string_view::npos ? Outcome{} : trapped(words.substr(old));
  }
  const std::size_t start = std::min(words.find_first_not_of(" \n\r\t"), words.size());
  std::string_view first = words.substr(start);
  first = first.substr(0, first.find('\n'));
  return failure(OutcomeKind::crashed,
                 first.empty() ? fmt::format("ziskemu ended with status {} and said nothing", status)
                               : fmt::format("ziskemu ended with status {}: {}", status, shortened(first)),
                 status);
}

std::optional<std::string> lost_call_stack(const system::ProcessResult& result) {
  constexpr std::string_view lost = "CALL_STACK_ERROR";
  const std::string_view end = result.output_truncated ? result.output_tail : result.standard_output;
  if (result.standard_output.contains(lost) || end.contains(lost)) {
    return "ziskemu lost the guest's call stack (its CALL_STACK_ERROR), as it does where a function that calls itself "
           "ends in a jump to another one";
  }
  // The report follows all that the guest printed.
  const std::size_t report = end.rfind("\nREPORT");
  if (report == std::string_view::npos || !end.substr(report).contains("\nTOP COST FUNCTIONS")) {
    return "ziskemu's report has no table of functions, so that it did not keep the guest's call stack";
  }
  return std::nullopt;
}

}  // namespace cyclegate::executors
