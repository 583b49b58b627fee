// libFuzzer target: any bytes as an artifact's zip end in the named entries, within the limits, or in model::Error.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "model/error.h"
#include "publish/artifact_zip.h"

// libFuzzer chose the name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {  // NOLINT(bugprone-reserved-identifier)
  using cyclegate::publish::ZipLimits;
  static constexpr std::array<std::string_view, 2> names = {"base.runs.json", "head.runs.json"};
  constexpr ZipLimits limits{.file_bytes = 1 << 20, .entries = 500, .entry_bytes = 1 << 20, .total_bytes = 4 << 20};
  try {
    for (const auto& [name, bytes] : cyclegate::publish::read_zip({data, size}, names, "f", limits)) {
      if (bytes.size() > limits.entry_bytes || (name != names[0] && name != names[1])) std::abort();
    }
  } catch (const cyclegate::model::Error& error) {
    if (!std::string_view(error.what()).starts_with("f: ")) std::abort();
  }
  return 0;
}
