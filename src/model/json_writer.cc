#include "model/json_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace cyclegate::model {

void JsonWriter::string(std::string_view text) {
  const bool plain = std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });
  if (plain) {
    out_ += '"';
    out_ += text;
    out_ += '"';
    return;
  }
  out_ += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void JsonWriter::key(std::string_view name) {
  if (!first_) out_ += ',';
  first_ = false;
  string(name);
  out_ += ':';
}

void JsonWriter::integer(std::int64_t number) {
  fmt::format_to(std::back_inserter(out_), "{}", number);
}

void JsonWriter::integer(std::uint64_t number) {
  fmt::format_to(std::back_inserter(out_), "{}", number);
}

void JsonWriter::number(double number) {
  // JSON has no infinities; fmt's default is the shortest text that reads back as the same double, whatever the locale.
  if (!std::isfinite(number)) {
    out_ += "null";
    return;
  }
  fmt::format_to(std::back_inserter(out_), "{}", number);
}

}  // namespace cyclegate::model
