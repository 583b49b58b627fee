#include "vm/operands.h"

#include <algorithm>

#include "vm/blake.h"
#include "vm/curves.h"
#include "vm/poseidon.h"

namespace cyclegate::vm {

OperandPrecompile operand_precompile(Operation operation) {
  switch (operation) {
    case Operation::secp256k1_add:
      return {8, 8, secp256k1_add, secp256k1_add_and_double, Operation::secp256k1_dbl};
    case Operation::secp256k1_dbl:
      return {8, 0, secp256k1_double, nullptr, Operation::secp256k1_dbl};
    case Operation::secp256r1_add:
      return {8, 8, secp256r1_add, secp256r1_add_and_double, Operation::secp256r1_dbl};
    case Operation::secp256r1_dbl:
      return {8, 0, secp256r1_double, nullptr, Operation::secp256r1_dbl};
    case Operation::bn254_curve_add:
      return {8, 8, bn254_add, bn254_add_and_double, Operation::bn254_curve_dbl};
    case Operation::bn254_curve_dbl:
      return {8, 0, bn254_double, nullptr, Operation::bn254_curve_dbl};
    case Operation::bn254_complex_add:
      return {8, 8, bn254_complex_add};
    case Operation::bn254_complex_sub:
      return {8, 8, bn254_complex_subtract};
    case Operation::bn254_complex_mul:
      return {8, 8, bn254_complex_multiply};
    case Operation::bls12_381_curve_add:
      return {12, 12, bls12_381_add, bls12_381_add_and_double, Operation::bls12_381_curve_dbl};
    case Operation::bls12_381_curve_dbl:
      return {12, 0, bls12_381_double, nullptr, Operation::bls12_381_curve_dbl};
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

void NextDouble::keep(Operation doubling, const std::uint64_t* sum, const std::uint64_t* doubled, std::size_t words) {
  if (has_double_) ++unused_;
  doubling_ = doubling;
  std::copy_n(sum, words, sum_.begin());
  has_double_ = doubled != nullptr;
  if (has_double_) std::copy_n(doubled, words, doubled_.begin());
}

const std::uint64_t* NextDouble::find(Operation doubling, const std::uint64_t* point, std::size_t words) {
  if (doubling != doubling_ || !std::equal(point, point + words, sum_.begin())) return nullptr;
  unused_ = 0;
  if (!has_double_) return nullptr;
  has_double_ = false;
  return doubled_.data();
}

}  // namespace cyclegate::vm
