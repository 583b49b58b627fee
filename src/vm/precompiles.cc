#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <string>

#include "vm/big_integer.h"
#include "vm/blake.h"
#include "vm/keccak.h"
#include "vm/operands.h"
#include "vm/precompile_support.h"
#include "vm/sha256.h"
#include "vm/slow_path.h"

// The calls of precompiles other than DMA: zisk-core 1.4.0-alpha, src/zisk_ops.rs.

namespace cyclegate::vm {
namespace {

using InstructionPointer = const ThreadedInstruction*;

constexpr std::size_t most_block_words = 6;
constexpr std::size_t most_block_inputs = 4;

/// A precompile that is called with the address of a block of addresses: of its inputs, then of its results.
struct AddressBlock {
  std::size_t inputs = 0;
  std::size_t results = 0;
  std::size_t words = 0;  ///< of each
};

AddressBlock block_of(Operation operation) {
  if (operation == Operation::arith256) return {.inputs = 3, .results = 2, .words = 4};
  return {.inputs = 4, .results = 1, .words = operation == Operation::arith384_mod ? std::size_t{6} : std::size_t{4}};
}

/// BLAKE2b's static argument (zisk-definitions syscall.rs): round, chain flags, steps back to the previous round.
struct BlakeArgument {
  std::uint64_t round = 0;
  bool reads_chain = false;
  bool writes_chain = false;
  std::uint64_t gap = 0;
};

BlakeArgument blake_argument(std::uint64_t value) {
  return {.round = value & 15, .reads_chain = (value & 16) != 0, .writes_chain = (value & 32) != 0, .gap = value >> 6};
}

/// Whether a round that takes its state from the one before stands where that one is, and none else has a distance.
std::string_view check_chain(const BlakeArgument& argument, std::uint64_t step, std::uint64_t previous) {
  if (!argument.reads_chain) return argument.gap == 0 ? std::string_view{} : "a distance without a chained state";
  if (argument.gap == 0 || argument.gap > 255) return "a chained state without a distance of 1 to 255 steps";
  return step - argument.gap == previous ? std::string_view{} : "no round runs that many steps before";
}

/// The work itself; a double that was made with its sum is taken from there.
std::string_view work_on(NextDouble& next, const OperandPrecompile& work, const std::uint64_t* first,
                         const std::uint64_t* second, std::uint64_t* result) {
  if (work.add_and_double != nullptr) {
    std::array<std::uint64_t, most_operand_words> doubled;
    bool has_double = false;
    const std::string_view refused = next.wanted()
                                         ? work.add_and_double(first, second, result, doubled.data(), has_double)
                                         : work.function(first, second, result);
    if (refused.empty()) next.keep(work.doubling, result, has_double ? doubled.data() : nullptr, work.first);
    return refused;
  }
  if (work.doubling != Operation::add) {
    if (const std::uint64_t* const known = next.find(work.doubling, first, work.first)) {
      std::copy_n(known, work.first, result);
      return {};
    }
  }
  return work.function(first, second, result);
}

}  // namespace

bool run_keccak(State* s, InstructionPointer i, bool counted) {
  const std::uint64_t address = s->registers[i->rs1];
  std::array<std::uint64_t, 25> words{};
  if (!read_operand(s, i, "keccak", address, words)) return false;
  if (s->fcalls.wants_keccak()) {
    if (!s->memory.charge(FcallState::bytes_per_state)) {
      s->stopped_at = i;
      s->stop = Stop::memory_limit;
      return false;
    }
    s->fcalls.remember(words);
  }
  keccak_f(words);
  if (!write_result(s, i, "keccak", address, words)) return false;
  if (counted) {
    const PrecompileAccesses& accesses = s->code.cost_model.accesses[index(Operation::keccak)];
    count_reads(s, address, accesses.reads_first);
    count_writes(s, address, accesses.writes);
    count_call(s, Operation::keccak);
  }
  return true;
}

bool run_sha256(State* s, InstructionPointer i, bool counted) {
  const std::uint64_t first = s->registers[i->rs1];
  const std::uint64_t second = s->registers[i->rs2];
  std::array<std::uint64_t, 4> state_words{};
  std::array<std::uint64_t, 8> block_words{};
  if (!read_operand(s, i, "sha256", first, state_words)) return false;
  if (!read_operand(s, i, "sha256", second, block_words)) return false;
  const auto block = std::bit_cast<std::array<std::uint8_t, 64>>(block_words);
  auto state = std::bit_cast<std::array<std::uint32_t, 8>>(state_words);
  sha256_compress(state, block);
  if (!write_result(s, i, "sha256", first, std::bit_cast<std::array<std::uint64_t, 4>>(state))) return false;
  if (counted) {
    const PrecompileAccesses& accesses = s->code.cost_model.accesses[index(Operation::sha256)];
    count_reads(s, first, accesses.reads_first);
    count_reads(s, second, accesses.reads_second);
    count_writes(s, first, accesses.writes);
    count_call(s, Operation::sha256);
  }
  return true;
}

bool run_operands(State* s, InstructionPointer i, bool counted) {
  const auto operation = static_cast<Operation>(i->immediate);
  const OperandPrecompile work = operand_precompile(operation);
  const std::uint64_t first = s->registers[i->rs1];
  const std::uint64_t second = s->registers[i->rs2];
  std::array<std::uint64_t, most_operand_words> a;
  std::array<std::uint64_t, most_operand_words> b;
  std::array<std::uint64_t, most_operand_words> result;
  if (!read_operand(s, i, name(operation), first, std::span(a).first(work.first))) return false;
  if (work.second != 0 && !read_operand(s, i, name(operation), second, std::span(b).first(work.second))) return false;
  const std::string_view refused = work_on(s->next_double, work, a.data(), b.data(), result.data());
  if (!refused.empty()) return trap(s, i, fmt::format("{}: {}", name(operation), refused));
  if (!write_result(s, i, name(operation), first, std::span(result).first(work.first))) return false;
  if (counted) {
    const PrecompileAccesses& accesses = s->code.cost_model.accesses[index(operation)];
    count_reads(s, first, accesses.reads_first);
    if (work.second != 0) count_reads(s, second, accesses.reads_second);
    count_writes(s, first, accesses.writes);
    count_call(s, operation);
  }
  return true;
}

bool run_parameter_block(State* s, InstructionPointer i, bool counted) {
  const auto operation = static_cast<Operation>(i->immediate);
  const AddressBlock block = block_of(operation);
  const std::uint64_t address = s->registers[i->rs1];
  std::array<std::uint64_t, most_block_inputs + 1> pointers{};
  const auto used = std::span(pointers).first(block.inputs + block.results);
  if (!read_operand(s, i, name(operation), address, used)) return false;
  std::array<std::array<std::uint64_t, most_block_words>, most_block_inputs> in;
  const auto input = [&](std::size_t which) { return std::span(in[which]).first(block.words); };
  for (std::size_t which = 0; which < used.size(); ++which) {
    // Results are aligned as well.
    if ((used[which] & 7) != 0) {
      return trap(s, i, fmt::format("{}: operand at {:#x} is not aligned to 8 bytes", name(operation), used[which]));
    }
  }
  for (std::size_t which = 0; which < block.inputs; ++which) {
    if (!read_operand(s, i, name(operation), used[which], input(which))) return false;
  }
  std::array<std::uint64_t, 2 * most_block_words> result{};
  if (operation == Operation::arith256) {
    multiply_add(input(0), input(1), input(2), result.data());
  } else if (!multiply_add_modulo(input(0), input(1), input(2), input(3), result.data())) {
    return trap(s, i, fmt::format("{}: the modulus is 0", name(operation)));
  }
  for (std::size_t which = 0; which < block.results; ++which) {
    const auto part = std::span(result).subspan(which * block.words, block.words);
    if (!write_result(s, i, name(operation), used[block.inputs + which], part)) return false;
  }
  if (counted) {
    count_reads(s, address, s->code.cost_model.accesses[index(operation)].parameters);
    for (std::size_t which = 0; which < block.inputs; ++which) count_reads(s, used[which], block.words);
    for (std::size_t which = 0; which < block.results; ++which) {
      count_writes(s, used[block.inputs + which], block.words);
    }
    count_call(s, operation);
  }
  return true;
}

bool run_add256(State* s, InstructionPointer i, bool counted) {
  const std::uint64_t address = s->registers[i->rs1];
  // Addresses of the operands, the carry in itself, and the address of the sum.
  std::array<std::uint64_t, 4> block{};
  std::array<std::uint64_t, 4> a{};
  std::array<std::uint64_t, 4> b{};
  if (!read_operand(s, i, "add256", address, block)) return false;
  if ((block[3] & 7) != 0) {
    return trap(s, i, fmt::format("add256: operand at {:#x} is not aligned to 8 bytes", block[3]));
  }
  if (!read_operand(s, i, "add256", block[0], a) || !read_operand(s, i, "add256", block[1], b)) return false;
  std::array<std::uint64_t, 4> sum{};
  const std::uint64_t carry = add_256(a.data(), b.data(), block[2] == 1, sum.data());
  if (!write_result(s, i, "add256", block[3], sum)) return false;
  if (counted) {
    count_reads(s, address, block.size());
    count_reads(s, block[0], a.size());
    count_reads(s, block[1], b.size());
    count_writes(s, block[3], sum.size());
    count_call(s, Operation::add256);
  }
  s->registers[i->rd] = carry;
  return true;
}

bool run_blake2b(State* s, InstructionPointer i, bool counted) {
  const std::uint64_t first = s->registers[i->rs1];
  const std::uint64_t second = s->registers[i->rs2];
  const BlakeArgument argument = blake_argument(static_cast<std::uint64_t>(i->immediate));
  const std::uint64_t step = static_cast<std::uint64_t>(s->bias) + i->steps_before;
  const std::string_view refused = check_chain(argument, step, s->blake2b_step);
  if (!refused.empty()) return trap(s, i, fmt::format("blake2b: {}", refused));
  s->blake2b_step = step;
  std::array<std::uint64_t, 16> state{};
  std::array<std::uint64_t, 16> message{};
  if (!read_operand(s, i, "blake2b", first, state) || !read_operand(s, i, "blake2b", second, message)) return false;
  blake2b_round(state.data(), message.data(), argument.round);
  if (!write_result(s, i, "blake2b", first, state)) return false;
  if (counted) {
    // A chained state and message touch no memory.
    if (!argument.reads_chain) {
      count_reads(s, first, state.size());
      count_reads(s, second, message.size());
    }
    if (!argument.writes_chain) count_writes(s, first, state.size());
    count_call(s, Operation::blake2b);
  }
  return true;
}

}  // namespace cyclegate::vm
