#include "elf/sections.h"

#include <algorithm>
#include <optional>

namespace cyclegate::elf {
namespace {

// Offsets and sizes of the System V ABI's Elf64_Ehdr and Elf64_Shdr.
constexpr std::uint64_t header_size = 64;
constexpr std::uint64_t section_header_size = 64;
constexpr std::uint64_t flag_allocated = 2;  // SHF_ALLOC

/// A little-endian number of `width` bytes; nullopt beyond the file.
std::optional<std::uint64_t> number(std::span<const std::uint8_t> file, std::uint64_t offset, std::uint64_t width) {
  if (offset > file.size() || file.size() - offset < width) return std::nullopt;
  std::uint64_t value = 0;
  for (std::uint64_t i = width; i-- > 0;) value = value << 8U | file[offset + i];
  return value;
}

}  // namespace

std::string section_at(std::span<const std::uint8_t> file, std::uint64_t address) {
  constexpr std::uint8_t class_64 = 2;  // ELFCLASS64
  if (file.size() < header_size || file[4] != class_64) return {};
  const std::uint64_t table = *number(file, 40, 8);
  const std::uint64_t count = *number(file, 60, 2);
  const std::uint64_t names = *number(file, 62, 2);
  if (*number(file, 58, 2) != section_header_size || table > file.size()) return {};
  const auto strings = number(file, table + names * section_header_size + 24, 8);
  for (std::uint64_t index = 0; index < count; ++index) {
    const std::uint64_t header = table + index * section_header_size;
    const auto flags = number(file, header + 8, 8);
    const auto start = number(file, header + 16, 8);
    const auto size = number(file, header + 32, 8);
    const auto name = number(file, header, 4);
    if (!flags || !start || !size || !name || !strings) return {};
    if ((*flags & flag_allocated) == 0 || address < *start || address - *start >= *size) continue;
    if (*strings > file.size() || *name > file.size() - *strings) return {};
    const auto text = file.subspan(*strings + *name);
    const auto end = std::ranges::find(text.first(std::min<std::size_t>(text.size(), 256)), std::uint8_t{0});
    return {text.begin(), end};
  }
  return {};
}

}  // namespace cyclegate::elf
