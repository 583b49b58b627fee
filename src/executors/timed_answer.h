#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "model/execution.h"

namespace cyclegate::executors {

/// What the child process of a timed run tells its parent. Its time the parent observes itself, and its memory as far
/// as wait4 can tell (system::ProcessResult::max_rss_floor_bytes).
struct TimedAnswer {
  model::Outcome outcome;
  std::uint64_t steps = 0;              ///< 0: not known, which a guest that ended well in the child never has
  std::string output_sha256;            ///< empty when the guest failed
  std::uint64_t peak_memory_bytes = 0;  ///< the child's own peak resident set; 0: not known

  bool operator==(const TimedAnswer&) const = default;
};

/// The answer for an execution that the child did. `peak_memory_bytes` is its peak where the guest ran in its own
/// process, 0 where another program ran it.
TimedAnswer timed_answer(const model::Execution& execution, std::uint64_t peak_memory_bytes);

/// One line of JSON with a newline, schema `cyclegate.timed/1`: the whole standard output of
/// `cyclegate execute --timed`. What is not known is left out.
std::string timed_answer_to_json(const TimedAnswer& answer);

/// Inverse of timed_answer_to_json; the error says what is wrong with the text, which may be anything at all.
std::expected<TimedAnswer, std::string> timed_answer_from_json(std::string_view text);

}  // namespace cyclegate::executors
