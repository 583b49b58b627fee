#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstring>
#include <string_view>

#include "vm/alu.h"
#include "vm/keccak.h"
#include "vm/sha256.h"
#include "vm/slow_path.h"

// Results and accounting of precompiles: zisk-core 1.4.0-alpha, src/zisk_ops.rs and src/operations/dma_*.rs.

namespace cyclegate::vm {
namespace {

/// DMA bytes after which the clock is looked at, as one step may take long.
constexpr std::uint64_t bytes_between_looks = std::uint64_t{64} << 20;

void count_words(State* s, std::uint64_t address, bool write, std::uint64_t words) {
  const Access kind = write ? Access::write_8_aligned : Access::read_8_aligned;
  // A range may reach from the stack into the rest of RAM.
  const Zone zone = zone_of(address);
  std::uint64_t here = words;
  if (zone == Zone::ram_stack) here = std::min(words, (ram_address + stack_size - (address & ~std::uint64_t{7})) / 8);
  const auto charge = [&](Zone one, std::uint64_t times) {
    s->counters.access(one, kind, times);
    s->counters.memory_cost +=
        times * s->code.cost_model.memory[static_cast<std::size_t>(one)][static_cast<std::size_t>(kind)];
  };
  charge(zone, here);
  if (here != words) charge(Zone::ram_no_stack, words - here);
}
void count_reads(State* s, std::uint64_t address, std::uint64_t words) { count_words(s, address, false, words); }
void count_writes(State* s, std::uint64_t address, std::uint64_t words) { count_words(s, address, true, words); }

void count_call(State* s, Operation operation, std::uint64_t variable) {
  ++s->counters.operations[index(operation)];
  s->counters.variable[index(operation)] += variable;
  s->counters.precompile_cost += s->code.cost_model.price[index(operation)] + variable;
}

/// Reads an operand of aligned words, as loads do (input past the end of the file is 0); false after a trap.
template <std::size_t words>
bool read_operand(State* s, const ThreadedInstruction* i, std::string_view name, std::uint64_t address,
                  std::array<std::uint64_t, words>& out) {
  if ((address & 7) != 0) {
    return trap(s, i, fmt::format("{}: operand at {:#x} is not aligned to 8 bytes", name, address));
  }
  for (std::size_t word = 0; word < words; ++word) {
    if (!s->memory.load(address + 8 * word, 8, out[word])) {
      return trap(s, i, fmt::format("{}: operand at {:#x} is not in readable memory", name, address + 8 * word));
    }
  }
  return true;
}

/// Host address of where a result of `bytes` goes; nullptr when the run has stopped.
std::uint8_t* result(State* s, const ThreadedInstruction* i, std::string_view name, std::uint64_t address,
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

bool has_time(State* s, const ThreadedInstruction* i, std::uint64_t bytes) {
  s->copied_bytes += bytes;
  if (s->copied_bytes < bytes_between_looks) return true;
  s->copied_bytes = 0;
  if (std::chrono::steady_clock::now() < s->deadline) return true;
  s->stopped_at = i;
  s->stop = Stop::time_limit;
  return false;
}

/// How a DMA call of `count` bytes splits into an incomplete first word, whole words, and an incomplete last one.
struct Split {
  std::uint64_t pre = 0;
  std::uint64_t post = 0;
  std::uint64_t words = 0;
};

Split split(std::uint64_t destination, std::uint64_t count) {
  Split out;
  out.pre = std::min((8 - (destination & 7)) & 7, count);
  out.post = (count - out.pre) & 7;
  out.words = (count - out.pre - out.post) / 8;
  return out;
}

std::uint64_t variable_cost(const State* s, Operation operation, const Split& parts, bool same_offset) {
  const DmaPrices& prices = s->code.cost_model.dma[index(operation)];
  std::uint64_t cost = prices.edge * ((parts.pre > 0 ? 1U : 0U) + (parts.post > 0 ? 1U : 0U));
  if (parts.words == 0) return cost;
  if (same_offset) {
    cost += (parts.words + prices.aligned_divisor - 1) / prices.aligned_divisor * prices.aligned_rows;
  } else {
    cost += (parts.words + 1) * prices.unaligned_word;
  }
  return cost;
}

/// memcpy and memcmp: the accesses of zisk-core's ops_dma_*; `writes` says whether the destination is written.
void count_two_operands(State* s, Operation operation, std::uint64_t to, std::uint64_t from, std::uint64_t count,
                        bool writes) {
  if (count == 0) return count_call(s, operation, 0);
  constexpr std::uint64_t mask = ~std::uint64_t{7};
  const Split parts = split(to, count);
  const std::uint64_t from_offset = from & 7;
  if (parts.pre > 0) {
    count_reads(s, to & mask, 1);
    count_reads(s, from & mask, 1 + (from_offset + parts.pre > 8 ? 1 : 0));
    count_words(s, to & mask, writes, 1);
  }
  if (parts.post > 0) {
    const std::uint64_t extra = ((16 - (to & 7) - parts.pre) & 7) < parts.post ? 1 : 0;
    const std::uint64_t last = (to + count - 1) & mask;
    count_reads(s, last, 1);
    count_reads(s, ((from + count - 1) & mask) - extra * 8, 1 + extra);
    count_words(s, last, writes, 1);
  }
  const bool same_offset = (to & 7) == from_offset;
  if (parts.words > 0) {
    count_reads(s, (from + parts.pre) & mask, parts.words + (same_offset ? 0 : 1));
    count_words(s, (to + parts.pre) & mask, writes, parts.words);
  }
  count_call(s, operation, variable_cost(s, operation, parts, same_offset));
}

/// The count of the register forms goes through memory: one word is written by the first step and read by the second.
bool pass_count(State* s, const ThreadedInstruction* i, std::uint64_t count, bool counted) {
  std::uint8_t* const place = result(s, i, "dma", extra_parameters_address, 8);
  if (place == nullptr) return false;
  std::memcpy(place, &count, 8);
  if (counted) {
    count_writes(s, extra_parameters_address, 1);
    count_reads(s, extra_parameters_address, 1);
  }
  return true;
}

bool copy(State* s, const ThreadedInstruction* i, Operation operation, std::uint64_t count, bool counted) {
  const std::uint64_t to = s->registers[i->rs1];
  const std::uint64_t from = s->registers[i->rs2];
  if (count != 0) {
    const std::uint8_t* const source = s->memory.readable(from, count);
    if (source == nullptr) {
      return trap(s, i, fmt::format("{}: {} bytes at {:#x} are not in readable memory", name(operation), count, from));
    }
    std::uint8_t* const place = result(s, i, name(operation), to, count);
    if (place == nullptr || !has_time(s, i, count)) return false;
    std::memmove(place, source, count);
  }
  if (counted) count_two_operands(s, operation, to, from, count, true);
  s->registers[i->rd] = to;
  return true;
}

bool compare(State* s, const ThreadedInstruction* i, Operation operation, std::uint64_t count, bool counted) {
  const std::uint64_t first = s->registers[i->rs1];
  const std::uint64_t second = s->registers[i->rs2];
  std::uint64_t difference = 0;
  std::uint64_t looked_at = 0;
  if (count != 0) {
    const std::uint8_t* const a = s->memory.readable(first, count);
    const std::uint8_t* const b = s->memory.readable(second, count);
    if (a == nullptr || b == nullptr) {
      return trap(s, i, fmt::format("{}: {} bytes at {:#x} are not in readable memory", name(operation), count,
                                    a == nullptr ? first : second));
    }
    if (!has_time(s, i, count)) return false;
    const auto at = static_cast<std::uint64_t>(std::mismatch(a, a + count, b).first - a);
    looked_at = std::min(at + 1, count);
    if (at < count) difference = static_cast<std::uint64_t>(std::int64_t{a[at]} - std::int64_t{b[at]});
  }
  if (counted) count_two_operands(s, operation, first, second, looked_at, false);
  s->registers[i->rd] = difference;
  return true;
}

bool set(State* s, const ThreadedInstruction* i, std::uint64_t count, std::uint8_t byte, bool counted) {
  constexpr std::uint64_t mask = ~std::uint64_t{7};
  const std::uint64_t to = s->registers[i->rs1];
  if (count != 0) {
    std::uint8_t* const place = result(s, i, "dma_xmemset", to, count);
    if (place == nullptr || !has_time(s, i, count)) return false;
    std::memset(place, byte, count);
  }
  if (counted) {
    const Split parts = split(to, count);
    if (parts.pre > 0) {
      count_reads(s, to & mask, 1);
      count_writes(s, to & mask, 1);
    }
    if (parts.post > 0) {
      count_reads(s, (to + count - 1) & mask, 1);
      count_writes(s, (to + count - 1) & mask, 1);
    }
    if (parts.words > 0) count_writes(s, (to + parts.pre) & mask, parts.words);
    count_call(s, Operation::dma_xmemset, variable_cost(s, Operation::dma_xmemset, parts, true));
  }
  s->registers[i->rd] = to;
  return true;
}

}  // namespace

bool run_keccak(State* s, const ThreadedInstruction* i, bool counted) {
  const std::uint64_t address = s->registers[i->rs1];
  std::array<std::uint64_t, 25> words{};
  if (!read_operand(s, i, "keccak", address, words)) return false;
  std::uint8_t* const place = result(s, i, "keccak", address, sizeof words);
  if (place == nullptr) return false;
  keccak_f(words);
  std::memcpy(place, words.data(), sizeof words);
  if (counted) {
    const PrecompileAccesses& accesses = s->code.cost_model.accesses[index(Operation::keccak)];
    count_reads(s, address, accesses.reads_first);
    count_writes(s, address, accesses.writes);
    count_call(s, Operation::keccak, 0);
  }
  return true;
}

bool run_sha256(State* s, const ThreadedInstruction* i, bool counted) {
  const std::uint64_t first = s->registers[i->rs1];
  const std::uint64_t second = s->registers[i->rs2];
  std::array<std::uint64_t, 4> state_words{};
  std::array<std::uint64_t, 8> block_words{};
  if (!read_operand(s, i, "sha256", first, state_words)) return false;
  if (!read_operand(s, i, "sha256", second, block_words)) return false;
  const auto block = std::bit_cast<std::array<std::uint8_t, 64>>(block_words);
  auto state = std::bit_cast<std::array<std::uint32_t, 8>>(state_words);
  std::uint8_t* const place = result(s, i, "sha256", first, sizeof state);
  if (place == nullptr) return false;
  sha256_compress(state, block);
  std::memcpy(place, state.data(), sizeof state);
  if (counted) {
    const PrecompileAccesses& accesses = s->code.cost_model.accesses[index(Operation::sha256)];
    count_reads(s, first, accesses.reads_first);
    count_reads(s, second, accesses.reads_second);
    count_writes(s, first, accesses.writes);
    count_call(s, Operation::sha256, 0);
  }
  return true;
}

bool run_dma_copy(State* s, const ThreadedInstruction* i, bool counted) {
  const std::uint64_t count = s->registers[static_cast<std::size_t>(i->immediate)];
  return pass_count(s, i, count, counted) && copy(s, i, Operation::dma_memcpy, count, counted);
}

bool run_dma_copy_immediate(State* s, const ThreadedInstruction* i, bool counted) {
  return copy(s, i, Operation::dma_xmemcpy, static_cast<std::uint64_t>(i->immediate), counted);
}

bool run_dma_compare(State* s, const ThreadedInstruction* i, bool counted) {
  const std::uint64_t count = s->registers[static_cast<std::size_t>(i->immediate)];
  return pass_count(s, i, count, counted) && compare(s, i, Operation::dma_memcmp, count, counted);
}

bool run_dma_compare_immediate(State* s, const ThreadedInstruction* i, bool counted) {
  return compare(s, i, Operation::dma_xmemcmp, static_cast<std::uint64_t>(i->immediate), counted);
}

bool run_dma_set(State* s, const ThreadedInstruction* i, bool counted) {
  return set(s, i, s->registers[i->rs2], static_cast<std::uint8_t>(i->immediate), counted);
}

bool run_dma_set_immediate(State* s, const ThreadedInstruction* i, bool counted) {
  return set(s, i, static_cast<std::uint64_t>(i->immediate), i->rs2, counted);
}

}  // namespace cyclegate::vm
