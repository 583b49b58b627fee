#include "profile/json_text.h"

#include <fmt/format.h>

#include <iterator>

namespace cyclegate::profile {

void JsonText::begin(std::string_view name) {
  if (!out_.empty() && out_.back() != '{' && out_.back() != '[') out_ += ',';
  if (name.empty()) return;
  quote(name);
  out_ += ':';
}

// Names are one line of UTF-8 already (profile::ProfileBuilder); what a caller made itself is escaped all the same.
void JsonText::quote(std::string_view value) {
  out_ += '"';
  for (const char character : value) {
    if (character == '"' || character == '\\') {
      out_ += '\\';
      out_ += character;
    } else if (static_cast<unsigned char>(character) < 0x20) {
      fmt::format_to(std::back_inserter(out_), "\\u{:04x}", static_cast<unsigned char>(character));
    } else {
      out_ += character;
    }
  }
  out_ += '"';
}

void JsonText::open(char bracket, std::string_view name) {
  begin(name);
  out_ += bracket;
}

void JsonText::close(char bracket) {
  out_ += bracket;
}

void JsonText::text(std::string_view name, std::string_view value) {
  begin(name);
  quote(value);
}

void JsonText::number(std::string_view name, std::uint64_t value) {
  begin(name);
  out_ += fmt::format_int(value).c_str();
}

void JsonText::raw(std::string_view name, std::string_view json) {
  begin(name);
  out_ += json;
}

void JsonText::repeated(std::string_view name, std::string_view item, std::size_t count) {
  open('[', name);
  for (std::size_t done = 0; done < count; ++done) {
    if (done > 0) out_ += ',';
    out_ += item;
  }
  close(']');
}

void JsonText::numbers(std::string_view name, const std::vector<std::int64_t>& values) {
  open('[', name);
  for (std::size_t index = 0; index < values.size(); ++index) {
    if (index > 0) out_ += ',';
    if (values[index] < 0)
      out_ += "null";
    else
      out_ += fmt::format_int(values[index]).c_str();
  }
  close(']');
}

}  // namespace cyclegate::profile
