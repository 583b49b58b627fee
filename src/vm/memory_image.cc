#include "vm/memory_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

#include "vm/address_map.h"

namespace cyclegate::vm {
namespace {

constexpr std::uint64_t block_bytes = 32;
constexpr std::uint64_t words_per_block = block_bytes / 8;
/// Runs of this many zero blocks inside initialised RAM are not written.
constexpr std::uint64_t zero_run_blocks = 1024 / block_bytes;

constexpr std::uint64_t round_up(std::uint64_t value) { return (value + block_bytes - 1) / block_bytes * block_bytes; }

void add_rom(const elf::Segment& segment, std::vector<Block>& rom) {
  std::vector<std::uint8_t> bytes = segment.bytes;
  bytes.resize(segment.memory_size);
  if (!rom.empty()) {
    Block& last = rom.back();
    const std::uint64_t padded_end = last.address + round_up(last.bytes.size());
    if (segment.address == last.end() || segment.address < padded_end) {
      last.bytes.resize(segment.address - last.address);
      last.bytes.insert(last.bytes.end(), bytes.begin(), bytes.end());
      return;
    }
  }
  rom.push_back({.address = segment.address, .bytes = std::move(bytes)});
}

/// Numbers of the 32-byte blocks from `first` to `last` address.
struct BlockRange {
  std::uint64_t first = 0;
  std::uint64_t end = 0;
};

std::uint64_t count_ram_words(const std::vector<Block>& ram) {
  std::set<std::uint64_t> nonzero;
  std::vector<BlockRange> ranges;
  for (const Block& block : ram) {
    const auto is_set = [](std::uint8_t byte) { return byte != 0; };
    const auto first = std::ranges::find_if(block.bytes, is_set);
    if (first == block.bytes.end()) continue;
    for (auto at = first; at != block.bytes.end(); at = std::find_if(at, block.bytes.end(), is_set)) {
      const std::uint64_t number = (block.address + static_cast<std::uint64_t>(at - block.bytes.begin())) / block_bytes;
      nonzero.insert(number);
      const std::uint64_t next = (number + 1) * block_bytes - block.address;
      if (next >= block.bytes.size()) break;
      at = block.bytes.begin() + static_cast<std::ptrdiff_t>(next);
    }
    const auto last = std::ranges::find_if(block.bytes.rbegin(), block.bytes.rend(), is_set);
    const auto last_offset = static_cast<std::uint64_t>(block.bytes.rend() - last) - 1;
    const BlockRange range{
        .first = (block.address + static_cast<std::uint64_t>(first - block.bytes.begin())) / block_bytes,
        .end = (block.address + last_offset) / block_bytes + 1};
    if (!ranges.empty() && range.first <= ranges.back().end) {
      ranges.back().end = std::max(ranges.back().end, range.end);
    } else {
      ranges.push_back(range);
    }
  }
  std::uint64_t blocks = 0;
  for (const BlockRange& range : ranges) {
    blocks += range.end - range.first;
    std::uint64_t behind = range.first;
    for (auto at = nonzero.lower_bound(range.first); at != nonzero.end() && *at < range.end; ++at) {
      if (*at - behind >= zero_run_blocks) blocks -= *at - behind;
      behind = *at + 1;
    }
  }
  return blocks * words_per_block;
}

}  // namespace

std::expected<void, std::string> fill_memory_image(const elf::Image& image, Code& code) {
  for (const elf::Segment& segment : image.segments) {
    const bool in_rom = segment.address >= rom_address && segment.end() <= rom_address + rom_size;
    if (in_rom && (!segment.executable || segment.readable)) add_rom(segment, code.rom);
    if (!in_rom) code.ram.push_back({.address = segment.address, .bytes = segment.bytes});
  }
  for (Block& block : code.rom) {
    block.bytes.resize(round_up(block.bytes.size()));
    if (block.address % 8 != 0) {
      return std::unexpected(fmt::format("read-only data at {:#x} is not aligned to 8 bytes", block.address));
    }
    code.rom_init_words += block.bytes.size() / 8;
  }
  code.ram_init_words = count_ram_words(code.ram);
  return {};
}

}  // namespace cyclegate::vm
