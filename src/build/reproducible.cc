#include "build/reproducible.h"

#include <fmt/format.h>

#include <algorithm>

#include "elf/demangle.h"
#include "elf/image.h"
#include "elf/sections.h"

namespace cyclegate::build {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t shown_bytes = 8;

std::string hex(Bytes bytes) {
  std::string text;
  for (std::size_t i = 0; i < std::min(bytes.size(), shown_bytes); ++i) {
    text += fmt::format("{}{:02x}", i == 0 ? "" : " ", bytes[i]);
  }
  return text.empty() ? "nothing" : text;
}

/// `work+0x10 (.text)`, or as much of it as is known.
std::string place(const elf::Image& image, Bytes file, std::uint64_t address) {
  const std::string section = elf::section_at(file, address);
  const auto next = std::ranges::upper_bound(image.functions, address, {}, &elf::Symbol::address);
  if (next != image.functions.begin()) {
    const elf::Symbol& symbol = *std::prev(next);
    if (address - symbol.address < symbol.size) {
      const std::string name = elf::demangle(symbol.name);
      const std::string where =
          address == symbol.address ? name : fmt::format("{}+{:#x}", name, address - symbol.address);
      return section.empty() ? where : fmt::format("{} ({})", where, section);
    }
  }
  return section.empty() ? "a loaded segment" : section;
}

std::size_t first_mismatch(Bytes one, Bytes other) {
  const auto [at, ignored] = std::ranges::mismatch(one, other);
  return static_cast<std::size_t>(at - one.begin());
}

}  // namespace

std::string first_difference(Bytes one, Bytes other) {
  const auto first = elf::parse(one);
  const auto second = elf::parse(other);
  if (!first || !second) {
    const std::size_t at = first_mismatch(one, other);
    if (at == one.size() && at == other.size()) return {};
    return fmt::format("file offset {:#x}: {} against {}", at, hex(one.subspan(at)), hex(other.subspan(at)));
  }
  if (first->segments.size() != second->segments.size()) {
    return fmt::format("{} against {} loaded segments", first->segments.size(), second->segments.size());
  }
  for (std::size_t index = 0; index < first->segments.size(); ++index) {
    const elf::Segment& a = first->segments[index];
    const elf::Segment& b = second->segments[index];
    if (a.address != b.address) {
      return fmt::format("the segment at {:#x} is at {:#x} in the other", a.address, b.address);
    }
    const std::size_t at = first_mismatch(a.bytes, b.bytes);
    if (at < a.bytes.size() && at < b.bytes.size()) {
      return fmt::format("{} at {:#x}: {} against {}", place(*first, one, a.address + at), a.address + at,
                         hex(Bytes(a.bytes).subspan(at)), hex(Bytes(b.bytes).subspan(at)));
    }
    if (a.bytes.size() != b.bytes.size() || a.memory_size != b.memory_size) {
      return fmt::format("{} ends at {:#x} against {:#x}", place(*first, one, a.address), a.end(), b.end());
    }
    if (a.readable != b.readable || a.writable != b.writable || a.executable != b.executable) {
      return fmt::format("the segment at {:#x} has other rights", a.address);
    }
  }
  if (first->entry != second->entry) {
    return fmt::format("the entry is {:#x} against {:#x}", first->entry, second->entry);
  }
  return {};
}

}  // namespace cyclegate::build
