#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "vm/precompile_support.h"
#include "vm/slow_path.h"

// jump_dest: zisk-core 1.4.0-alpha, src/operations/evm_jump_dest.rs and zisk-precomp-helpers src/jump_dest/bitmap.rs.

namespace cyclegate::vm {
namespace {

constexpr std::uint8_t jumpdest = 0x5b;
constexpr std::uint8_t push1 = 0x60;
constexpr std::uint8_t push32 = 0x7f;

/// Marks the JUMPDESTs among the bytes of one word, of which the first `skip` are data of a PUSH before it and the
/// first `valid` are code at all. Returns how many bytes of the words after it are data.
std::uint64_t scan(std::uint64_t word, std::uint64_t skip, std::uint64_t valid, std::uint64_t& marks) {
  std::uint64_t at = skip;
  while (at < valid) {
    const auto opcode = static_cast<std::uint8_t>(word >> (8 * at));
    if (opcode == jumpdest) marks |= std::uint64_t{1} << at;
    at += opcode >= push1 && opcode <= push32 ? opcode - push1 + 2U : 1U;
  }
  return at > 8 ? at - 8 : 0;
}

/// Marks the JUMPDESTs of `count` bytes of code; with `counted` only counts the words that are read, which those that a
/// PUSH covers whole are not. False when the code is not readable.
bool walk(State* s, std::uint64_t from, std::uint64_t count, std::vector<std::uint64_t>& marks, bool counted) {
  std::uint64_t skip = 0;
  for (std::uint64_t word = 0; 8 * word < count; ++word) {
    if (skip >= 8) {
      skip -= 8;
      continue;
    }
    const std::uint64_t address = from + 8 * word;
    std::uint64_t value = 0;
    if (!s->memory.load(address, 8, value)) return false;
    std::uint64_t found = 0;
    skip = scan(value, skip, std::min<std::uint64_t>(8, count - 8 * word), found);
    if (counted) {
      count_reads(s, address, 1);
    } else {
      marks[word / 8] |= found << (8 * (word % 8));
    }
  }
  return true;
}

}  // namespace

bool run_jump_dest(State* s, const ThreadedInstruction* i, bool counted) {
  const std::uint64_t to = s->registers[i->rs1];
  const std::uint64_t from = s->registers[i->rs2];
  const std::uint64_t count = s->registers[static_cast<std::size_t>(i->immediate)];
  if (!pass_count(s, i, count, counted)) return false;
  if (count == 0) return trap(s, i, "jump_dest: the code is empty");
  const std::uint64_t words = count / 8 + (count % 8 != 0 ? 1 : 0);
  const std::uint64_t marks_words = count / 64 + (count % 64 != 0 ? 1 : 0);
  // The bitmap must fit into RAM, which bounds the loop below.
  std::uint8_t* const place = result_place(s, i, "jump_dest", to, 8 * marks_words);
  if (place == nullptr || !has_time(s, i, 8 * words)) return false;
  std::vector<std::uint64_t> marks(marks_words);
  if (!walk(s, from, count, marks, false)) {
    return trap(s, i, fmt::format("jump_dest: {} bytes of code at {:#x} are not in readable memory", count, from));
  }
  if (!write_result(s, i, "jump_dest", to, marks)) return false;
  if (counted) {
    // ziskemu counts on a walk of its own afterwards, over what the bitmap may have overwritten.
    walk(s, from, count, marks, true);
    count_writes(s, to, marks_words);
    count_call(s, Operation::jump_dest, (words - 1) * s->code.cost_model.price[index(Operation::jump_dest)]);
  }
  s->registers[i->rd] = 0;
  return true;
}

}  // namespace cyclegate::vm
