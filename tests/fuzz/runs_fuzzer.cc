// libFuzzer target: any bytes as one of our JSON files (a RunSet, a Comparison, a baseline, one run of the journal) end
// in a value or in model::Error; what was read is written and read again as the same value.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "baseline/baseline_file.h"
#include "model/comparison_json.h"
#include "model/document.h"
#include "model/error.h"
#include "model/run_set_json.h"

namespace {

namespace baseline = cyclegate::baseline;
namespace model = cyclegate::model;

void require(bool holds) {
  if (!holds) std::abort();
}

/// A baseline is refused without its checksum, which no mutation would get right: a text that has none is given one.
std::string with_checksum(std::string_view text) {
  std::string sealed(text.substr(0, text.rfind("\n}")));
  if (!sealed.contains("\"checksum\"")) model::end_document(sealed);
  return sealed.size() > text.size() ? sealed : std::string(text);
}

/// A file as cyclegate writes it is read in a faster way than any other; a newline more makes it any other. Both ways
/// must give the same value, or both refuse.
model::RunSet read_both_ways(const std::string& text) {
  const auto general = [&]() -> std::optional<model::RunSet> {
    try {
      return model::run_set_from_json(text + "\n", "f");
    } catch (const model::Error&) {
      return std::nullopt;
    }
  }();
  try {
    model::RunSet set = model::run_set_from_json(text, "f");
    require(general == set);
    return set;
  } catch (const model::Error&) {
    require(!general);
    throw;
  }
}

void read(std::string_view text) {
  const auto is = [&](std::string_view schema) { return text.find(schema) != std::string_view::npos; };
  if (is("cyclegate.comparison/")) {
    const model::Comparison comparison = model::comparison_from_json(text, "f");
    require(model::comparison_from_json(model::to_json(comparison), "f") == comparison);
  } else if (is("cyclegate.baseline/")) {
    std::vector<model::Warning> warnings;
    const baseline::GuestBaseline guest = baseline::guest_baseline_from_json(with_checksum(text), "f", warnings);
    require(baseline::guest_baseline_from_json(baseline::to_json(guest), "f", warnings) == guest);
  } else if (is("cyclegate.runs/")) {
    const model::RunSet set = read_both_ways(std::string(text));
    require(std::ranges::is_sorted(set.runs, {}, &model::CellRun::cell));
    require(model::run_set_from_json(model::to_json(set), "f") == set);
  } else {
    const model::CellRun run = model::cell_run_from_json(text, "f");
    require(model::cell_run_from_json(model::cell_run_to_json(run), "f") == run);
  }
}

}  // namespace

// libFuzzer chose the name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {  // NOLINT(bugprone-reserved-identifier)
  try {
    read(std::string_view(reinterpret_cast<const char*>(data), size));
  } catch (const model::Error& error) {
    require(std::string_view(error.what()).starts_with("f"));
  }
  return 0;
}
