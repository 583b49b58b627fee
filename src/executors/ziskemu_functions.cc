#include "executors/ziskemu_functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <limits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "elf/demangle.h"
#include "executors/function_ranges.h"
#include "model/wide.h"
#include "vm/address_map.h"
#include "vm/code.h"
#include "vm/cost_model.h"
#include "vm/program.h"

namespace cyclegate::executors {
namespace {

constexpr std::string_view bios = "[zisk bios]";
constexpr std::string_view nobodys_expansions = "[zisk expansions]";

/// Functions by address, with names as reports show them.
class Functions {
 public:
  explicit Functions(const elf::Image& image) : image_(image) {
    // Symbols that begin at the same address: the longest counts, then the first by name (the image's order).
    for (const elf::Symbol& symbol : image.functions) {
      if (symbol.name.empty()) continue;
      if (!symbols_.empty() && symbols_.back()->address == symbol.address) {
        if (symbol.size > symbols_.back()->size) symbols_.back() = &symbol;
      } else {
        symbols_.push_back(&symbol);
      }
    }
  }

  const std::string& name_of(std::uint64_t address) {
    const auto next = std::ranges::upper_bound(symbols_, address, {}, &elf::Symbol::address);
    if (next != symbols_.begin()) {
      const elf::Symbol& symbol = **std::prev(next);
      if (symbol.size == 0 || address - symbol.address < symbol.size) {
        const auto [entry, added] = names_.try_emplace(&symbol);
        if (added) entry->second = elf::demangle(symbol.name);
        return entry->second;
      }
    }
    static const std::string machine(bios);
    static const std::string nameless(no_symbol);
    const bool ours = std::ranges::any_of(image_.segments, [&](const elf::Segment& segment) {
      return address >= segment.address && address < segment.end();
    });
    return ours ? nameless : machine;
  }

 private:
  const elf::Image& image_;
  std::vector<const elf::Symbol*> symbols_;
  std::unordered_map<const elf::Symbol*, std::string> names_;
};

std::string_view next_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

bool take_number(std::string_view& text, int base, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end == text.data()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

std::string_view without_spaces(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(' '), text.size()));
}

/// Executions of one address.
struct Counted {
  std::uint64_t address = 0;
  std::uint64_t count = 0;
};

/// For each further step of an instruction that ZisK expands into several, in the order of the text, the address of
/// that instruction. ZisK numbers these steps through, by odd addresses from the beginning of ROM on. Empty for a guest
/// that is not for ZisK 1.4.0-alpha.
std::vector<std::uint64_t> expanded_instructions(const elf::Image& image) {
  const auto program = vm::load(image, vm::cost_model("zisk-1.4.0-alpha"));
  std::vector<std::uint64_t> expanded;
  if (!program) return expanded;
  for (const vm::Predecoded& one : program->code().instructions) {
    // The further steps of an ecall are the machine's own code.
    if (one.steps > 1 && one.form != vm::Form::environment_call)
      expanded.insert(expanded.end(), one.steps - 1U, one.pc);
  }
  return expanded;
}

/// The instructions that `slots`, the odd addresses of a listing with their counts, belong to, in the same order. Empty
/// when they are not told by what is known of ZisK 1.4.0-alpha: there must be as many as the text has further steps,
/// each executed as often as its instruction. `plain` are the other addresses that were executed, ascending.
std::vector<std::uint64_t> owners(const std::vector<Counted>& slots, const std::vector<Counted>& plain,
                                  const elf::Image& image) {
  auto expanded = expanded_instructions(image);
  if (expanded.size() != slots.size() || !std::ranges::is_sorted(plain, {}, &Counted::address)) return {};
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].address != vm::rom_address + 1 + 2 * i) return {};
    const auto found = std::ranges::lower_bound(plain, expanded[i], {}, &Counted::address);
    const bool executed = found != plain.end() && found->address == expanded[i];
    if (slots[i].count != (executed ? found->count : 0)) return {};
  }
  return expanded;
}

}  // namespace

std::expected<ListedSteps, std::string> read_listing(std::string_view text, const elf::Image& image) {
  Functions functions(image);
  ListedSteps listed;
  std::uint64_t number = 0;
  bool any = false;
  std::vector<Counted> plain;
  std::vector<Counted> slots;
  while (!text.empty()) {
    std::string_view line = next_line(text);
    ++number;
    // `  90000014:             1  jal                             flag x1, 0, 0 ; store_pc`
    if (!line.starts_with("  ") || line.size() < 3 || line[2] == ' ') continue;
    line.remove_prefix(2);
    std::uint64_t address = 0;
    std::uint64_t count = 0;
    if (!take_number(line, 16, address) || !line.starts_with(": ")) {
      return std::unexpected(fmt::format("line {} of the listing is neither a label nor an instruction", number));
    }
    line = without_spaces(line.substr(1));
    if (!take_number(line, 10, count)) {
      return std::unexpected(fmt::format("line {} of the listing has no count", number));
    }
    any = true;
    line = without_spaces(line);
    if (__builtin_add_overflow(listed.steps, count, &listed.steps)) {
      return std::unexpected(fmt::format("line {} of the listing: the counts do not fit 64 bits", number));
    }
    if (line.starts_with("jal")) listed.jumps += count;
    if (address % 2 != 0) {
      slots.push_back({.address = address, .count = count});
    } else if (count != 0) {
      plain.push_back({.address = address, .count = count});
      listed.self[functions.name_of(address)] += count;
    }
  }
  if (!any) return std::unexpected("the listing has no instructions");
  if (std::ranges::all_of(slots, [](const Counted& slot) { return slot.count == 0; })) return listed;
  const auto instructions = owners(slots, plain, image);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].count == 0) continue;
    listed.self[instructions.empty() ? std::string(nobodys_expansions) : functions.name_of(instructions[i])] +=
        slots[i].count;
  }
  return listed;
}

std::optional<std::string> jumped_to(const std::vector<model::FunctionCost>& rows, std::uint64_t cost_of_step) {
  std::uint64_t left = 0;  // the end of the run, which no sample has
  for (const auto& row : rows) {
    if (row.name == bios) left = row.unsplit_self;
  }
  std::vector<const model::FunctionCost*> found;
  for (const auto& row : rows) {
    if (row.name == bios || row.name == nobodys_expansions) continue;
    if (model::Wide{row.steps_self} * cost_of_step > model::Wide{row.unsplit_self} + left) found.push_back(&row);
  }
  if (found.empty()) return std::nullopt;
  std::ranges::stable_sort(found, std::greater{}, [](const auto* row) { return row->steps_self; });
  return fmt::format("'{}'{}", found.front()->name,
                     found.size() == 1 ? "" : fmt::format(" and {} more", found.size() - 1));
}

std::vector<model::FunctionCost> function_rows(const ListedSteps& listed,
                                               const std::map<std::string, ProfiledFunction>* profile,
                                               std::uint64_t variable) {
  std::map<std::string, model::FunctionCost> by_name;
  for (const auto& [name, steps] : listed.self) by_name[name].steps_self = steps;
  if (profile != nullptr) {
    std::uint64_t left = variable;
    for (const auto& [name, function] : *profile) {
      if (name == "ziskos::BIOS") continue;
      if (function.self > left || function.total > variable) return {};
      left -= function.self;
      model::FunctionCost& row = by_name[name];
      row.calls = function.calls;
      row.unsplit_self = function.self;
      row.unsplit_total = function.total;
    }
    model::FunctionCost& row = by_name[std::string(bios)];
    row.calls = 1;
    row.unsplit_self = left;
    row.unsplit_total = left;
  }
  std::vector<model::FunctionCost> rows;
  rows.reserve(by_name.size());
  for (auto& [name, row] : by_name) {
    row.name = name;
    rows.push_back(std::move(row));
  }
  std::ranges::stable_sort(rows, [](const model::FunctionCost& one, const model::FunctionCost& other) {
    if (one.unsplit_total != other.unsplit_total) return one.unsplit_total > other.unsplit_total;
    return one.steps_self > other.steps_self;
  });
  return rows;
}

}  // namespace cyclegate::executors
