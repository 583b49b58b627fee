#include "elf/debug_functions.h"

#include <dwarf.h>
#include <elfutils/libdw.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "elf/demangle.h"
#include "elf/dwarf_file.h"
#include "elf/source_lines.h"

namespace cyclegate::elf {
namespace {

/// Walks the DIEs of all units.
class FunctionWalker {
 public:
  void walk(Dwarf* dwarf) {
    Dwarf_CU* unit = nullptr;
    Dwarf_CU* next = nullptr;
    Dwarf_Die die;
    while (dwarf_get_units(dwarf, unit, &next, nullptr, nullptr, &die, nullptr) == 0 && seen_ < max_debug_entries) {
      unit = next;
      descend(die, InlinedCall::kNone, 0);
    }
  }

  DebugFunctions result() {
    std::ranges::stable_sort(out_.entries, {}, &DebugFunctions::Entry::address);
    return std::move(out_);
  }

 private:
  void descend(Dwarf_Die& parent, std::uint32_t outer, std::size_t depth) {
    Dwarf_Die die;
    if (depth >= max_debug_depth || dwarf_child(&parent, &die) != 0) return;
    do {
      if (++seen_ > max_debug_entries) return;
      switch (dwarf_tag(&die)) {
        case DW_TAG_subprogram:
          take_function(die);
          descend(die, InlinedCall::kNone, depth + 1);
          break;
        case DW_TAG_inlined_subroutine:
          descend(die, take_inlined(die, outer), depth + 1);
          break;
        case DW_TAG_lexical_block:
        case DW_TAG_namespace:
        case DW_TAG_class_type:
        case DW_TAG_structure_type:
        case DW_TAG_enumeration_type:
        case DW_TAG_union_type:
          descend(die, outer, depth + 1);
          break;
        default:
          break;
      }
    } while (dwarf_siblingof(&die, &die) == 0);
  }

  void take_function(Dwarf_Die& die) {
    Dwarf_Addr low = 0;
    if (!dwarf_hasattr(&die, DW_AT_low_pc) || dwarf_entrypc(&die, &low) != 0) return;
    if (const std::uint32_t function = function_of(die); function != InlinedCall::kNone) {
      out_.entries.push_back({.address = low, .function = function});
    }
  }

  /// The inlined call of a DIE, or the one around it where nothing is known of it.
  std::uint32_t take_inlined(Dwarf_Die& die, std::uint32_t outer) {
    const std::uint32_t function = function_of(die);
    if (function == InlinedCall::kNone || out_.ranges.size() >= max_inlined_ranges) return outer;
    const auto call = static_cast<std::uint32_t>(out_.calls.size());
    out_.calls.push_back({.outer = outer, .function = function});
    Dwarf_Addr base = 0;
    Dwarf_Addr low = 0;
    Dwarf_Addr high = 0;
    for (std::ptrdiff_t at = 0; (at = dwarf_ranges(&die, at, &base, &low, &high)) > 0;) {
      if (out_.ranges.size() >= max_inlined_ranges) break;
      if (low < high) out_.ranges.push_back({.low = low, .high = high, .call = call});
    }
    return call;
  }

  /// The function that a DIE is an instance of.
  std::uint32_t function_of(Dwarf_Die& die) {
    Dwarf_Attribute attribute;
    Dwarf_Die origin;
    Dwarf_Die* abstract = &die;
    if (dwarf_attr(&die, DW_AT_abstract_origin, &attribute) != nullptr && dwarf_formref_die(&attribute, &origin)) {
      abstract = &origin;
    }
    const auto [known, added] = by_origin_.try_emplace(dwarf_dieoffset(abstract), InlinedCall::kNone);
    if (!added) return known->second;
    DebugFunction function{.name = name_of(*abstract), .file = {}, .line = 0};
    if (function.name.empty()) return InlinedCall::kNone;
    if (const char* const file = dwarf_decl_file(abstract); file != nullptr) function.file = file;
    int line = 0;
    if (dwarf_decl_line(abstract, &line) == 0 && line > 0) function.line = static_cast<std::uint32_t>(line);
    const auto [entry, fresh] =
        by_function_.try_emplace(std::move(function), static_cast<std::uint32_t>(out_.functions.size()));
    if (fresh) out_.functions.push_back(entry->first);
    return known->second = entry->second;
  }

  static std::string name_of(Dwarf_Die& die) {
    Dwarf_Attribute attribute;
    for (const unsigned int which : {DW_AT_linkage_name, DW_AT_MIPS_linkage_name, DW_AT_name}) {
      if (dwarf_attr_integrate(&die, which, &attribute) == nullptr) continue;
      const char* const name = dwarf_formstring(&attribute);
      if (name != nullptr && *name != '\0') return demangle(name);
    }
    return {};
  }

  DebugFunctions out_;
  std::unordered_map<Dwarf_Off, std::uint32_t> by_origin_;
  std::map<DebugFunction, std::uint32_t> by_function_;
  std::size_t seen_ = 0;
};

}  // namespace

DebugFunctions debug_functions(std::span<const std::uint8_t> file_bytes) {
  const DwarfFile dwarf(file_bytes);
  if (dwarf.get() == nullptr) return {};
  FunctionWalker walker;
  walker.walk(dwarf.get());
  return walker.result();
}

}  // namespace cyclegate::elf
