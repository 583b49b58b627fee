#include "vm/transpile.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "vm/address_map.h"
#include "vm/csr_calls.h"
#include "vm/riscv.h"
#include "vm/riscv_operations.h"

namespace cyclegate::vm {
namespace {

/// A decoded instruction and where it lies.
struct Located {
  Instruction instruction;
  std::uint64_t pc = 0;
  std::uint8_t size = 4;
};

bool writes_read_only_csr(const Instruction& i) {
  using enum Mnemonic;
  if (((i.csr >> 10) & 3) != 3) return false;
  switch (i.mnemonic) {
    case csrrw:
    case csrrwi:
      return true;
    case csrrs:
    case csrrc:
      return i.rs1 != 0;
    case csrrsi:
    case csrrci:
      return i.immediate != 0;
    default:
      return false;
  }
}

std::int64_t operation_number(const Precompile& precompile) {
  // Every name in the list of precompiles with operands is that of an operation.
  return static_cast<std::int64_t>(operation_from(precompile.name).value_or(Operation::keccak));
}

class Transpiler {
 public:
  Transpiler(std::vector<Located> located, Code& code) : located_(std::move(located)), code_(code) {}

  std::expected<void, std::string> run() {
    for (at_ = 0; at_ < located_.size(); ++at_) {
      out_ = {};
      out_.pc = static_cast<std::uint32_t>(pc());
      convert();
      if (!error_.empty()) return std::unexpected(error_);
      code_.instructions.push_back(out_);
    }
    return {};
  }

 private:
  const Instruction& here() const { return located_[at_].instruction; }
  std::uint64_t pc() const { return located_[at_].pc; }
  /// The instruction `distance` further on, when `distance + 1` follow: ZisK needs one behind each pair to go on with.
  const Instruction* next(std::size_t distance) const {
    return at_ + distance + 1 < located_.size() ? &located_[at_ + distance].instruction : nullptr;
  }

  void refuse(std::string_view what) { error_ = fmt::format("at {:#x}: {}", pc(), what); }
  void refuse_form(std::string_view right) {
    refuse(fmt::format("precompile {} (CSR {:#x}) must be called as `{}` from ZisK 1.4.0-alpha on",
                       csr_call_name(here().csr), here().csr, right));
  }

  void halt(HaltReason reason) {
    out_.form = Form::halt;
    out_.immediate = static_cast<std::int64_t>(reason);
  }
  void operands(Form form, int steps = 1) {
    out_.form = form;
    out_.rd = here().rd;
    out_.rs1 = here().rs1;
    out_.rs2 = here().rs2;
    out_.immediate = here().immediate;
    out_.steps = static_cast<std::uint8_t>(steps);
  }
  void register_form(Operation operation) {
    operands(Form::register_operation);
    out_.operation = operation;
  }
  void immediate_form(Operation operation) {
    operands(Form::immediate_operation);
    out_.operation = operation;
  }
  void copy(std::uint8_t source) {
    operands(source == 0 ? Form::constant : Form::copy);
    out_.rs1 = source;
    out_.immediate = 0;
  }
  void constant(std::uint64_t value) {
    operands(Form::constant);
    out_.immediate = static_cast<std::int64_t>(value);
  }
  void nothing() { out_.form = Form::nothing; }
  /// A call that is one instruction.
  void single(Form form, std::int64_t immediate) {
    if (form != Form::fcall && at_ + 1 >= located_.size())
      return refuse("a precompile or fcall cannot be the last instruction");
    operands(form);
    out_.immediate = immediate;
  }
  /// A call that is two instructions and one step.
  void pair(Form form, std::uint8_t first, std::uint8_t second, std::int64_t immediate) {
    out_.form = form;
    out_.rs1 = first;
    out_.rs2 = second;
    out_.immediate = immediate;
  }
  void unavailable(std::uint16_t csr) {
    out_.form = Form::unavailable;
    out_.immediate = csr;
  }

  /// Target address of a static jump; its index is known when all text has been read.
  std::uint64_t relative(std::int64_t distance) const { return pc() + static_cast<std::uint64_t>(distance); }

  void static_jump(Form form, std::uint64_t target) {
    operands(form);
    out_.target = static_cast<std::uint32_t>(std::min<std::uint64_t>(target, ~std::uint32_t{0}));
    out_.immediate = static_cast<std::int64_t>(pc() + 4);
  }

  void convert() {
    using enum Mnemonic;
    const Instruction& i = here();
    if (const auto operation = register_operation(i.mnemonic)) {
      const bool sum = *operation == Operation::add || *operation == Operation::or_;
      if (sum && i.rs1 == 0) return copy(i.rs2);
      if (sum && i.rs2 == 0) return copy(i.rs1);
      return register_form(*operation);
    }
    if (const auto operation = immediate_operation(i.mnemonic)) return convert_immediate(*operation);
    if (const auto operation = unary_operation(i.mnemonic)) {
      register_form(*operation);
      out_.rs2 = i.rs1;
      out_.rs1 = 0;
      return;
    }
    switch (i.mnemonic) {
      case lui:
        return constant(static_cast<std::uint64_t>(static_cast<std::int64_t>(i.immediate)));
      case auipc:
        return convert_auipc();
      case jal:
        return static_jump(i.rd == 0 ? Form::jump : Form::call, relative(i.immediate));
      case jalr:
        return operands((i.immediate & 1) == 0 ? Form::jump_register : Form::jump_register_odd,
                        (i.immediate & 1) == 0 ? 1 : 2);
      case beq:
        return static_jump(Form::branch_equal, relative(i.immediate));
      case bne:
        return static_jump(Form::branch_not_equal, relative(i.immediate));
      case blt:
        return static_jump(Form::branch_less, relative(i.immediate));
      case bge:
        return static_jump(Form::branch_not_less, relative(i.immediate));
      case bltu:
        return static_jump(Form::branch_less_unsigned, relative(i.immediate));
      case bgeu:
        return static_jump(Form::branch_not_less_unsigned, relative(i.immediate));
      case lb:
        return operands(Form::load_1);
      case lbu:
        return operands(Form::load_1_unsigned);
      case lh:
        return operands(Form::load_2);
      case lhu:
        return operands(Form::load_2_unsigned);
      case lw:
      case lr_w:
        return operands(Form::load_4);
      case lwu:
        return operands(Form::load_4_unsigned);
      case ld:
      case lr_d:
        return operands(Form::load_8);
      case sb:
        return operands(Form::store_1);
      case sh:
        return operands(Form::store_2);
      case sw:
        return operands(Form::store_4);
      case sd:
        return operands(Form::store_8);
      case sc_w:
        return operands(Form::conditional_store_4, i.rd == 0 ? 1 : 2);
      case sc_d:
        return operands(Form::conditional_store_8, i.rd == 0 ? 1 : 2);
      case zext_h:
        immediate_form(Operation::and_);
        out_.immediate = 0xffff;
        return;
      case add_uw:
        return convert_uw(Operation::add);
      case sh1add_uw:
        return convert_uw(Operation::sh1add);
      case sh2add_uw:
        return convert_uw(Operation::sh2add);
      case sh3add_uw:
        return convert_uw(Operation::sh3add);
      case fence:
      case fence_i:
        return nothing();
      case ecall:
        return operands(Form::environment_call, 3);
      case ebreak:
        return halt(HaltReason::breakpoint);
      case refused:
        return refuse(
            fmt::format("instruction {:08x} (float, clmul, xperm or czero) is not taken by ZisK's default "
                        "build; compile for rv64ima_zicsr without it",
                        i.word));
      case compressed:
        return halt(i.word == 0 ? HaltReason::zero : HaltReason::compressed);
      case reserved:
        return halt(HaltReason::illegal);
      default:
        break;
    }
    if (i.mnemonic >= amoswap_w && i.mnemonic <= amomaxu_d) return convert_atomic();
    convert_system();
  }

  void convert_immediate(Operation operation) {
    const Instruction& i = here();
    const auto value = static_cast<std::uint64_t>(static_cast<std::int64_t>(i.immediate));
    if (i.mnemonic == Mnemonic::addi && i.rd == 0) return nothing();
    if (i.mnemonic == Mnemonic::addi && i.immediate == 0) return copy(i.rs1);
    if (i.mnemonic == Mnemonic::addiw && i.rd == 0 && i.rs1 == 0 && i.immediate == 0) return nothing();
    const bool identity = i.mnemonic == Mnemonic::addi || i.mnemonic == Mnemonic::xori || i.mnemonic == Mnemonic::ori;
    if (identity && i.rs1 == 0) return constant(value);
    immediate_form(operation);
  }

  void convert_uw(Operation operation) {
    operands(Form::add_uw, 2);
    out_.operation = operation;
  }

  void convert_auipc() {
    const Instruction& i = here();
    const std::uint64_t value = relative(i.immediate);
    const bool followed = at_ + 1 < located_.size();
    const Instruction* jump = followed ? &located_[at_ + 1].instruction : nullptr;
    if (jump == nullptr || jump->mnemonic != Mnemonic::jalr || i.rd == 0 || jump->rs1 != i.rd ||
        (jump->rd != i.rd && jump->rd != 0)) {
      return constant(value);
    }
    const std::uint64_t target =
        (value + static_cast<std::uint64_t>(static_cast<std::int64_t>(jump->immediate))) & ~1ULL;
    const bool in_rom = target >= rom_address && target < rom_address + rom_size;
    const bool in_bios = target >= 0x1000 && target <= 0x0fff'ffff;
    if (!in_rom && !in_bios) return refuse(fmt::format("auipc and jalr go to {:#x}, which is not in ROM", target));
    static_jump(Form::call, target);
    out_.immediate = static_cast<std::int64_t>(jump->rd == 0 ? value : pc() + 8);
    // A jump that keeps no return address is not a call of a function.
    out_.rs2 = jump->rd == 0 ? 1 : 0;
  }

  void convert_atomic() {
    using enum Mnemonic;
    const Instruction& i = here();
    const bool wide = i.mnemonic >= amoswap_d;
    const bool temporary = i.rd == i.rs1 || i.rd == i.rs2;
    const auto kind = static_cast<unsigned>(i.mnemonic) - static_cast<unsigned>(wide ? amoswap_d : amoswap_w);
    if (kind == 0) return operands(wide ? Form::swap_8 : Form::swap_4, temporary ? 3 : 2);
    constexpr Operation wide_operations[] = {Operation::add,  Operation::add,  Operation::xor_,
                                             Operation::and_, Operation::or_,  Operation::min,
                                             Operation::max,  Operation::minu, Operation::maxu};
    constexpr Operation operations[] = {Operation::add_w, Operation::add_w,  Operation::xor_,
                                        Operation::and_,  Operation::or_,    Operation::min_w,
                                        Operation::max_w, Operation::minu_w, Operation::maxu_w};
    operands(wide ? Form::atomic_8 : Form::atomic_4, temporary ? 4 : 3);
    out_.operation = wide ? wide_operations[kind] : operations[kind];
  }

  void csr_form(Form form, int steps, bool immediate) {
    const Instruction& i = here();
    out_.form = form;
    out_.rd = i.rd;
    out_.rs1 = immediate ? static_cast<std::uint8_t>(i.immediate) : i.rs1;
    out_.rs2 = immediate ? csr_immediate_operand : 0;
    out_.immediate = i.csr;
    out_.steps = static_cast<std::uint8_t>(steps);
  }

  void convert_system() {
    using enum Mnemonic;
    const Instruction& i = here();
    if (is_library_call(i.csr)) return unavailable(i.csr);
    if (writes_read_only_csr(i)) return halt(HaltReason::read_only_csr);
    const bool same = i.rd == i.rs1;
    switch (i.mnemonic) {
      case csrrw:
        return csr_form(Form::csr_write, i.rd == 0 ? 1 : same ? 3 : 2, false);
      case csrrs:
        return convert_csrrs();
      case csrrc:
        if (i.rd == 0 && i.rs1 == 0) return nothing();
        return csr_form(Form::csr_clear, i.rs1 == 0 ? 1 : i.rd == 0 ? 2 : same ? 4 : 3, false);
      case csrrwi:
        if (i.rd == 0 && is_fcall(i.csr)) return single(Form::fcall, fcall_number(i.csr, i.immediate));
        return csr_form(Form::csr_write, i.rd == 0 ? 1 : 2, true);
      case csrrsi:
        if (i.rd == 0 && i.csr == csr_dma_memset) return convert_memset(true);
        if (i.rd == 0 && i.immediate == 0) return nothing();
        return csr_form(Form::csr_set, i.rd == 0 || i.immediate == 0 ? 1 : 2, true);
      default:
        if (i.rd == 0 && i.immediate == 0) return nothing();
        return csr_form(Form::csr_clear, i.rd == 0 || i.immediate == 0 ? 1 : 2, true);
    }
  }

  void convert_csrrs() {
    const Instruction& i = here();
    if (i.csr == csr_dma_memcpy || i.csr == csr_dma_memcmp || i.csr == csr_jump_dest) return convert_copy();
    if (i.csr == csr_dma_memset) return convert_memset(false);
    if (i.csr == csr_add256 && i.rs1 != 0) return single(Form::add256, 0);
    if (i.rd == 0 && i.rs1 == 0) return nothing();
    if (i.rd != 0 && i.rs1 == 0) {
      if (i.csr == csr_fcall_get) return single(Form::fcall_get, 0);
      return csr_form(Form::csr_set, 1, false);
    }
    if (i.rd != 0) return csr_form(Form::csr_set, i.rd == i.rs1 ? 3 : 2, false);
    convert_precompile();
  }

  void convert_precompile() {
    const Instruction& i = here();
    const Instruction* second = next(1);
    if (i.csr == csr_dma_inputcpy) {
      if (second == nullptr || (second->mnemonic != Mnemonic::add && second->mnemonic != Mnemonic::addi)) {
        return refuse_form("csrs 0x815, count; add x0, destination, count");
      }
      const bool by_register = second->mnemonic == Mnemonic::add;
      pair(by_register ? Form::dma_copy_input : Form::dma_copy_input_immediate, second->rs1, second->rs2,
           by_register ? 0 : second->immediate);
      out_.rd = second->rd;
      return;
    }
    if (i.csr == csr_profile) {
      if (second == nullptr || second->mnemonic != Mnemonic::addi || second->rd != 0 || second->rs1 != 0) {
        return refuse("a profile tag (CSR 0x81a) must be followed by `addi x0, x0, command`");
      }
      out_.form = Form::profile_tag;
      return;
    }
    if (i.csr == csr_blake2b) {
      if (second == nullptr || second->mnemonic != Mnemonic::addi || second->rd != 0) {
        return refuse_form("csrs 0x819, first; addi x0, second, flags");
      }
      return pair(Form::blake2b, i.rs1, second->rs1, second->immediate);
    }
    const Precompile* precompile = find_precompile(i.csr);
    if (precompile != nullptr && precompile->operands == 2) {
      if (second == nullptr || second->mnemonic != Mnemonic::add || second->rd != 0 || second->rs2 != 0) {
        return refuse_form(fmt::format("csrs {:#x}, first; add x0, second, x0", i.csr));
      }
      if (i.csr == csr_sha256) return pair(Form::sha256, i.rs1, second->rs1, 0);
      return pair(Form::two_operands, i.rs1, second->rs1, operation_number(*precompile));
    }
    if (precompile != nullptr && precompile->operands == 1) {
      if (i.csr == csr_keccak) return single(Form::keccak, 0);
      return single(takes_block(i.csr) ? Form::parameter_block : Form::one_operand, operation_number(*precompile));
    }
    if (is_fcall_parameter(i.csr)) return single(Form::fcall_parameter, fcall_parameter_words(i.csr));
    csr_form(Form::csr_set, 1, false);
  }

  void convert_copy() {
    const Instruction& i = here();
    const Instruction* second = next(1);
    const bool by_register = second != nullptr && second->mnemonic == Mnemonic::add;
    const bool by_immediate = second != nullptr && second->mnemonic == Mnemonic::addi && i.csr != csr_jump_dest;
    if (!by_register && !by_immediate) {
      return refuse_form(fmt::format("csrrs rd, {:#x}, source; add x0, destination, count", i.csr));
    }
    const bool compare = i.csr == csr_dma_memcmp;
    if (second->rd != 0) warn_of_old_form();
    out_.rd = second->rd != 0 ? second->rd : i.rd;
    out_.rs1 = second->rs1;
    out_.rs2 = i.rs1;
    if (by_register) {
      out_.form = i.csr == csr_jump_dest ? Form::jump_dest : compare ? Form::dma_compare : Form::dma_copy;
      out_.immediate = second->rs2;
      out_.steps = 2;
    } else {
      out_.form = compare ? Form::dma_compare_immediate : Form::dma_copy_immediate;
      out_.immediate = second->immediate;
    }
  }

  void convert_memset(bool immediate) {
    const Instruction& i = here();
    const Instruction* first = next(1);
    const Instruction* second = next(2);
    const bool three = immediate && i.immediate == 2;
    if (immediate && i.immediate != 2 && i.immediate != 0) {
      return refuse_form("csrs 0x816, destination; addi x0, count, byte");
    }
    const Instruction* byte = three ? second : first;
    if (first == nullptr || first->mnemonic != Mnemonic::addi || byte == nullptr || byte->mnemonic != Mnemonic::addi ||
        byte->immediate < 0 || byte->immediate > 255) {
      return refuse_form("csrs 0x816, destination; addi x0, count, byte (0 to 255)");
    }
    out_.rd = first->rd;
    if (three) {
      out_.form = Form::dma_set_immediate;
      out_.rs1 = first->rs1;
      out_.immediate = first->immediate;
      out_.rs2 = static_cast<std::uint8_t>(byte->immediate);
    } else {
      out_.form = Form::dma_set;
      out_.rs1 = i.rs1;
      out_.rs2 = first->rs1;
      out_.immediate = byte->immediate;
    }
  }

  void warn_of_old_form() {
    for (const auto& warning : code_.warnings) {
      if (warning.code == "deprecated-precompile-form") return;
    }
    code_.warnings.push_back(
        {.code = "deprecated-precompile-form",
         .message = fmt::format("a DMA call at {:#x} names its result in the add; ZisK 1.4.0-alpha wants "
                                "`csrrs rd, {:#x}, source; add x0, destination, count`",
                                pc(), here().csr)});
  }

  std::vector<Located> located_;
  Code& code_;
  std::size_t at_ = 0;
  Predecoded out_;
  std::string error_;
};

std::expected<std::vector<Located>, std::string> split(const TextBytes& segment) {
  std::vector<Located> located;
  const auto half = [&](std::size_t at) {
    return static_cast<std::uint32_t>(segment.bytes[at] | (segment.bytes[at + 1] << 8));
  };
  located.reserve(segment.bytes.size() / 4);
  for (std::size_t at = 0; at + 2 <= segment.bytes.size();) {
    const std::uint64_t pc = segment.address + at;
    const std::uint32_t low = half(at);
    if ((low & 3U) != 3U) {
      Instruction parcel;
      parcel.mnemonic = Mnemonic::compressed;
      parcel.word = low;
      located.push_back({.instruction = parcel, .pc = pc, .size = 2});
      at += 2;
      continue;
    }
    if (at + 4 > segment.bytes.size()) {
      return std::unexpected(fmt::format("at {:#x}: the text ends inside a 32-bit instruction", pc));
    }
    located.push_back({.instruction = decode(low | (half(at + 2) << 16)), .pc = pc, .size = 4});
    at += 4;
  }
  return located;
}

/// Turns target addresses into indices. A target that is no instruction gets an entry that traps there.
void link(Code& code) {
  std::map<std::uint32_t, std::uint32_t> outside;
  const std::size_t count = code.instructions.size();
  for (std::size_t i = 0; i < count; ++i) {
    const Form form = code.instructions[i].form;
    const bool is_static = (form >= Form::branch_equal && form <= Form::branch_not_less_unsigned) ||
                           form == Form::jump || form == Form::call;
    if (!is_static) continue;
    const std::uint32_t address = code.instructions[i].target;
    std::uint32_t target = code.find(address);
    if (target == no_instruction) {
      const auto [entry, added] = outside.try_emplace(address, static_cast<std::uint32_t>(code.instructions.size()));
      target = entry->second;
      if (added) {
        Predecoded trap;
        trap.form = Form::past_end;
        trap.pc = address;
        trap.steps = 0;
        trap.steps_before = code.instructions[count - 1].steps_before;
        code.instructions.push_back(trap);
      }
    }
    code.instructions[i].target = target;
  }
}

}  // namespace

std::expected<void, std::string> transpile(std::span<const TextBytes> segments, Code& code) {
  for (const TextBytes& segment : segments) {
    auto located = split(segment);
    if (!located) return std::unexpected(located.error());
    TextRange range{.start = segment.address, .end = segment.address + segment.bytes.size(), .instruction_at = {}};
    range.instruction_at.assign((segment.bytes.size() + 1) / 2, no_instruction);
    auto index = static_cast<std::uint32_t>(code.instructions.size());
    for (const Located& one : *located) range.instruction_at[(one.pc - range.start) / 2] = index++;
    if (auto done = Transpiler(std::move(*located), code).run(); !done) return done;
    Predecoded end;
    end.form = Form::past_end;
    end.pc = static_cast<std::uint32_t>(range.end);
    end.steps = 0;
    code.instructions.push_back(end);
    code.text.push_back(std::move(range));
  }
  std::uint32_t steps = 0;
  for (Predecoded& one : code.instructions) {
    one.steps_before = steps;
    steps += one.steps;
  }
  link(code);
  return {};
}

}  // namespace cyclegate::vm
