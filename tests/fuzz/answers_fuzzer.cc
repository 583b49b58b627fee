// libFuzzer target: any bytes as the answer of a runner program (guest_run_from_json), of the child of a timed run
// (timed_answer_from_json), of OpenVM's command line (openvm_report) or as ziskemu's profile end in a value or in a
// sentence. The numbers of a call tree that was read add up in what is made of it.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string_view>

#include "executors/function_ranges.h"
#include "executors/guest_run.h"
#include "executors/openvm.h"
#include "executors/timed_answer.h"
#include "executors/ziskemu_functions.h"

namespace {

namespace executors = cyclegate::executors;

void require(bool holds) {
  if (!holds) std::abort();
}

void use(const executors::GuestRun& run) {
  std::uint64_t whole = 0;
  for (const auto& node : run.call_tree.nodes) {
    for (const std::uint64_t weight : node.weights) whole += weight;
  }
  std::uint64_t sum = 0;
  for (const auto& function : executors::function_costs(run.call_tree, {}, false)) sum += function.steps_self;
  require(sum == whole);
  const auto profile = executors::call_tree_profile(run.call_tree, {}, "cycles", "cycles");
  sum = 0;
  for (std::size_t node = 0; node < profile.nodes.size(); ++node) sum += profile.self_of(node)[0];
  require(sum == whole);
}

}  // namespace

// libFuzzer chose the name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {  // NOLINT(bugprone-reserved-identifier)
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto run = executors::guest_run_from_json(text)) {
    use(*run);
  } else {
    require(!run.error().empty());
  }
  if (const auto answer = executors::timed_answer_from_json(text); !answer) require(!answer.error().empty());
  if (const auto functions = executors::read_profile(text); !functions) require(!functions.error().empty());
  constexpr std::uint64_t whole = std::numeric_limits<std::uint64_t>::max();
  if (const auto tree = executors::read_call_tree(text, whole)) {
    std::uint64_t sum = 0;
    for (std::size_t node = 0; node < tree->nodes.size(); ++node) sum += tree->self_of(node)[0];
    require(sum == whole);
  } else {
    require(!tree.error().empty());
  }
  for (const std::string_view last : {"Total cost", "Total segments"}) {
    if (const auto report = executors::openvm_report(text, last); !report) require(!report.error().empty());
  }
  return 0;
}
