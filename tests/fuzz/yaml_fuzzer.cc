// libFuzzer target: any bytes as cyclegate.yaml end in a Config or in model::Error, and a message never carries control
// characters of the file to a terminal.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/config.h"
#include "model/error.h"

// libFuzzer chose the name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {  // NOLINT(bugprone-reserved-identifier)
  try {
    const auto config =
        cyclegate::config::parse_config(std::string_view(reinterpret_cast<const char*>(data), size), "f");
    if (config.guests.empty()) std::abort();
    for (const auto& [name, guest] : config.guests)
      if (name.empty() || guest.builds.empty() || guest.inputs.empty()) std::abort();
  } catch (const cyclegate::model::Error& error) {
    const std::string_view message = error.what();
    if (message.empty() || std::any_of(message.begin(), message.end(), [](char c) {
          return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7F;
        }))
      std::abort();
  }
  return 0;
}
