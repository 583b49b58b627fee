#include "doctor/figures.h"

#include <fmt/format.h>

namespace cyclegate::doctor {

using model::Wide;

std::uint64_t hundredths(Wide part, Wide whole) {
  return whole == 0 ? 0 : static_cast<std::uint64_t>((part * 10'000 + whole / 2) / whole);
}

std::string share(Wide part, Wide whole) {
  const std::uint64_t value = hundredths(part, whole);
  return fmt::format("{}.{:02} %", value / 100, value % 100);
}

}  // namespace cyclegate::doctor
