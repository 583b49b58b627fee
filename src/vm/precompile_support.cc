#include "vm/precompile_support.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>

#include "vm/address_map.h"
#include "vm/function_tracker.h"
#include "vm/profile_tracker.h"

namespace cyclegate::vm {
namespace {

/// DMA bytes after which the clock is looked at.
constexpr std::uint64_t bytes_between_looks = std::uint64_t{64} << 20;

}  // namespace

void count_words(State* s, std::uint64_t address, bool write, std::uint64_t words) {
  Access kind = write ? Access::write_8_aligned : Access::read_8_aligned;
  if ((address & 7) != 0) kind = write ? Access::write_8_double : Access::read_8_double;
  const Zone zone = zone_of(address);
  std::uint64_t here = words;
  if (zone == Zone::ram_stack) here = std::min(words, (ram_address + stack_size - (address & ~std::uint64_t{7})) / 8);
  const auto charge = [&](Zone one, std::uint64_t times) {
    s->counters.access(one, kind, times);
    const std::uint64_t cost =
        times * s->code.cost_model.memory[static_cast<std::size_t>(one)][static_cast<std::size_t>(kind)];
    s->place->of(memory_class(one, kind)) += cost;
  };
  charge(zone, here);
  if (here != words) charge(Zone::ram_no_stack, words - here);
}

void count_call(State* s, Operation operation, std::uint64_t variable) {
  ++s->counters.operations[index(operation)];
  std::uint64_t& sum = s->counters.variable[index(operation)];
  if (__builtin_add_overflow(sum, variable, &sum)) sum = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t cost = s->code.cost_model.price[index(operation)] + variable;
  if (s->functions != nullptr) s->functions->precompile(operation, cost);
  if (s->profile != nullptr) s->profile->precompile(operation, cost);
}

bool read_operand(State* s, const ThreadedInstruction* i, std::string_view name, std::uint64_t address,
                  std::span<std::uint64_t> out) {
  if ((address & 7) != 0) {
    return trap(s, i, fmt::format("{}: operand at {:#x} is not aligned to 8 bytes", name, address));
  }
  if (const std::uint8_t* const bytes = s->memory.readable(address, out.size_bytes())) {
    std::memcpy(out.data(), bytes, out.size_bytes());
    return true;
  }
  for (std::size_t word = 0; word < out.size(); ++word) {
    if (!s->memory.load(address + 8 * word, 8, out[word])) {
      return trap(s, i, fmt::format("{}: operand at {:#x} is not in readable memory", name, address + 8 * word));
    }
  }
  return true;
}

std::uint8_t* result_place(State* s, const ThreadedInstruction* i, std::string_view name, std::uint64_t address,
                           std::uint64_t bytes) {
  std::uint8_t* const place = s->memory.writable(address, bytes);
  if (place == nullptr) {
    trap(s, i, fmt::format("{}: {} bytes at {:#x} are not all in RAM (0xa0000000-0xc0000000)", name, bytes, address));
    return nullptr;
  }
  if (!s->memory.touch(address, bytes)) {
    s->stopped_at = i;
    s->stop = Stop::memory_limit;
    return nullptr;
  }
  return place;
}

bool write_result(State* s, const ThreadedInstruction* i, std::string_view name, std::uint64_t address,
                  std::span<const std::uint64_t> words) {
  std::uint8_t* const place = result_place(s, i, name, address, words.size_bytes());
  if (place == nullptr) return false;
  std::memcpy(place, words.data(), words.size_bytes());
  return true;
}

bool pass_count(State* s, const ThreadedInstruction* i, std::uint64_t count, bool counted) {
  if (!write_result(s, i, "dma", extra_parameters_address, {&count, 1})) return false;
  if (counted) {
    count_writes(s, extra_parameters_address, 1);
    count_reads(s, extra_parameters_address, 1);
  }
  return true;
}

bool has_time(State* s, const ThreadedInstruction* i, std::uint64_t bytes) {
  s->copied_bytes += bytes;
  if (s->copied_bytes < bytes_between_looks) return true;
  s->copied_bytes = 0;
  if (std::chrono::steady_clock::now() < s->deadline) return true;
  s->stopped_at = i;
  s->stop = Stop::time_limit;
  return false;
}

}  // namespace cyclegate::vm
