#include "elf/identity.h"

#include <cstddef>
#include <string_view>

namespace cyclegate::elf {
namespace {

void append(std::vector<std::uint8_t>& out, std::uint64_t number) {
  for (unsigned shift = 0; shift < 64; shift += 8) out.push_back(static_cast<std::uint8_t>(number >> shift));
}

}  // namespace

std::vector<std::uint8_t> identity_bytes(const Image& image) {
  constexpr std::string_view header = "cyclegate.image/1";
  std::vector<std::uint8_t> out(header.begin(), header.end());
  append(out, image.entry);
  append(out, image.segments.size());
  for (const Segment& segment : image.segments) {
    std::size_t size = segment.bytes.size();
    while (size != 0 && segment.bytes[size - 1] == 0) --size;
    append(out, segment.address);
    append(out, segment.memory_size);
    append(out, (segment.readable ? 4U : 0U) | (segment.writable ? 2U : 0U) | (segment.executable ? 1U : 0U));
    append(out, size);
    out.insert(out.end(), segment.bytes.begin(), segment.bytes.begin() + static_cast<std::ptrdiff_t>(size));
  }
  // The same bytes are another program for registers of another width. ELF64 says nothing: its identities are older.
  if (image.bits != 64) append(out, image.bits);
  return out;
}

}  // namespace cyclegate::elf
