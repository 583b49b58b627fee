#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace cyclegate::executors {

/// A number that a program wrote, times `scale`, computed exactly: digits with or without thousands separators, with
/// any number of decimals and an exponent (`1,234`, `3.0123456789012345`, `1e-05`). With `exact` the result must come
/// out whole, else it is rounded to the nearest integer, halves up. The error says why it is none: no number, negative,
/// above 2^63 - 1 (samples are signed).
std::expected<std::uint64_t, std::string> picked_number(std::string_view text, std::uint64_t scale, bool exact);

}  // namespace cyclegate::executors
