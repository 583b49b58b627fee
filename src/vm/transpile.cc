#include "vm/transpile.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "vm/address_map.h"
#include "vm/riscv.h"

namespace cyclegate::vm {
namespace {

/// A decoded instruction and where it lies.
struct Located {
  Instruction instruction;
  std::uint64_t pc = 0;
  std::uint8_t size = 4;
};

constexpr std::uint16_t csr_keccak = 0x800;
constexpr std::uint16_t csr_sha256 = 0x805;
constexpr std::uint16_t csr_add256 = 0x811;
constexpr std::uint16_t csr_dma_memcpy = 0x813;
constexpr std::uint16_t csr_dma_memcmp = 0x814;
constexpr std::uint16_t csr_dma_inputcpy = 0x815;
constexpr std::uint16_t csr_dma_memset = 0x816;
constexpr std::uint16_t csr_blake2b = 0x819;
constexpr std::uint16_t csr_profile = 0x81a;
constexpr std::uint16_t csr_jump_dest = 0x81c;
constexpr std::uint16_t csr_fcall_get = 0xffe;

constexpr bool within(std::uint16_t csr, std::uint16_t first, std::uint16_t last) { return csr >= first && csr <= last; }
constexpr bool is_fcall(std::uint16_t csr) { return within(csr, 0x8c0, 0x8df); }
constexpr bool is_fcall_parameter(std::uint16_t csr) { return within(csr, 0x8f0, 0x8ff); }
constexpr bool is_library_call(std::uint16_t csr) { return within(csr, 0x850, 0x8bf) || within(csr, 0x8e0, 0x8e7); }

struct Precompile {
  std::uint16_t csr;
  std::uint8_t operands;  ///< 1: in rs1; 2: a pair with `add x0, reg, x0`
  std::string_view name;
};

constexpr Precompile precompiles[] = {
    {0x800, 1, "keccak"},
    {0x801, 1, "arith256"},
    {0x802, 1, "arith256_mod"},
    {0x803, 2, "secp256k1_add"},
    {0x804, 1, "secp256k1_dbl"},
    {0x805, 2, "sha256"},
    {0x806, 2, "bn254_curve_add"},
    {0x807, 1, "bn254_curve_dbl"},
    {0x808, 2, "bn254_complex_add"},
    {0x809, 2, "bn254_complex_sub"},
    {0x80a, 2, "bn254_complex_mul"},
    {0x80b, 1, "arith384_mod"},
    {0x80c, 2, "bls12_381_curve_add"},
    {0x80d, 1, "bls12_381_curve_dbl"},
    {0x80e, 2, "bls12_381_complex_add"},
    {0x80f, 2, "bls12_381_complex_sub"},
    {0x810, 2, "bls12_381_complex_mul"},
    {0x811, 0, "add256"},
    {0x812, 1, "poseidon2"},
    {0x813, 0, "dma_memcpy"},
    {0x814, 0, "dma_memcmp"},
    {0x815, 0, "dma_inputcpy"},
    {0x816, 0, "dma_memset"},
    {0x817, 2, "secp256r1_add"},
    {0x818, 1, "secp256r1_dbl"},
    {0x819, 0, "blake2b"},
    {0x81b, 1, "poseidon1"},
    {0x81c, 0, "jump_dest"},
    {0x81d, 2, "babyjubjub_add"},
    {0x81e, 2, "blake3"},
    {0x81f, 2, "blake2s"},
    {0x820, 2, "ed25519_add"},
    {0x821, 1, "poseidon2_koalabear"},
};

const Precompile* find_precompile(std::uint16_t csr) {
  const auto* found = std::ranges::find(precompiles, csr, &Precompile::csr);
  return found == std::end(precompiles) ? nullptr : found;
}

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

/// Register forms: the ZisK operation of the same operands.
std::optional<Operation> register_operation(Mnemonic mnemonic) {
  using M = Mnemonic;
  using O = Operation;
  static constexpr std::pair<M, O> table[] = {
      {M::add, O::add},       {M::sub, O::sub},       {M::sll, O::sll},       {M::slt, O::lt},        {M::sltu, O::ltu},
      {M::xor_, O::xor_},     {M::srl, O::srl},       {M::sra, O::sra},       {M::or_, O::or_},       {M::and_, O::and_},
      {M::addw, O::add_w},    {M::subw, O::sub_w},    {M::sllw, O::sll_w},    {M::srlw, O::srl_w},    {M::sraw, O::sra_w},
      {M::mul, O::mul},       {M::mulh, O::mulh},     {M::mulhsu, O::mulsuh}, {M::mulhu, O::muluh},   {M::div, O::div},
      {M::divu, O::divu},     {M::rem, O::rem},       {M::remu, O::remu},     {M::mulw, O::mul_w},    {M::divw, O::div_w},
      {M::divuw, O::divu_w},  {M::remw, O::rem_w},    {M::remuw, O::remu_w},  {M::bset, O::bset},     {M::bclr, O::bclr},
      {M::binv, O::binv},     {M::bext, O::bext},     {M::rol, O::rol},       {M::ror, O::ror},       {M::rolw, O::rol_w},
      {M::rorw, O::ror_w},    {M::andn, O::andn},     {M::orn, O::orn},       {M::xnor, O::xnor},     {M::min, O::min},
      {M::max, O::max},       {M::minu, O::minu},     {M::maxu, O::maxu},     {M::pack, O::pack},     {M::packh, O::pack_h},
      {M::packw, O::pack_w},  {M::sh1add, O::sh1add}, {M::sh2add, O::sh2add}, {M::sh3add, O::sh3add},
  };
  const auto* found = std::ranges::find(table, mnemonic, &std::pair<M, O>::first);
  if (found == std::end(table)) return std::nullopt;
  return found->second;
}

std::optional<Operation> immediate_operation(Mnemonic mnemonic) {
  using M = Mnemonic;
  using O = Operation;
  static constexpr std::pair<M, O> table[] = {
      {M::addi, O::add},    {M::slti, O::lt},     {M::sltiu, O::ltu},   {M::xori, O::xor_},   {M::ori, O::or_},
      {M::andi, O::and_},   {M::slli, O::sll},    {M::srli, O::srl},    {M::srai, O::sra},    {M::addiw, O::add_w},
      {M::slliw, O::sll_w}, {M::srliw, O::srl_w}, {M::sraiw, O::sra_w}, {M::bseti, O::bset},  {M::bclri, O::bclr},
      {M::binvi, O::binv},  {M::bexti, O::bext},  {M::rori, O::ror},    {M::roriw, O::ror_w}, {M::slli_uw, O::sll_u_w},
  };
  const auto* found = std::ranges::find(table, mnemonic, &std::pair<M, O>::first);
  if (found == std::end(table)) return std::nullopt;
  return found->second;
}

std::optional<Operation> unary_operation(Mnemonic mnemonic) {
  using M = Mnemonic;
  using O = Operation;
  static constexpr std::pair<M, O> table[] = {
      {M::sext_b, O::signextend_b}, {M::sext_h, O::signextend_h}, {M::clz, O::clz},     {M::ctz, O::ctz},
      {M::cpop, O::cpop},           {M::clzw, O::clz_w},          {M::ctzw, O::ctz_w},  {M::cpopw, O::cpop_w},
      {M::rev8, O::rev8},           {M::brev8, O::brev8},         {M::orc_b, O::orc_b},
  };
  const auto* found = std::ranges::find(table, mnemonic, &std::pair<M, O>::first);
  if (found == std::end(table)) return std::nullopt;
  return found->second;
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
    refuse(fmt::format("precompile {} (CSR {:#x}) must be called as `{}` from ZisK 1.4.0-alpha on", csr_call_name(here().csr),
                       here().csr, right));
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
        return refuse(fmt::format("instruction {:08x} (float, clmul, xperm or czero) is not taken by ZisK's default "
                                  "build; compile for rv64ima_zicsr without it", i.word));
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
    const std::uint64_t target = (value + static_cast<std::uint64_t>(static_cast<std::int64_t>(jump->immediate))) & ~1ULL;
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
    constexpr Operation wide_operations[] = {Operation::add, Operation::add,  Operation::xor_, Operation::and_, Operation::or_,
                                             Operation::min, Operation::max, Operation::minu, Operation::maxu};
    constexpr Operation operations[] = {Operation::add_w, Operation::add_w, Operation::xor_,   Operation::and_,  Operation::or_,
                                        Operation::min_w, Operation::max_w, Operation::minu_w, Operation::maxu_w};
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
        if (i.rd == 0 && is_fcall(i.csr)) return unavailable(i.csr);
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
    if (i.csr == csr_add256 && i.rs1 != 0) return unavailable(i.csr);
    if (i.rd == 0 && i.rs1 == 0) return nothing();
    if (i.rd != 0 && i.rs1 == 0) {
      if (i.csr == csr_fcall_get) return unavailable(i.csr);
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
      return unavailable(i.csr);
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
      return unavailable(i.csr);
    }
    const Precompile* precompile = find_precompile(i.csr);
    if (precompile != nullptr && precompile->operands == 2) {
      if (second == nullptr || second->mnemonic != Mnemonic::add || second->rd != 0 || second->rs2 != 0) {
        return refuse_form(fmt::format("csrs {:#x}, first; add x0, second, x0", i.csr));
      }
      if (i.csr != csr_sha256) return unavailable(i.csr);
      out_.form = Form::sha256;
      out_.rs1 = i.rs1;
      out_.rs2 = second->rs1;
      return;
    }
    if (precompile != nullptr && precompile->operands == 1) {
      if (at_ + 1 >= located_.size()) return refuse("a precompile call cannot be the last instruction");
      if (i.csr != csr_keccak) return unavailable(i.csr);
      return operands(Form::keccak);
    }
    if (is_fcall_parameter(i.csr)) return unavailable(i.csr);
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
    if (i.csr == csr_jump_dest) return unavailable(i.csr);
    const bool compare = i.csr == csr_dma_memcmp;
    if (second->rd != 0) warn_of_old_form();
    out_.rd = second->rd != 0 ? second->rd : i.rd;
    out_.rs1 = second->rs1;
    out_.rs2 = i.rs1;
    if (by_register) {
      out_.form = compare ? Form::dma_compare : Form::dma_copy;
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
    code_.warnings.push_back({.code = "deprecated-precompile-form",
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
    const bool is_static = (form >= Form::branch_equal && form <= Form::branch_not_less_unsigned) || form == Form::jump ||
                           form == Form::call;
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

std::string_view csr_call_name(std::uint16_t csr) {
  if (const Precompile* precompile = find_precompile(csr)) return precompile->name;
  if (csr == csr_profile) return "profile";
  if (is_fcall(csr)) return "fcall";
  if (is_fcall_parameter(csr)) return "fcall_param";
  if (csr == csr_fcall_get) return "fcall_get";
  if (is_library_call(csr)) return "zkvmcall";
  return {};
}

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
