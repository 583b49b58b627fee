#include "elf/toolchain.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

namespace cyclegate::elf {
namespace {

constexpr std::uint64_t most_sections = 65535;
constexpr std::uint64_t max_comment_bytes = 64 << 10;
constexpr std::string_view section_name = ".comment";

using Bytes = std::span<const std::uint8_t>;

/// Where the fields lie in the two classes of the ELF gABI.
struct SectionTableLayout {
  std::uint64_t word = 8;          ///< size of an address or offset
  std::uint64_t table = 40;        ///< e_shoff
  std::uint64_t entry_size = 58;   ///< e_shentsize; e_shnum and e_shstrndx follow
  std::uint64_t header_size = 64;  ///< of a section header
  std::uint64_t offset = 24;       ///< sh_offset; sh_size follows
};

constexpr SectionTableLayout layout_64;
constexpr SectionTableLayout layout_32{.word = 4, .table = 32, .entry_size = 46, .header_size = 40, .offset = 16};

std::optional<Bytes> part(Bytes bytes, std::uint64_t offset, std::uint64_t length) {
  if (offset > bytes.size() || length > bytes.size() - offset) return std::nullopt;
  return bytes.subspan(offset, length);
}

/// A little-endian number; 0 beyond the end, which leads nowhere.
std::uint64_t number_or_zero(Bytes bytes, std::uint64_t offset, std::uint64_t width) {
  const std::optional<Bytes> field = part(bytes, offset, width);
  std::uint64_t value = 0;
  if (field)
    for (std::uint64_t i = 0; i < width; ++i) value |= std::uint64_t{(*field)[i]} << (8 * i);
  return value;
}

std::string_view text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The contents of the section .comment.
std::string_view comment(Bytes file) {
  constexpr std::string_view magic =
      "\x7f"
      "ELF";
  if (file.size() < 52 || !text(file).starts_with(magic) || file[5] != 1 || (file[4] != 1 && file[4] != 2)) return {};
  const SectionTableLayout& layout = file[4] == 2 ? layout_64 : layout_32;
  const std::uint64_t table = number_or_zero(file, layout.table, layout.word);
  const std::uint64_t count = std::min(number_or_zero(file, layout.entry_size + 2, 2), most_sections);
  if (number_or_zero(file, layout.entry_size, 2) != layout.header_size || table > file.size()) return {};
  const auto contents = [&](std::uint64_t index) {
    const std::uint64_t at = table + index * layout.header_size + layout.offset;
    return part(file, number_or_zero(file, at, layout.word), number_or_zero(file, at + layout.word, layout.word))
        .value_or(Bytes{});
  };
  const std::uint64_t names_index = number_or_zero(file, layout.entry_size + 4, 2);
  if (names_index >= count) return {};
  const std::string_view names = text(contents(names_index));
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t name = number_or_zero(file, table + i * layout.header_size, 4);
    if (name >= names.size()) continue;
    const std::string_view rest = names.substr(name, section_name.size() + 1);
    if (rest.starts_with(section_name) && (rest.size() == section_name.size() || rest.back() == '\0'))
      return text(contents(i)).substr(0, max_comment_bytes);
  }
  return {};
}

}  // namespace

std::string toolchain(Bytes file_bytes) {
  std::set<std::string> compilers;
  for (std::string_view rest = comment(file_bytes); !rest.empty();) {
    const std::size_t end = rest.find('\0');
    std::string name(rest.substr(0, end));
    std::ranges::replace_if(name, [](char c) { return c < ' ' || c > '~'; }, '?');
    if (!name.empty()) compilers.insert(std::move(name));
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  std::string joined;
  for (const std::string& name : compilers) joined += (joined.empty() ? "" : "; ") + name;
  return joined.substr(0, max_toolchain_bytes);
}

}  // namespace cyclegate::elf
