#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "model/command_settings.h"

namespace cyclegate::executors {

/// JSON that is nested deeper is not read.
inline constexpr std::size_t deepest_json = 1000;

/// The number (digits as they stand there, or the content of a string) at a JSON pointer (RFC 6901) in a text that a
/// program wrote, which may be anything at all, a guest's own words among it. The pointer leads into the whole text
/// where that is JSON, else into each line that is a JSON object. Of several values
/// - `same` takes the one on which all JSON objects of the text agree that have the pointer, also those in the midst of
///   a line or over several lines, and those in another object that begin a line; nor may an object have a key of the
///   pointer twice (RFC 8259 leaves open what that means),
/// - `first` takes the first,
/// - `last` takes the last; neither may be of an object in the midst of a line, over several lines or inside another.
///
/// So an object that others' words in front of it move away from its line's beginning is not passed over for theirs.
/// Nor is one that is no valid JSON (NaN, a byte that is no UTF-8, cut off): the pointer's first key, in quotes and
/// with a colon behind, must not stand outside of the JSON objects (`first`: before the taken one, `last`: behind it).
/// Nothing is kept of the text but that value; time is linear in the text. The error says what was not found.
std::expected<std::string, std::string> find_json_value(std::string_view text, const std::string& pointer,
                                                        model::Match match);

}  // namespace cyclegate::executors
