// libFuzzer target: any bytes as a cost model end in prices or in model::Error that names the line, and never carry
// control characters of the file to a terminal. Prices that were read differ from themselves in nothing.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "model/error.h"
#include "vm/cost_model.h"

// libFuzzer chose the name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {  // NOLINT(bugprone-reserved-identifier)
  using namespace cyclegate;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const vm::CostModel prices = vm::parse_cost_model(text, "f");
    if (prices.name.empty() || !vm::price_changes(prices, prices).empty()) std::abort();
    if (!(vm::parse_cost_model(text, "f") == prices)) std::abort();
    const vm::CostModel& known = vm::cost_model("zisk-1.4.0-alpha");
    // A change there and back is told by the same records.
    if (vm::price_changes(known, prices).size() != vm::price_changes(prices, known).size()) std::abort();
  } catch (const model::Error& error) {
    const std::string_view message = error.what();
    if (!message.starts_with("f:") || std::any_of(message.begin(), message.end(), [](char c) {
          return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7F;
        }))
      std::abort();
  }
  return 0;
}
