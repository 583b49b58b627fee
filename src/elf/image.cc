#include "elf/image.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

namespace cyclegate::elf {
namespace {

// Offsets and values of the gABI (https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html) and of the RISC-V ELF
// psABI.

/// Sizes of the tables' entries and offsets of the fields that the two classes of ELF have in different places.
struct Layout {
  unsigned bits;
  std::uint64_t header_size, program_headers, section_headers;  // of the file header
  std::uint64_t program_header_entry, program_header_count, section_header_entry, section_header_count;
  std::uint64_t program_header_size, flags, offset, address, file_size, memory_size;
  std::uint64_t section_header_size, section_offset, section_size, section_link, section_entry;
  std::uint64_t symbol_size, symbol_value, symbol_bytes, symbol_info, symbol_section;
};

constexpr Layout elf64{.bits = 64,
                       .header_size = 64,
                       .program_headers = 32,
                       .section_headers = 40,
                       .program_header_entry = 54,
                       .program_header_count = 56,
                       .section_header_entry = 58,
                       .section_header_count = 60,
                       .program_header_size = 56,
                       .flags = 4,
                       .offset = 8,
                       .address = 16,
                       .file_size = 32,
                       .memory_size = 40,
                       .section_header_size = 64,
                       .section_offset = 24,
                       .section_size = 32,
                       .section_link = 40,
                       .section_entry = 56,
                       .symbol_size = 24,
                       .symbol_value = 8,
                       .symbol_bytes = 16,
                       .symbol_info = 4,
                       .symbol_section = 6};

constexpr Layout elf32{.bits = 32,
                       .header_size = 52,
                       .program_headers = 28,
                       .section_headers = 32,
                       .program_header_entry = 42,
                       .program_header_count = 44,
                       .section_header_entry = 46,
                       .section_header_count = 48,
                       .program_header_size = 32,
                       .flags = 24,
                       .offset = 4,
                       .address = 8,
                       .file_size = 16,
                       .memory_size = 20,
                       .section_header_size = 40,
                       .section_offset = 16,
                       .section_size = 20,
                       .section_link = 24,
                       .section_entry = 36,
                       .symbol_size = 16,
                       .symbol_value = 4,
                       .symbol_bytes = 8,
                       .symbol_info = 12,
                       .symbol_section = 14};

constexpr std::uint64_t entry_offset = 24;  // in both classes
constexpr std::uint64_t class_offset = 4;
constexpr std::uint64_t max_section_headers = 65535;
constexpr std::uint64_t max_name_length = 65536;
// All names together: a small file can point a million symbols at one long name.
constexpr std::uint64_t max_name_bytes = std::uint64_t{256} << 20;
constexpr std::uint16_t type_executable = 2;
constexpr std::uint16_t machine_riscv = 243;
constexpr std::uint32_t program_load = 1;
constexpr std::uint32_t section_symbols = 2;
constexpr unsigned symbol_function = 2;

std::unexpected<LoadError> fail(std::uint64_t offset, std::string message) {
  return std::unexpected(LoadError{offset, fmt::format("{} (file offset {:#x})", message, offset)});
}

/// Little-endian reads at offsets that the caller has checked with holds().
class File {
 public:
  explicit File(std::span<const std::uint8_t> bytes)
      : bytes_(bytes), layout_(bytes.size() > class_offset && bytes[class_offset] == 1 ? &elf32 : &elf64) {}
  const Layout& layout() const { return *layout_; }
  std::uint64_t size() const { return bytes_.size(); }
  bool holds(std::uint64_t offset, std::uint64_t length) const { return offset <= size() && length <= size() - offset; }
  template <typename T>
  T number(std::uint64_t offset) const {
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      value = static_cast<T>(value | static_cast<T>(static_cast<T>(bytes_[offset + i]) << (8 * i)));
    }
    return value;
  }
  /// An address, offset or size, which is as wide as the class says.
  std::uint64_t word(std::uint64_t offset) const {
    return layout_->bits == 64 ? number<std::uint64_t>(offset) : number<std::uint32_t>(offset);
  }
  std::span<const std::uint8_t> part(std::uint64_t offset, std::uint64_t length) const {
    return bytes_.subspan(offset, length);
  }

 private:
  std::span<const std::uint8_t> bytes_;
  const Layout* layout_;
};

std::optional<LoadError> check_header(const File& file) {
  constexpr std::uint8_t magic[] = {0x7f, 'E', 'L', 'F'};
  const auto refuse = [](std::uint64_t offset, std::string message) {
    return fail(offset, std::move(message)).error();
  };
  if (!file.holds(0, 4) || !std::ranges::equal(file.part(0, 4), magic)) {
    return refuse(0, "not an ELF file: it does not start with 7f 45 4c 46");
  }
  const Layout& layout = file.layout();
  if (!file.holds(0, layout.header_size)) {
    return refuse(file.size(), fmt::format("truncated: the {}-byte ELF header is not complete", layout.header_size));
  }
  if (file.size() > max_image_bytes) return refuse(max_image_bytes, "the file is larger than 1 GiB");
  if (const unsigned elf_class = file.number<std::uint8_t>(class_offset); elf_class != 1 && elf_class != 2) {
    return refuse(class_offset, fmt::format("unknown ELF class {}; 1 (32 bits) or 2 (64 bits) is needed", elf_class));
  }
  if (file.number<std::uint8_t>(5) != 1) return refuse(5, "a big-endian ELF; a little-endian one is needed");
  if (file.number<std::uint8_t>(6) != 1) return refuse(6, "unknown ELF version; 1 is needed");
  const auto machine = file.number<std::uint16_t>(18);
  if (machine != machine_riscv) {
    return refuse(18, fmt::format("made for machine {}; RISC-V (243) is needed", machine));
  }
  const auto type = file.number<std::uint16_t>(16);
  if (type != type_executable) {
    return refuse(16, fmt::format("ELF type {}; a static executable (ET_EXEC, 2) is needed: link with -static and "
                                  "without -pie",
                                  type));
  }
  return std::nullopt;
}

std::expected<std::optional<Segment>, LoadError> read_segment(const File& file, std::uint64_t at) {
  if (file.number<std::uint32_t>(at) != program_load) return std::nullopt;
  const Layout& layout = file.layout();
  const auto flags = file.number<std::uint32_t>(at + layout.flags);
  const auto offset = file.word(at + layout.offset);
  const auto file_size = file.word(at + layout.file_size);
  Segment segment;
  segment.address = file.word(at + layout.address);
  segment.memory_size = file.word(at + layout.memory_size);
  segment.executable = (flags & 1U) != 0;
  segment.writable = (flags & 2U) != 0;
  segment.readable = (flags & 4U) != 0;
  if (segment.memory_size == 0 && file_size == 0) return std::nullopt;  // loads nothing; GNU ld writes such headers
  const auto name = fmt::format("segment at {:#x}", segment.address);
  const std::uint64_t last_address = layout.bits == 64 ? ~std::uint64_t{0} : ~std::uint32_t{0};
  if (segment.memory_size > last_address - segment.address) {
    return fail(at + layout.memory_size, name + " wraps around the end of the address space");
  }
  if (segment.writable && segment.executable) {
    return fail(at + layout.flags, name + " is both writable and executable; give code and data separate segments");
  }
  if (file_size > segment.memory_size) {
    return fail(at + layout.file_size, fmt::format("{} has more bytes in the file ({:#x}) than in memory ({:#x})", name,
                                                   file_size, segment.memory_size));
  }
  if (segment.memory_size > max_image_bytes) return fail(at + layout.memory_size, name + " is larger than 1 GiB");
  if (!file.holds(offset, file_size)) {
    return fail(at + layout.offset, fmt::format("{} lies beyond the file: it wants bytes {:#x} to {:#x} of {:#x}", name,
                                                offset, offset + file_size, file.size()));
  }
  const auto bytes = file.part(offset, file_size);
  segment.bytes.assign(bytes.begin(), bytes.end());
  return segment;
}

std::expected<std::vector<Segment>, LoadError> read_segments(const File& file) {
  const Layout& layout = file.layout();
  const auto table = file.word(layout.program_headers);
  const auto entry_size = file.number<std::uint16_t>(layout.program_header_entry);
  const auto count = file.number<std::uint16_t>(layout.program_header_count);
  if (count == 0) return fail(layout.program_header_count, "no program headers: nothing to load");
  if (count > max_program_headers) {
    return fail(layout.program_header_count,
                fmt::format("{} program headers; at most {} are read", count, max_program_headers));
  }
  if (entry_size != layout.program_header_size) {
    return fail(layout.program_header_entry,
                fmt::format("program headers of {} bytes; {} are needed", entry_size, layout.program_header_size));
  }
  if (!file.holds(table, count * layout.program_header_size)) {
    return fail(layout.program_headers,
                fmt::format("truncated: the program header table at {:#x} is not complete", table));
  }
  std::vector<Segment> segments;
  std::uint64_t total = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    auto segment = read_segment(file, table + i * layout.program_header_size);
    if (!segment) return std::unexpected(segment.error());
    if (!*segment) continue;
    total += (*segment)->memory_size;
    if (total > max_image_bytes) {
      return fail(table + i * layout.program_header_size + layout.memory_size,
                  "the segments together are larger than 1 GiB");
    }
    segments.push_back(std::move(**segment));
  }
  if (segments.empty()) return fail(table, "no loadable segment: nothing to run");
  std::ranges::sort(segments, {}, &Segment::address);
  for (std::size_t i = 1; i < segments.size(); ++i) {
    if (segments[i].address < segments[i - 1].end()) {
      return fail(table,
                  fmt::format("segments at {:#x} and {:#x} overlap", segments[i - 1].address, segments[i].address));
    }
  }
  return segments;
}

struct Section {
  std::uint32_t type = 0;
  std::uint32_t link = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t entry_size = 0;
};

Section read_section(const File& file, std::uint64_t at) {
  const Layout& layout = file.layout();
  return {.type = file.number<std::uint32_t>(at + 4),
          .link = file.number<std::uint32_t>(at + layout.section_link),
          .offset = file.word(at + layout.section_offset),
          .size = file.word(at + layout.section_size),
          .entry_size = file.word(at + layout.section_entry)};
}

std::expected<std::vector<Symbol>, LoadError> read_functions(const File& file) {
  const Layout& layout = file.layout();
  const auto table = file.word(layout.section_headers);
  const auto entry_size = file.number<std::uint16_t>(layout.section_header_entry);
  const std::uint64_t count = file.number<std::uint16_t>(layout.section_header_count);
  std::uint64_t name_bytes = 0;
  std::vector<Symbol> functions;
  if (table == 0 || count == 0) return functions;
  if (entry_size != layout.section_header_size) {
    return fail(layout.section_header_entry,
                fmt::format("section headers of {} bytes; {} are needed", entry_size, layout.section_header_size));
  }
  if (!file.holds(table, count * layout.section_header_size)) {
    return fail(layout.section_headers,
                fmt::format("truncated: the section header table at {:#x} is not complete", table));
  }
  for (std::uint64_t i = 0; i < count && i < max_section_headers; ++i) {
    const std::uint64_t at = table + i * layout.section_header_size;
    const Section symbols = read_section(file, at);
    if (symbols.type != section_symbols) continue;
    if (symbols.entry_size != layout.symbol_size || !file.holds(symbols.offset, symbols.size)) {
      return fail(at + layout.section_offset, "truncated: the symbol table is not complete");
    }
    if (symbols.link >= count)
      return fail(at + layout.section_link, "the symbol table names a section of strings that does not exist");
    const Section strings = read_section(file, table + symbols.link * layout.section_header_size);
    if (!file.holds(strings.offset, strings.size)) {
      return fail(table + symbols.link * layout.section_header_size + layout.section_offset,
                  "truncated: the symbols' names are not complete");
    }
    const auto names = file.part(strings.offset, strings.size);
    for (std::uint64_t symbol = symbols.offset; symbol + layout.symbol_size <= symbols.offset + symbols.size;
         symbol += layout.symbol_size) {
      if ((file.number<std::uint8_t>(symbol + layout.symbol_info) & 0xfU) != symbol_function) continue;
      if (file.number<std::uint16_t>(symbol + layout.symbol_section) == 0) continue;  // undefined
      const auto name_offset = file.number<std::uint32_t>(symbol);
      if (name_offset >= names.size()) return fail(symbol, "a symbol's name lies beyond the table of names");
      if (functions.size() == max_functions) {
        return fail(symbol, fmt::format("more than {} function symbols", max_functions));
      }
      const auto rest =
          names.subspan(name_offset, std::min<std::uint64_t>(names.size() - name_offset, max_name_length));
      const auto end = std::ranges::find(rest, std::uint8_t{0});
      name_bytes += static_cast<std::uint64_t>(end - rest.begin());
      if (name_bytes > max_name_bytes)
        return fail(symbol, "the names of the functions together are larger than 256 MiB");
      functions.push_back({.address = file.word(symbol + layout.symbol_value),
                           .size = file.word(symbol + layout.symbol_bytes),
                           .name = std::string(rest.begin(), end)});
    }
    break;  // the gABI allows one table of symbols; more would be read again and again in a hostile file
  }
  std::ranges::sort(functions, {}, [](const Symbol& s) { return std::tie(s.address, s.size, s.name); });
  return functions;
}

}  // namespace

std::expected<Image, LoadError> parse(std::span<const std::uint8_t> file_bytes) {
  const File file(file_bytes);
  if (auto error = check_header(file)) return std::unexpected(std::move(*error));
  Image image;
  image.bits = file.layout().bits;
  image.entry = file.word(entry_offset);
  auto segments = read_segments(file);
  if (!segments) return std::unexpected(segments.error());
  image.segments = std::move(*segments);
  auto functions = read_functions(file);
  if (!functions) return std::unexpected(functions.error());
  image.functions = std::move(*functions);
  return image;
}

}  // namespace cyclegate::elf
