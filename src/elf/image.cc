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

// Offsets and values of the ELF64 gABI (https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html) and of the
// RISC-V ELF psABI.
constexpr std::uint64_t header_size = 64;
constexpr std::uint64_t program_header_size = 56;
constexpr std::uint64_t section_header_size = 64;
constexpr std::uint64_t symbol_size = 24;
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
  explicit File(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
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
  std::span<const std::uint8_t> part(std::uint64_t offset, std::uint64_t length) const {
    return bytes_.subspan(offset, length);
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

std::optional<LoadError> check_header(const File& file) {
  constexpr std::uint8_t magic[] = {0x7f, 'E', 'L', 'F'};
  const auto refuse = [](std::uint64_t offset, std::string message) {
    return fail(offset, std::move(message)).error();
  };
  if (!file.holds(0, 4) || !std::ranges::equal(file.part(0, 4), magic)) {
    return refuse(0, "not an ELF file: it does not start with 7f 45 4c 46");
  }
  if (!file.holds(0, header_size)) return refuse(file.size(), "truncated: the 64-byte ELF header is not complete");
  if (file.size() > max_image_bytes) return refuse(max_image_bytes, "the file is larger than 1 GiB");
  if (file.number<std::uint8_t>(4) != 2) return refuse(4, "a 32-bit ELF; a 64-bit one is needed (ELFCLASS64)");
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
  const auto flags = file.number<std::uint32_t>(at + 4);
  const auto offset = file.number<std::uint64_t>(at + 8);
  const auto file_size = file.number<std::uint64_t>(at + 32);
  Segment segment;
  segment.address = file.number<std::uint64_t>(at + 16);
  segment.memory_size = file.number<std::uint64_t>(at + 40);
  segment.executable = (flags & 1U) != 0;
  segment.writable = (flags & 2U) != 0;
  segment.readable = (flags & 4U) != 0;
  if (segment.memory_size == 0 && file_size == 0) return std::nullopt;  // loads nothing; GNU ld writes such headers
  const auto name = fmt::format("segment at {:#x}", segment.address);
  if (segment.memory_size > ~segment.address) return fail(at + 40, name + " wraps around the end of the address space");
  if (segment.writable && segment.executable) {
    return fail(at + 4, name + " is both writable and executable; give code and data separate segments");
  }
  if (file_size > segment.memory_size) {
    return fail(at + 32, fmt::format("{} has more bytes in the file ({:#x}) than in memory ({:#x})", name, file_size,
                                     segment.memory_size));
  }
  if (segment.memory_size > max_image_bytes) return fail(at + 40, name + " is larger than 1 GiB");
  if (!file.holds(offset, file_size)) {
    return fail(at + 8, fmt::format("{} lies beyond the file: it wants bytes {:#x} to {:#x} of {:#x}", name, offset,
                                    offset + file_size, file.size()));
  }
  const auto bytes = file.part(offset, file_size);
  segment.bytes.assign(bytes.begin(), bytes.end());
  return segment;
}

std::expected<std::vector<Segment>, LoadError> read_segments(const File& file) {
  const auto table = file.number<std::uint64_t>(32);
  const auto entry_size = file.number<std::uint16_t>(54);
  const auto count = file.number<std::uint16_t>(56);
  if (count == 0) return fail(56, "no program headers: nothing to load");
  if (count > max_program_headers) {
    return fail(56, fmt::format("{} program headers; at most {} are read", count, max_program_headers));
  }
  if (entry_size != program_header_size) {
    return fail(54, fmt::format("program headers of {} bytes; 56 are needed", entry_size));
  }
  if (!file.holds(table, count * program_header_size)) {
    return fail(32, fmt::format("truncated: the program header table at {:#x} is not complete", table));
  }
  std::vector<Segment> segments;
  std::uint64_t total = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    auto segment = read_segment(file, table + i * program_header_size);
    if (!segment) return std::unexpected(segment.error());
    if (!*segment) continue;
    total += (*segment)->memory_size;
    if (total > max_image_bytes) {
      return fail(table + i * program_header_size + 40, "the segments together are larger than 1 GiB");
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
  return {.type = file.number<std::uint32_t>(at + 4),
          .link = file.number<std::uint32_t>(at + 40),
          .offset = file.number<std::uint64_t>(at + 24),
          .size = file.number<std::uint64_t>(at + 32),
          .entry_size = file.number<std::uint64_t>(at + 56)};
}

std::expected<std::vector<Symbol>, LoadError> read_functions(const File& file) {
  const auto table = file.number<std::uint64_t>(40);
  const auto entry_size = file.number<std::uint16_t>(58);
  const std::uint64_t count = file.number<std::uint16_t>(60);
  std::uint64_t name_bytes = 0;
  std::vector<Symbol> functions;
  if (table == 0 || count == 0) return functions;
  if (entry_size != section_header_size) {
    return fail(58, fmt::format("section headers of {} bytes; 64 are needed", entry_size));
  }
  if (!file.holds(table, count * section_header_size)) {
    return fail(40, fmt::format("truncated: the section header table at {:#x} is not complete", table));
  }
  for (std::uint64_t i = 0; i < count && i < max_section_headers; ++i) {
    const std::uint64_t at = table + i * section_header_size;
    const Section symbols = read_section(file, at);
    if (symbols.type != section_symbols) continue;
    if (symbols.entry_size != symbol_size || !file.holds(symbols.offset, symbols.size)) {
      return fail(at + 24, "truncated: the symbol table is not complete");
    }
    if (symbols.link >= count) return fail(at + 40, "the symbol table names a section of strings that does not exist");
    const Section strings = read_section(file, table + symbols.link * section_header_size);
    if (!file.holds(strings.offset, strings.size)) {
      return fail(table + symbols.link * section_header_size + 24, "truncated: the symbols' names are not complete");
    }
    const auto names = file.part(strings.offset, strings.size);
    for (std::uint64_t symbol = symbols.offset; symbol + symbol_size <= symbols.offset + symbols.size;
         symbol += symbol_size) {
      if ((file.number<std::uint8_t>(symbol + 4) & 0xfU) != symbol_function) continue;
      if (file.number<std::uint16_t>(symbol + 6) == 0) continue;  // undefined
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
      functions.push_back({.address = file.number<std::uint64_t>(symbol + 8),
                           .size = file.number<std::uint64_t>(symbol + 16),
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
  image.entry = file.number<std::uint64_t>(24);
  auto segments = read_segments(file);
  if (!segments) return std::unexpected(segments.error());
  image.segments = std::move(*segments);
  auto functions = read_functions(file);
  if (!functions) return std::unexpected(functions.error());
  image.functions = std::move(*functions);
  return image;
}

}  // namespace cyclegate::elf
