#include "assemble.h"

namespace cyclegate::test::rv {

std::vector<Word> load_value(Reg rd, std::uint64_t value) {
  // Eleven bits at a time from the top, so that every addend is positive.
  std::vector<Word> words = {addi(rd, zero, static_cast<int>(value >> 55))};
  for (int shift = 44; shift >= 0; shift -= 11) {
    words.push_back(slli(rd, rd, 11));
    words.push_back(addi(rd, rd, static_cast<int>((value >> shift) & 0x7ff)));
  }
  return words;
}

elf::Image image(const Text& text) {
  elf::Segment segment;
  segment.address = 0x90000000;
  segment.executable = true;
  for (const Word word : text.words()) {
    for (unsigned shift = 0; shift < 32; shift += 8) segment.bytes.push_back(static_cast<std::uint8_t>(word >> shift));
  }
  segment.memory_size = segment.bytes.size();
  elf::Image out;
  out.entry = segment.address;
  out.segments.push_back(std::move(segment));
  return out;
}

}  // namespace cyclegate::test::rv
