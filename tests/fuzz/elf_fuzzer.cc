// libFuzzer target: any bytes as an ELF file end in an Image that keeps its promises or in a LoadError that names an
// offset, and every name of it can be demangled.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "elf/demangle.h"
#include "elf/identity.h"
#include "elf/image.h"

namespace {

namespace elf = cyclegate::elf;

void require(bool holds) {
  if (!holds) std::abort();
}

void require_sound(const elf::Image& image) {
  std::uint64_t total = 0;
  const elf::Segment* before = nullptr;
  require(!image.segments.empty());
  for (const elf::Segment& segment : image.segments) {
    require(segment.memory_size > 0 && segment.bytes.size() <= segment.memory_size);
    require(segment.end() > segment.address && !(segment.writable && segment.executable));
    require(before == nullptr || before->end() <= segment.address);
    total += segment.memory_size;
    before = &segment;
  }
  require(total <= elf::max_image_bytes && image.functions.size() <= elf::max_functions);
  require(std::ranges::is_sorted(image.functions, {}, &elf::Symbol::address));
}

}  // namespace

// libFuzzer chose the name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {  // NOLINT(bugprone-reserved-identifier)
  const auto image = elf::parse(std::span(data, size));
  if (!image) {
    require(!image.error().message.empty());
    return 0;
  }
  require_sound(*image);
  require(!elf::identity_bytes(*image).empty());
  for (const elf::Symbol& function : image->functions) elf::demangle(function.name);
  return 0;
}
