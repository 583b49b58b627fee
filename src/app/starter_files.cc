#include "app/starter_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/error.h"

namespace cyclegate::app {
namespace {

/// A YAML double-quoted scalar (YAML 1.2, 7.3.1).
std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      result += c;
    }
  }
  return result + '"';
}

}  // namespace

std::string input_item(std::string_view name, std::string_view path, std::string_view sha256, std::uint64_t weight,
                       std::string_view description) {
  std::string item = fmt::format("{{ name: {}, path: {}, sha256: {}", name, in_quotes(path), sha256);
  if (weight != 1) item += fmt::format(", weight: {}", weight);
  if (!description.empty()) item += fmt::format(", description: {}", in_quotes(description));
  return item + " }";
}

std::string starter_configuration(std::string_view guest, std::string_view run, std::string_view elf,
                                  const std::vector<StarterInput>& inputs) {
  std::string text = fmt::format(
      "# What cyclegate measures and how it judges. Every key: docs/configuration.md of cyclegate.\n"
      "version: 1\n"
      "guests:\n"
      "  {}:\n"
      "    builds:\n"
      "      zisk: {{ run: {}, elf: {}, executors: [embedded] }}\n"
      "    # check: make test          # the guest's own tests; a failure rejects the change\n"
      "    inputs:                    # five or more, weighted by how frequent they are in production\n",
      guest, in_quotes(run), in_quotes(elf));
  for (const StarterInput& input : inputs) {
    text += fmt::format("      - {}\n", input_item(input.name, input.path, input.sha256, 1, ""));
  }
  text +=
      "policy:\n"
      "  mode: guard                  # fail on what got worse; `improve` fails everything but KEEP\n"
      "  thresholds: { keep: 5%, maybe: 2%, kill: 1.10x, worst_input: 5% }\n"
      "  tolerance: { exact: 0.5%, sampled: 2% }\n";
  return text;
}

std::string makefile_fragment() {
  return "# Short tasks of cyclegate for a Makefile: `include cyclegate.mk`, then for instance\n"
         "#   make bench-compare\n"
         "#   make bench-profile GUEST=block-hash INPUT=light_block\n"
         "CYCLEGATE ?= cyclegate\n"
         "BASE ?=\n"
         "GUEST ?=\n"
         "INPUT ?=\n"
         "EXECUTOR ?= embedded\n"
         "OUT ?= out\n"
         "\n"
         "bench_one = $(if $(and $(GUEST),$(INPUT)),,$(error give GUEST=name INPUT=name))\n"
         "\n"
         ".PHONY: bench-build bench-profile bench-view bench-run bench-compare bench-convert bench-prove\n"
         "\n"
         "# Build the guests (or GUEST) in the working tree, incrementally.\n"
         "bench-build:\n"
         "\t$(CYCLEGATE) build $(GUEST) --executor $(EXECUTOR)\n"
         "\n"
         "# Where the cost of one run goes: a table of functions, and call stacks for samply and Firefox Profiler.\n"
         "bench-profile:\n"
         "\t$(bench_one)mkdir -p $(OUT)\n"
         "\t$(CYCLEGATE) profile $(GUEST) $(INPUT) --executor $(EXECUTOR) --output "
         "$(OUT)/$(GUEST)-$(INPUT).profile.json\n"
         "\t$(CYCLEGATE) profile $(OUT)/$(GUEST)-$(INPUT).profile.json\n"
         "\n"
         "# Open the profile of GUEST on INPUT; without them the last report.\n"
         "bench-view:\n"
         "ifneq ($(and $(GUEST),$(INPUT)),)\n"
         "\t$(CYCLEGATE) view $(GUEST) $(INPUT) --executor $(EXECUTOR)\n"
         "else\n"
         "\t@echo $(OUT)/report.html\n"
         "\t@if command -v xdg-open >/dev/null; then xdg-open $(OUT)/report.html; fi\n"
         "endif\n"
         "\n"
         "# Measure base and the working tree; keep the run sets.\n"
         "bench-run:\n"
         "\t$(CYCLEGATE) run $(if $(BASE),--base $(BASE)) $(if $(GUEST),--guest $(GUEST)) --out $(OUT)\n"
         "\n"
         "# The gate: measure, compare, report.\n"
         "bench-compare:\n"
         "\t$(CYCLEGATE) gate $(if $(BASE),--base $(BASE)) $(if $(GUEST),--guest $(GUEST)) --out $(OUT)\n"
         "\n"
         "# One run as JSON, for other programs.\n"
         "bench-convert:\n"
         "\t$(bench_one)mkdir -p $(OUT) && $(CYCLEGATE) execute $(GUEST) $(INPUT) --executor $(EXECUTOR) --json > "
         "$(OUT)/$(GUEST)-$(INPUT).json\n"
         "\n"
         "# Prove one run, where the machine can.\n"
         "bench-prove:\n"
         "\t$(bench_one)$(CYCLEGATE) prove $(GUEST) $(INPUT) --executor $(EXECUTOR)\n";
}

std::string with_input_added(std::string_view text, std::size_t last_line, std::size_t last_column,
                             std::string_view item) {
  std::vector<std::string_view> lines;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size() - 1);
    lines.push_back(text.substr(start, end - start + 1));
    start = end + 1;
  }
  const auto refuse = [&] {
    throw model::Error(
        model::ErrorKind::configuration,
        fmt::format("the inputs are not written one per line as `- {{ ... }}`; add this one by hand: {}", item));
  };
  if (last_line == 0 || last_line > lines.size()) refuse();
  // The item's own line must be `<blanks>- <item>`: the reader's column is that of the item, the dash stands before it.
  const std::string_view line = lines[last_line - 1];
  const std::size_t dash = line.find_first_not_of(' ');
  if (dash == std::string_view::npos || line[dash] != '-' || dash + 1 >= last_column) refuse();
  // The item ends where a line is indented no deeper than its dash.
  std::size_t next = last_line;
  while (next < lines.size()) {
    const std::size_t indent = lines[next].find_first_not_of(" \r\n");
    if (indent != std::string_view::npos && indent <= dash) break;
    ++next;
  }
  // Blank lines and comments behind the item belong to what follows.
  while (next > last_line && lines[next - 1].find_first_not_of(" \r\n") == std::string_view::npos) --next;
  std::string result;
  for (std::size_t index = 0; index < next; ++index) result += lines[index];
  if (!result.ends_with('\n')) result += '\n';
  result += fmt::format("{}- {}\n", std::string(dash, ' '), item);
  for (std::size_t index = next; index < lines.size(); ++index) result += lines[index];
  return result;
}

}  // namespace cyclegate::app
