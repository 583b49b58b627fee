#include "compare/comparability.h"

#include <fmt/format.h>

#include <string_view>

namespace cyclegate::compare {
namespace {

// The first field that makes exact metrics incomparable, with both values; empty when comparable.
std::string incomparable_field(const model::Comparability& base, const model::Comparability& head) {
  const auto differ = [](std::string_view name, std::string_view one, std::string_view other) {
    const auto shown = [](std::string_view value) { return value.empty() ? std::string_view("none") : value; };
    return fmt::format("{} differs: base {}, head {}", name, shown(one), shown(other));
  };
  if (base.input_sha256 != head.input_sha256) return differ("input_sha256", base.input_sha256, head.input_sha256);
  if (base.executor != head.executor) return differ("executor", base.executor, head.executor);
  if (base.executor_version != head.executor_version)
    return differ("executor_version", base.executor_version, head.executor_version);
  if (base.executor_options != head.executor_options)
    return differ("executor_options", base.executor_options, head.executor_options);
  if (base.cost_model != head.cost_model) return differ("cost_model", base.cost_model, head.cost_model);
  return {};
}

}  // namespace

bool other_toolchain(const model::CellRun& one, const model::CellRun& other) {
  const std::string& first = one.comparability.toolchain;
  const std::string& second = other.comparability.toolchain;
  return one.artifact != other.artifact && !first.empty() && !second.empty() && first != second;
}

std::string incomparability(const model::CellRun& base, const model::CellRun& head) {
  std::string field = incomparable_field(base.comparability, head.comparability);
  if (!field.empty()) return field;
  // Within one session it would be the change that brought another compiler, and be judged by what that gives.
  if (base.comparability.session != head.comparability.session && other_toolchain(base, head))
    return fmt::format("toolchain differs: base {}, head {}", base.comparability.toolchain,
                       head.comparability.toolchain);
  return {};
}

}  // namespace cyclegate::compare
