#pragma once

#include <cstdint>
#include <string_view>

namespace cyclegate::vm {

// Points and complex numbers as ZisK 1.4.0-alpha's precompiles take them: x, then y (real, then imaginary part), each
// of 4 (BLS12-381: 6) 64-bit words, least significant first. Formulas: affine addition and doubling on y^2 = x^3 + a x
// + b (SEC 1, 2.2.1), the unified addition of twisted Edwards curves (RFC 8032, 5.1.4), arithmetic with i^2 = -1. All
// have the form of OperandFunction: empty, or why there is no result (ziskemu panics there: a coordinate that is not
// below the prime, a division by zero).

// Additions that also double the sum, into `doubled` (form of AddAndDouble; has_double says whether there is one): both
// share their one inversion, which is most of the work, so the double costs a third of what it costs alone. Guests that
// multiply points by scalars double each sum next.
std::string_view secp256k1_add_and_double(const std::uint64_t* first, const std::uint64_t* second,
                                          std::uint64_t* result, std::uint64_t* doubled, bool& has_double);
std::string_view secp256r1_add_and_double(const std::uint64_t* first, const std::uint64_t* second,
                                          std::uint64_t* result, std::uint64_t* doubled, bool& has_double);
std::string_view bn254_add_and_double(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result,
                                      std::uint64_t* doubled, bool& has_double);
std::string_view bls12_381_add_and_double(const std::uint64_t* first, const std::uint64_t* second,
                                          std::uint64_t* result, std::uint64_t* doubled, bool& has_double);

std::string_view secp256k1_add(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result);
std::string_view secp256k1_double(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result);
std::string_view secp256r1_add(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result);
std::string_view secp256r1_double(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result);
std::string_view bn254_add(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result);
std::string_view bn254_double(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result);
std::string_view bn254_complex_add(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result);
std::string_view bn254_complex_subtract(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result);
std::string_view bn254_complex_multiply(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result);
std::string_view bls12_381_add(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result);
std::string_view bls12_381_double(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result);
std::string_view bls12_381_complex_add(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result);
std::string_view bls12_381_complex_subtract(const std::uint64_t* first, const std::uint64_t* second,
                                            std::uint64_t* result);
std::string_view bls12_381_complex_multiply(const std::uint64_t* first, const std::uint64_t* second,
                                            std::uint64_t* result);
std::string_view babyjubjub_add(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result);
std::string_view ed25519_add(const std::uint64_t* first, const std::uint64_t* second, std::uint64_t* result);

}  // namespace cyclegate::vm
