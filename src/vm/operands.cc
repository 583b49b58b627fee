#include "vm/operands.h"

#include "vm/blake.h"
#include "vm/curves.h"
#include "vm/poseidon.h"

namespace cyclegate::vm {

OperandPrecompile operand_precompile(Operation operation) {
  switch (operation) {
    case Operation::secp256k1_add:
      return {8, 8, secp256k1_add};
    case Operation::secp256k1_dbl:
      return {8, 0, secp256k1_double};
    case Operation::secp256r1_add:
      return {8, 8, secp256r1_add};
    case Operation::secp256r1_dbl:
      return {8, 0, secp256r1_double};
    case Operation::bn254_curve_add:
      return {8, 8, bn254_add};
    case Operation::bn254_curve_dbl:
      return {8, 0, bn254_double};
    case Operation::bn254_complex_add:
      return {8, 8, bn254_complex_add};
    case Operation::bn254_complex_sub:
      return {8, 8, bn254_complex_subtract};
    case Operation::bn254_complex_mul:
      return {8, 8, bn254_complex_multiply};
    case Operation::bls12_381_curve_add:
      return {12, 12, bls12_381_add};
    case Operation::bls12_381_curve_dbl:
      return {12, 0, bls12_381_double};
    case Operation::bls12_381_complex_add:
      return {12, 12, bls12_381_complex_add};
    case Operation::bls12_381_complex_sub:
      return {12, 12, bls12_381_complex_subtract};
    case Operation::bls12_381_complex_mul:
      return {12, 12, bls12_381_complex_multiply};
    case Operation::babyjubjub_add:
      return {8, 8, babyjubjub_add};
    case Operation::ed25519_add:
      return {8, 8, ed25519_add};
    case Operation::blake2s:
      return {8, 8, blake2s_rounds};
    case Operation::blake3:
      return {8, 8, blake3_rounds};
    case Operation::poseidon1:
      return {16, 0, poseidon1};
    case Operation::poseidon2:
      return {16, 0, poseidon2};
    case Operation::poseidon2_koalabear:
      return {8, 0, poseidon2_koalabear};
    default:
      return {};
  }
}

}  // namespace cyclegate::vm
