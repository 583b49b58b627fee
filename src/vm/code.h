#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "model/profile.h"
#include "model/warning.h"
#include "vm/cost_model.h"
#include "vm/threaded.h"

namespace cyclegate::vm {

/// What one predecoded instruction does. Register and immediate operations are refined by an Operation.
enum class Form : std::uint8_t {
  nothing,             ///< fence, nop and hints
  constant,            ///< rd = immediate
  copy,                ///< rd = rs1
  register_operation,  ///< rd = operation(rs1, rs2); one-operand operations have rs1 = x0
  immediate_operation,
  add_uw,  ///< two operations: and, then `operation` (add, sh1add, ...)
  branch_equal,
  branch_not_equal,
  branch_less,
  branch_not_less,
  branch_less_unsigned,
  branch_not_less_unsigned,
  jump,  ///< static target, no return address
  call,  ///< static target, rd = immediate
  jump_register,
  jump_register_odd,  ///< odd immediate: two steps
  load_1,
  load_1_unsigned,
  load_2,
  load_2_unsigned,
  load_4,
  load_4_unsigned,
  load_8,
  store_1,
  store_2,
  store_4,
  store_8,
  conditional_store_4,
  conditional_store_8,
  atomic_4,  ///< with `operation`
  atomic_8,
  swap_4,
  swap_8,
  environment_call,
  csr_write,  ///< csrrw, csrrwi
  csr_set,
  csr_clear,
  keccak,
  one_operand,      ///< immediate = the precompile's Operation
  parameter_block,  ///< same; rs1 = address of a block of addresses
  add256,
  fcall_parameter,  ///< immediate = number of words
  fcall,            ///< immediate = which
  fcall_get,
  sha256,          ///< from here to profile_tag: stands for more than one instruction
  two_operands,    ///< immediate = the precompile's Operation
  blake2b,         ///< immediate = its static argument
  jump_dest,       ///< rs1 = bitmap, rs2 = code, count in the register numbered `immediate`
  dma_copy_input,  ///< rs1 = destination, rs2 = count register
  dma_copy_input_immediate,
  dma_copy,            ///< count in the register numbered `immediate`
  dma_compare,         ///< same
  dma_copy_immediate,  ///< count = immediate
  dma_compare_immediate,
  dma_set,            ///< rs1 = destination, rs2 = count register, immediate = byte
  dma_set_immediate,  ///< rs1 = destination, immediate = count, rs2 = byte
  profile_tag,
  unavailable,  ///< a precompile, fcall or library call this executor does not have; immediate = CSR
  halt,         ///< immediate = HaltReason
  past_end,     ///< after the last instruction of a segment
};
inline constexpr std::size_t form_count = static_cast<std::size_t>(Form::past_end) + 1;

/// Why a `halt` form traps.
enum class HaltReason : std::uint8_t { breakpoint, illegal, compressed, zero, read_only_csr };

/// One predecoded instruction, independent of how it will be instrumented.
struct Predecoded {
  std::int64_t immediate = 0;
  std::uint32_t pc = 0;
  std::uint32_t steps_before = 0;  ///< sum of `steps` over the text before it
  std::uint32_t target = 0;        ///< index of the instruction a static jump goes to
  Form form = Form::halt;
  Operation operation = Operation::add;
  std::uint8_t rd = 0;
  std::uint8_t rs1 = 0;
  std::uint8_t rs2 = 0;
  std::uint8_t steps = 1;
};

/// Which CSR operand an instruction of form csr_* has.
inline constexpr std::uint8_t csr_immediate_operand = 0xff;  ///< in rs2: the operand is in rs1's number

/// No instruction starts there.
inline constexpr std::uint32_t no_instruction = ~std::uint32_t{0};

/// A run of text: one executable segment.
struct TextRange {
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  std::vector<std::uint32_t> instruction_at;  ///< by half-word from start; no_instruction inside one
};

/// Bytes at an address.
struct Block {
  std::uint64_t address = 0;
  std::vector<std::uint8_t> bytes;
  std::uint64_t end() const { return address + bytes.size(); }
};

/// A loaded program: everything that executions share.
class Code {
 public:
  CostModel cost_model;
  std::vector<Predecoded> instructions;
  std::vector<TextRange> text;
  std::uint32_t entry = 0;  ///< index of the first instruction
  std::vector<Block> rom;   ///< readable ROM, merged and padded as ZisK does; sorted
  std::vector<Block> ram;   ///< initial RAM
  std::uint64_t rom_init_words = 0;
  std::uint64_t ram_init_words = 0;
  std::uint64_t loaded_bytes = 0;
  std::vector<std::string> functions;      ///< demangled names; the last is `[no symbol]`
  std::vector<std::uint32_t> function_of;  ///< by instruction: index into functions
  std::vector<bool> function_start;        ///< by instruction

  /// Code of a function that was inlined. Places are numbered on from `functions`, which are the places of their own
  /// code, and so are frames.
  struct InlinedPlace {
    std::uint32_t outer = 0;  ///< the place it was inlined into, a smaller number
    std::uint32_t frame = 0;
  };
  std::vector<InlinedPlace> inlined_places;
  std::vector<model::ProfileFrame> inlined_frames;
  std::vector<std::uint32_t> place_of;               ///< by instruction; empty without debug information
  std::vector<model::ProfileFrame> function_frames;  ///< by function; empty without debug information
  /// The place of each instruction.
  const std::vector<std::uint32_t>& places() const { return place_of.empty() ? function_of : place_of; }
  /// A function or inlined function as it stands in profiles.
  model::ProfileFrame frame(std::uint32_t number) const;

  std::vector<model::Warning> warnings;

  /// Index of the instruction at pc, or no_instruction.
  std::uint32_t find(std::uint64_t pc) const;
  /// The program with the handlers of one kind of instrumentation, made on first use.
  const Threaded& threaded(Instrumentation instrumentation) const;

 private:
  struct Lazy {
    std::once_flag once;
    Threaded code;
  };
  mutable Lazy lazy_[instrumentation_count];
};

}  // namespace cyclegate::vm
