#include "compare/method_notes.h"

#include <algorithm>
#include <string_view>

#include "compare/error_rate_files.h"

namespace cyclegate::compare {

std::vector<std::string> method_notes(model::Methodology methodology) {
  const std::string_view name = model::to_string(methodology);
  std::vector<std::string> notes;
  std::string_view text = error_rates::embedded_files().front().bytes;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t tab = line.find('\t');
    if (line.starts_with('#') || tab == std::string_view::npos || line.substr(0, tab) != name) continue;
    notes.emplace_back(line.substr(tab + 1));
  }
  return notes;
}

}  // namespace cyclegate::compare
