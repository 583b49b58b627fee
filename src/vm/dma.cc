#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "vm/precompile_support.h"
#include "vm/slow_path.h"

// The DMA precompiles: zisk-core 1.4.0-alpha, src/operations/dma_*.rs.

namespace cyclegate::vm {
namespace {

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

bool copy(State* s, const ThreadedInstruction* i, Operation operation, std::uint64_t count, bool counted) {
  const std::uint64_t to = s->registers[i->rs1];
  const std::uint64_t from = s->registers[i->rs2];
  if (count != 0) {
    const std::uint8_t* const source = s->memory.readable(from, count);
    if (source == nullptr) {
      return trap(s, i, fmt::format("{}: {} bytes at {:#x} are not in readable memory", name(operation), count, from));
    }
    std::uint8_t* const place = result_place(s, i, name(operation), to, count);
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
      return trap(s, i,
                  fmt::format("{}: {} bytes at {:#x} are not in readable memory", name(operation), count,
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

/// Counts what fills `count` bytes from `to` without reading elsewhere: whole words are written, incomplete ones at
/// either end read and written.
void count_filling(State* s, Operation operation, std::uint64_t to, std::uint64_t count) {
  constexpr std::uint64_t mask = ~std::uint64_t{7};
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
  count_call(s, operation, variable_cost(s, operation, parts, true));
}

bool set(State* s, const ThreadedInstruction* i, std::uint64_t count, std::uint8_t byte, bool counted) {
  const std::uint64_t to = s->registers[i->rs1];
  if (count != 0) {
    std::uint8_t* const place = result_place(s, i, "dma_xmemset", to, count);
    if (place == nullptr || !has_time(s, i, count)) return false;
    std::memset(place, byte, count);
  }
  if (counted) count_filling(s, Operation::dma_xmemset, to, count);
  s->registers[i->rd] = to;
  return true;
}

/// Words of the last fcall's result, from the input port to anywhere in RAM.
bool copy_input(State* s, const ThreadedInstruction* i, std::uint64_t count, bool counted) {
  const std::uint64_t to = s->registers[i->rs1];
  if ((count & 7) != 0) return trap(s, i, fmt::format("dma_inputcpy: {} bytes are not whole words", count));
  if (!s->fcalls.may_take(count / 8)) {
    return trap(s, i, fmt::format("dma_inputcpy: {} bytes are more than the last fcall's result has left", count));
  }
  const auto words = s->fcalls.take(count / 8);
  if (count != 0) {
    std::uint8_t* const place = result_place(s, i, "dma_inputcpy", to, count);
    if (place == nullptr) return false;
    std::memcpy(place, words.data(), count);
  }
  s->memory.set_port(s->fcalls.port());
  if (counted) count_filling(s, Operation::dma_inputcpy, to, count);
  s->registers[i->rd] = to;
  return true;
}

}  // namespace

bool run_dma_copy_input(State* s, const ThreadedInstruction* i, bool counted) {
  return copy_input(s, i, s->registers[i->rs2], counted);
}

bool run_dma_copy_input_immediate(State* s, const ThreadedInstruction* i, bool counted) {
  return copy_input(s, i, static_cast<std::uint64_t>(i->immediate), counted);
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
