#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "model/wide.h"

namespace cyclegate::config {

/// The notations of cyclegate.yaml. Each function takes the whole text, refuses anything left over and never uses
/// floating point: what cannot be held exactly is refused.

/// `0`, `42`: decimal digits without leading zeros that fit 64 bits.
std::optional<std::uint64_t> parse_integer(std::string_view text);

/// `5%`, `0.5%`, `+3%`: at most four decimals, at most 1000 %. 5 % is 50,000 millionths.
std::optional<model::Millionths> parse_percentage(std::string_view text);

/// `1.10x`, `2x`: at most six decimals, at most 1000x. 1.10x is 1,100,000 millionths.
std::optional<model::Millionths> parse_ratio(std::string_view text);

/// `500ms`, `60s`, `10m`, `1h`, and `0`: an integer and a unit, at most 1000 h.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// Bytes: `64MiB`, `4GiB`, `4096`, units B, KiB, MiB, GiB; at most 1 TiB.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// `1200`, `29.4M`, `1.5G`: a positive amount with an optional k, M or G (thousands, millions, thousand millions) and
/// as many decimals as still give an integer; at most 10^18.
std::optional<std::uint64_t> parse_amount(std::string_view text);

/// A day of the Gregorian calendar as `YYYY-MM-DD` (ISO 8601).
bool is_date(std::string_view text);

/// A name of an environment variable: [A-Za-z_][A-Za-z0-9_]{0,127}.
bool is_variable_name(std::string_view text);

/// A path that stays inside: relative, `/` between parts, no empty part, no `.` or `..`, no backslash, no control
/// character, at most 1024 bytes. (Symbolic links are judged where the file is opened.)
bool is_inner_path(std::string_view text);

/// https:// or http:// followed by a host, without blanks, control characters or user information; at most 2048 bytes.
bool is_url(std::string_view text);

}  // namespace cyclegate::config
