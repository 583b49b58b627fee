#pragma once

#include <cstdint>

namespace cyclegate::vm {

// The instructions that ZisK 1.4.0-alpha's default build knows, in its own grouping. Those it knows but refuses (float,
// clmul, xperm, czero) share one mnemonic.
// clang-format off: it does not come to rest on lists like this one
#define CYCLEGATE_VM_MNEMONICS(X) \
  X(lb) X(lh) X(lw) X(ld) X(lbu) X(lhu) X(lwu) X(sb) X(sh) X(sw) X(sd) X(addi) X(slti) X(sltiu) X(xori) X(ori) \
  X(andi) X(slli) X(srli) X(srai) X(addiw) X(slliw) X(srliw) X(sraiw) X(add) X(sub) X(sll) X(slt) X(sltu) \
  X(xor_) X(srl) X(sra) X(or_) X(and_) X(addw) X(subw) X(sllw) X(srlw) X(sraw) X(mul) X(mulh) X(mulhsu) X(mulhu) \
  X(div) X(divu) X(rem) X(remu) X(mulw) X(divw) X(divuw) X(remw) X(remuw) X(lui) X(auipc) X(jal) X(jalr) X(beq) \
  X(bne) X(blt) X(bge) X(bltu) X(bgeu) X(fence) X(fence_i) X(ecall) X(ebreak) X(csrrw) X(csrrs) X(csrrc) \
  X(csrrwi) X(csrrsi) X(csrrci) X(lr_w) X(lr_d) X(sc_w) X(sc_d) X(amoswap_w) X(amoadd_w) X(amoxor_w) X(amoand_w) \
  X(amoor_w) X(amomin_w) X(amomax_w) X(amominu_w) X(amomaxu_w) X(amoswap_d) X(amoadd_d) X(amoxor_d) X(amoand_d) \
  X(amoor_d) X(amomin_d) X(amomax_d) X(amominu_d) X(amomaxu_d) X(sext_b) X(sext_h) X(zext_h) X(clz) X(ctz) \
  X(cpop) X(clzw) X(ctzw) X(cpopw) X(rev8) X(brev8) X(orc_b) X(bseti) X(bclri) X(binvi) X(bexti) X(rori) \
  X(roriw) X(slli_uw) X(bset) X(bclr) X(binv) X(bext) X(rol) X(ror) X(rolw) X(rorw) X(andn) X(orn) X(xnor) \
  X(min) X(max) X(minu) X(maxu) X(pack) X(packh) X(packw) X(sh1add) X(sh2add) X(sh3add) X(add_uw) X(sh1add_uw) \
  X(sh2add_uw) X(sh3add_uw) X(refused) X(reserved) X(compressed)
// clang-format on

enum class Mnemonic : std::uint8_t {
#define X(name) name,
  CYCLEGATE_VM_MNEMONICS(X)
#undef X
};

/// One decoded instruction. Fields that the format does not have are 0.
struct Instruction {
  Mnemonic mnemonic = Mnemonic::reserved;
  std::uint8_t rd = 0;
  std::uint8_t rs1 = 0;  ///< for csrr?i the 5-bit immediate is in `immediate`, and this is 0
  std::uint8_t rs2 = 0;
  std::int32_t immediate = 0;  ///< sign-extended; shift amounts are 6 bits (W forms too, as in ZisK)
  std::uint16_t csr = 0;
  std::uint32_t word = 0;  ///< as fetched; 16 bits for `compressed`

  bool operator==(const Instruction&) const = default;
};

/// Decodes one 32-bit word as zisk-riscv 1.4.0-alpha's riscv_decoder.rs and riscv_interpreter.rs do. Never fails: what
/// is not known is `reserved`, and traps when it is executed.
Instruction decode(std::uint32_t word);

}  // namespace cyclegate::vm
