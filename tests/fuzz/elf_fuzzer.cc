// Any bytes as a guest: parsed, checked, predecoded and executed for at most 10,000 steps in all three ways, which must
// agree.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "elf/demangle.h"
#include "elf/identity.h"
#include "elf/image.h"
#include "vm/machine.h"
#include "vm/program.h"

namespace {

/// What elf::parse promises about an image.
bool is_sound(const cyclegate::elf::Image& image) {
  std::uint64_t total = 0;
  const cyclegate::elf::Segment* before = nullptr;
  for (const auto& segment : image.segments) {
    if (segment.memory_size == 0 || segment.bytes.size() > segment.memory_size) return false;
    if (segment.end() <= segment.address || (segment.writable && segment.executable)) return false;
    if (before != nullptr && before->end() > segment.address) return false;
    total += segment.memory_size;
    before = &segment;
  }
  return before != nullptr && total <= cyclegate::elf::max_image_bytes &&
         image.functions.size() <= cyclegate::elf::max_functions &&
         std::ranges::is_sorted(image.functions, {}, &cyclegate::elf::Symbol::address);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cyclegate;  // NOLINT(google-build-using-namespace): one function
  const auto image = elf::parse({data, size});
  if (!image) {
    if (image.error().message.empty()) std::abort();
    return 0;
  }
  if (!is_sound(*image)) std::abort();
  for (const auto& function : image->functions) elf::demangle(function.name);
  // Large and empty segments only make a run slow.
  std::uint64_t memory = 0;
  for (const auto& segment : image->segments) memory += segment.memory_size;
  if (memory > (std::uint64_t{16} << 20)) return 0;
  if (elf::identity_bytes(*image).empty()) std::abort();
  const auto program = vm::load(*image, vm::cost_model("zisk-1.4.0-alpha"));
  if (!program) {
    if (program.error().why.empty()) std::abort();
    return 0;
  }
  const std::uint8_t input[16] = {8, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8};
  const vm::Limits limits{
      .max_steps = 10'000, .max_memory_bytes = std::uint64_t{64} << 20, .max_time = std::chrono::seconds(5)};
  const auto totals = vm::execute(*program, input, limits, model::Detail::totals);
  const auto cost = vm::execute(*program, input, limits, model::Detail::cost);
  const auto functions = vm::execute(*program, input, limits, model::Detail::functions);
  if (totals.outcome != cost.outcome || totals.steps != cost.steps || totals.output != cost.output) std::abort();
  if (totals.outcome != functions.outcome || cost.cost != functions.cost) std::abort();
  std::uint64_t steps = 0;
  model::CostParts parts;
  for (const auto& row : functions.functions) {
    steps += row.steps_self;
    parts += row.self;
  }
  if (steps != functions.steps || parts != functions.cost->parts) std::abort();
  return 0;
}
