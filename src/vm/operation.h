#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cyclegate::vm {

// One row per ZisK operation that has a price or a row in ziskemu's report: enumerator, name as ziskemu prints it.
// copyb, flag and profile cost nothing and have no row.
// clang-format off: it does not come to rest on lists like this one
#define CYCLEGATE_VM_OPERATIONS(X) \
  X(add, "add") X(sub, "sub") X(sll, "sll") X(lt, "lt") X(ltu, "ltu") X(xor_, "xor") X(srl, "srl") X(sra, "sra") \
  X(or_, "or") X(and_, "and") X(add_w, "add_w") X(sub_w, "sub_w") X(sll_w, "sll_w") X(srl_w, "srl_w") \
  X(sra_w, "sra_w") X(eq, "eq") X(min, "min") X(max, "max") X(minu, "minu") X(maxu, "maxu") X(min_w, "min_w") \
  X(max_w, "max_w") X(minu_w, "minu_w") X(maxu_w, "maxu_w") X(mul, "mul") X(mulh, "mulh") X(mulsuh, "mulsuh") \
  X(muluh, "muluh") X(mul_w, "mul_w") X(div, "div") X(divu, "divu") X(rem, "rem") X(remu, "remu") \
  X(div_w, "div_w") X(divu_w, "divu_w") X(rem_w, "rem_w") X(remu_w, "remu_w") X(signextend_b, "signextend_b") \
  X(signextend_h, "signextend_h") X(signextend_w, "signextend_w") X(andn, "andn") X(orn, "orn") X(xnor, "xnor") \
  X(pack, "pack") X(pack_h, "pack_h") X(pack_w, "pack_w") X(rol, "rol") X(rol_w, "rol_w") X(ror, "ror") \
  X(ror_w, "ror_w") X(bclr, "bclr") X(bext, "bext") X(binv, "binv") X(bset, "bset") X(sh1add, "sh1add") \
  X(sh2add, "sh2add") X(sh3add, "sh3add") X(sll_u_w, "sll_u_w") X(rev8, "rev8") X(brev8, "brev8") \
  X(orc_b, "orc_b") X(clz, "clz") X(clz_w, "clz_w") X(ctz, "ctz") X(ctz_w, "ctz_w") X(cpop, "cpop") \
  X(cpop_w, "cpop_w") X(pubout, "pubout") X(fcall, "fcall") X(fcall_param, "fcall_param") \
  X(fcall_get, "fcall_get")
// clang-format on

// clang-format off: it does not come to rest on lists like this one
#define CYCLEGATE_VM_PRECOMPILES(X) \
  X(dma_memcpy, "dma_memcpy") X(dma_memcmp, "dma_memcmp") X(dma_inputcpy, "dma_inputcpy") \
  X(dma_xmemcpy, "dma_xmemcpy") X(dma_xmemcmp, "dma_xmemcmp") X(dma_xmemset, "dma_xmemset") X(keccak, "keccak") \
  X(sha256, "sha256") X(arith256, "arith256") X(arith256_mod, "arith256_mod") X(arith384_mod, "arith384_mod") \
  X(add256, "add256") X(secp256k1_add, "secp256k1_add") X(secp256k1_dbl, "secp256k1_dbl") \
  X(secp256r1_add, "secp256r1_add") X(secp256r1_dbl, "secp256r1_dbl") X(bn254_curve_add, "bn254_curve_add") \
  X(bn254_curve_dbl, "bn254_curve_dbl") X(bn254_complex_add, "bn254_complex_add") \
  X(bn254_complex_sub, "bn254_complex_sub") X(bn254_complex_mul, "bn254_complex_mul") \
  X(bls12_381_curve_add, "bls12_381_curve_add") X(bls12_381_curve_dbl, "bls12_381_curve_dbl") \
  X(bls12_381_complex_add, "bls12_381_complex_add") X(bls12_381_complex_sub, "bls12_381_complex_sub") \
  X(bls12_381_complex_mul, "bls12_381_complex_mul") X(poseidon1, "poseidon1") X(poseidon2, "poseidon2") \
  X(poseidon2_koalabear, "poseidon2_koalabear") X(blake2b, "blake2b") X(blake2s, "blake2s") X(blake3, "blake3") \
  X(babyjubjub_add, "babyjubjub_add") X(ed25519_add, "ed25519_add") X(jump_dest, "jump_dest")
// clang-format on

/// A ZisK operation. Which RISC-V instruction gives which operation is decided in program.cc.
enum class Operation : std::uint8_t {
#define X(enumerator, name) enumerator,
  CYCLEGATE_VM_OPERATIONS(X) CYCLEGATE_VM_PRECOMPILES(X)
#undef X
};

inline constexpr std::size_t first_precompile = static_cast<std::size_t>(Operation::dma_memcpy);
inline constexpr std::size_t operation_count = static_cast<std::size_t>(Operation::jump_dest) + 1;

constexpr std::size_t index(Operation operation) {
  return static_cast<std::size_t>(operation);
}
constexpr bool is_precompile(Operation operation) {
  return index(operation) >= first_precompile;
}

/// ziskemu's name, e.g. `add_w`, `dma_xmemset`.
std::string_view name(Operation operation);
/// Inverse of name().
std::optional<Operation> operation_from(std::string_view word);

/// The kinds of memory access that have a price of their own, in the order of ziskemu's DETAILED MEM rows.
/// `clean` writes store a register whose bits above the width are zero.
enum class Access : std::uint8_t {
  read_8_aligned,
  read_1,
  read_2_single,
  read_2_double,
  read_4_aligned,
  read_4_single,
  read_4_double,
  read_8_double,
  write_8_aligned,
  write_1_clean,
  write_1_dirty,
  write_2_single,
  write_2_double,
  write_4_aligned_clean,
  write_4_aligned_dirty,
  write_4_single,
  write_4_double,
  write_8_double,
};
inline constexpr std::size_t access_count = static_cast<std::size_t>(Access::write_8_double) + 1;
/// e.g. `unaligned 4B single 32-align clean write`.
std::string_view name(Access access);

/// The zones of the address map that have prices of their own.
enum class Zone : std::uint8_t { ram_stack, ram_no_stack, rom, input };
inline constexpr std::size_t zone_count = 4;
/// e.g. `RAM NO STACK`.
std::string_view name(Zone zone);

}  // namespace cyclegate::vm
