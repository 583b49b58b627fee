#include "vm/csr_calls.h"

#include <algorithm>
#include <iterator>

namespace cyclegate::vm {
namespace {

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

}  // namespace

const Precompile* find_precompile(std::uint16_t csr) {
  const auto* found = std::ranges::find(precompiles, csr, &Precompile::csr);
  return found == std::end(precompiles) ? nullptr : found;
}

std::string_view csr_call_name(std::uint16_t csr) {
  if (const Precompile* precompile = find_precompile(csr)) return precompile->name;
  if (csr == csr_profile) return "profile";
  if (is_fcall(csr)) return "fcall";
  if (is_fcall_parameter(csr)) return "fcall_param";
  if (csr == csr_fcall_get) return "fcall_get";
  if (is_library_call(csr)) return "zkvmcall";
  return {};
}

}  // namespace cyclegate::vm
