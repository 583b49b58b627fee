#include "vm/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "elf/demangle.h"
#include "vm/address_map.h"
#include "vm/code.h"
#include "vm/inlined_places.h"
#include "vm/memory_image.h"
#include "vm/transpile.h"

namespace cyclegate::vm {
namespace {

constexpr std::uint64_t max_text_bytes = std::uint64_t{32} << 20;
constexpr std::uint64_t float_library_rom = 0x97f0'0000;
constexpr std::uint64_t float_library_ram = 0xbfff'0000;

bool inside(const elf::Segment& segment, std::uint64_t address, std::uint64_t size) {
  return segment.address >= address && segment.end() <= address + size;
}

/// What ZisK's elf_extraction.rs and elf2rom.rs refuse, in their order.
std::optional<std::string> check(const elf::Segment& segment) {
  const auto name = fmt::format("segment {:#x}-{:#x}", segment.address, segment.end());
  const bool in_rom = inside(segment, rom_address, rom_size);
  const bool in_ram = inside(segment, ram_address, ram_size);
  if (segment.writable && segment.executable) return name + " is both writable and executable";
  const std::uint64_t alignment = segment.executable ? 4 : 2;
  if (segment.address % alignment != 0) return fmt::format("{} is not aligned to {} bytes", name, alignment);
  if (!in_rom && !in_ram) {
    return name +
           " is outside ZisK 1.4.0-alpha's address map: code and constants belong into ROM "
           "(0x90000000-0x98000000), data into RAM (0xa0000000-0xc0000000)";
  }
  if (segment.executable) {
    if (!in_rom) return name + " is executable but not in ROM (0x90000000-0x98000000)";
    if (segment.memory_size != segment.bytes.size()) return name + " is executable and has a zero-filled tail";
    if (segment.bytes.size() % 2 != 0) return name + " is executable and has an odd length";
  } else if (segment.writable) {
    if (!in_ram) return name + " is writable but not in RAM (0xa0000000-0xc0000000)";
  }
  if (!segment.writable && (!segment.executable || segment.readable)) {
    if ((in_rom && segment.end() >= float_library_rom) || (in_ram && segment.end() >= float_library_ram)) {
      return name + " overlaps the region of ZisK's float library";
    }
  }
  return std::nullopt;
}

void name_functions(const elf::Image& image, Code& code) {
  code.function_of.assign(code.instructions.size(), no_instruction);
  code.function_start.assign(code.instructions.size(), false);
  std::map<std::string, std::uint32_t> known;
  const auto number_of = [&](const std::string& symbol) {
    const auto [entry, added] = known.try_emplace(elf::demangle(symbol), static_cast<std::uint32_t>(known.size()));
    if (added) code.functions.push_back(entry->first);
    return entry->second;
  };
  // Symbols that begin at the same address: the longest counts, then the first by name. The order of the image is by
  // address, size, name.
  std::vector<elf::Symbol> symbols;
  for (const elf::Symbol& symbol : image.functions) {
    if (symbol.name.empty()) continue;
    if (!symbols.empty() && symbols.back().address == symbol.address) {
      if (symbol.size > symbols.back().size) symbols.back() = symbol;
    } else {
      symbols.push_back(symbol);
    }
  }
  std::size_t at = 0;
  std::uint32_t number = no_instruction;
  std::size_t numbered = symbols.size();
  for (std::size_t i = 0; i < code.instructions.size(); ++i) {
    const std::uint64_t pc = code.instructions[i].pc;
    // Entries that trap at addresses outside the text follow the last segment and have no order.
    if (code.instructions[i].form == Form::past_end) continue;
    while (at + 1 < symbols.size() && symbols[at + 1].address <= pc) ++at;
    if (at >= symbols.size() || symbols[at].address > pc) continue;
    const elf::Symbol& symbol = symbols[at];
    if (symbol.size != 0 && pc - symbol.address >= symbol.size) continue;
    if (numbered != at) {
      number = number_of(symbol.name);
      numbered = at;
    }
    code.function_of[i] = number;
    code.function_start[i] = symbol.address == pc;
  }
  const auto unnamed = static_cast<std::uint32_t>(code.functions.size());
  code.functions.emplace_back("[no symbol]");
  std::ranges::replace(code.function_of, no_instruction, unnamed);
}

}  // namespace

std::uint32_t Code::find(std::uint64_t pc) const {
  for (const TextRange& range : text) {
    if (pc < range.start || pc >= range.end) continue;
    return (pc & 1) == 0 ? range.instruction_at[(pc - range.start) / 2] : no_instruction;
  }
  return no_instruction;
}

model::ProfileFrame Code::frame(std::uint32_t number) const {
  if (number >= functions.size()) return inlined_frames[number - functions.size()];
  if (function_frames.empty())
    return {.name = functions[number], .file = {}, .line = 0, .inlined = false, .module_name = {}};
  return function_frames[number];
}

const Threaded& Code::threaded(Instrumentation instrumentation) const {
  Lazy& lazy = lazy_[static_cast<std::size_t>(instrumentation)];
  std::call_once(lazy.once, [&] { lazy.code = thread(*this, instrumentation); });
  return lazy.code;
}

const std::vector<model::Warning>& Program::warnings() const {
  return code_->warnings;
}

std::expected<Program, model::Outcome> load(const elf::Image& image, const CostModel& cost_model,
                                            const elf::DebugFunctions* debug) {
  const auto rejected = [](std::string why) {
    return std::unexpected(
        model::Outcome{.kind = model::OutcomeKind::rejected, .code = {}, .pc = {}, .why = std::move(why)});
  };
  if (image.bits != 64) return rejected("a 32-bit ELF; ZisK's machine has 64-bit registers (ELFCLASS64)");
  auto code = std::make_shared<Code>();
  code->cost_model = cost_model;
  std::vector<TextBytes> text;
  std::uint64_t text_bytes = 0;
  for (const elf::Segment& segment : image.segments) {
    if (auto wrong = check(segment)) return rejected(std::move(*wrong));
    code->loaded_bytes += segment.memory_size;
    if (!segment.executable) continue;
    text.push_back({.address = segment.address, .bytes = segment.bytes});
    text_bytes += segment.bytes.size();
    if (segment.readable) {
      code->warnings.push_back(
          {.code = "readable-text",
           .message =
               fmt::format("segment at {:#x} is executable and readable: ZisK charges its bytes as ROM data; link it "
                           "with execute permission only",
                           segment.address)});
    }
  }
  if (text_bytes > max_text_bytes) return rejected("the executable segments are larger than 32 MiB");
  if (image.entry == 0) return rejected("no entry point: e_entry is 0");
  if (image.entry % 4 != 0) return rejected(fmt::format("the entry {:#x} is not aligned to 4 bytes", image.entry));
  const bool entry_in_text = std::ranges::any_of(text, [&](const TextBytes& one) {
    return image.entry >= one.address && image.entry - one.address < one.bytes.size();
  });
  if (!entry_in_text) return rejected(fmt::format("the entry {:#x} is in no executable segment", image.entry));
  if (auto done = transpile(text, *code); !done) return rejected(std::move(done.error()));
  code->entry = code->find(image.entry);
  if (code->entry == no_instruction) {
    return rejected(fmt::format("the entry {:#x} is in the middle of an instruction", image.entry));
  }
  if (auto done = fill_memory_image(image, *code); !done) return rejected(std::move(done.error()));
  name_functions(image, *code);
  if (debug != nullptr) fill_inlined_places(*debug, *code);
  return Program(std::move(code));
}

}  // namespace cyclegate::vm
