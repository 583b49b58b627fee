// The functions behind precompiles against published numbers, and field arithmetic against another implementation.
#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "vm/big_integer.h"
#include "vm/blake.h"
#include "vm/curves.h"
#include "vm/fcalls.h"
#include "vm/operands.h"
#include "vm/prime_field.h"
#include "vm/secp256k1_field.h"

using namespace cyclegate;  // NOLINT(google-build-using-namespace): a test

namespace {

/// Words of a number in hexadecimal, least significant first.
std::vector<std::uint64_t> words(std::string_view hex, std::size_t count) {
  std::vector<std::uint64_t> out(count);
  for (std::size_t i = 0; i < hex.size(); ++i) {
    const char digit = hex[hex.size() - 1 - i];
    const auto value = static_cast<std::uint64_t>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
    out[i / 16] |= value << (4 * (i % 16));
  }
  return out;
}

struct Point {
  std::string_view x;
  std::string_view y;
};

std::vector<std::uint64_t> words(const Point& point, std::size_t count) {
  auto out = words(point.x, count);
  const auto y = words(point.y, count);
  out.insert(out.end(), y.begin(), y.end());
  return out;
}

/// The generator of a curve and twice it.
struct Curve {
  std::string_view name;
  std::size_t words;
  vm::OperandFunction add;
  vm::OperandFunction twice;
  vm::AddAndDouble add_and_double;
  Point generator;
  Point doubled;
};

const std::array<Curve, 4> curves = {{
    {"secp256k1 (SEC 2)",
     4,
     vm::secp256k1_add,
     vm::secp256k1_double,
     vm::secp256k1_add_and_double,
     {"79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
      "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"},
     {"c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5",
      "1ae168fea63dc339a3c58419466ceaeef7f632653266d0e1236431a950cfe52a"}},
    {"P-256 (NIST)",
     4,
     vm::secp256r1_add,
     vm::secp256r1_double,
     vm::secp256r1_add_and_double,
     {"6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
      "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"},
     {"7cf27b188d034f7e8a52380304b51ac3c08969e277f21b35a60b48fc47669978",
      "07775510db8ed040293d9ac69f7430dbba7dade63ce982299e04b79d227873d1"}},
    {"BN254 (EIP-196)",
     4,
     vm::bn254_add,
     vm::bn254_double,
     vm::bn254_add_and_double,
     {"1", "2"},
     {"030644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd3",
      "15ed738c0e0a7c92e7845f96b2ae9c0a68a6a449e3538fc7ff3ebf7a5a18a2c4"}},
    {"BLS12-381 (EIP-2537)",
     6,
     vm::bls12_381_add,
     vm::bls12_381_double,
     vm::bls12_381_add_and_double,
     {"17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb",
      "08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1"},
     {"0572cbea904d67468808c8eb50a9450c9721db309128012543902d0ac358a62ae28f75bb8f1c7c42c39a8c5529bf0f4e",
      "166a9d8cabc673a322fda673779d8e3822ba3ecb8670e461f73bb9021d5fd76a4c56d9d4cd16bd1bba86881979749d28"}},
}};

template <typename Field>
void check_field(const Field& field, unsigned seed) {
  using Element = typename Field::Element;
  std::mt19937_64 random(seed);
  const auto any = [&] {
    Element out{};
    for (auto& word : out) word = random() % 8 == 0 ? std::uint64_t{0} - random() % 2 : random();
    return field.reduced(out);
  };
  const Element one = {1};
  const Element last = field.difference({}, one);
  for (int i = 0; i < 3000; ++i) {
    const Element a = i == 0 ? one : i == 1 ? last : i == 2 ? Element{2} : any();
    const Element b = i < 4 ? last : any();
    if (field.is_zero(a)) continue;
    Element expected{};
    REQUIRE(vm::multiply_add_modulo(a, b, Element{}, field.prime(), expected.data()));
    CHECK(field.times(a, b) == expected);
    CHECK(field.lowered(field.product(field.lifted(a), field.lifted(b))) == expected);
    CHECK(field.times(a, field.inverse(a)) == one);
    CHECK(field.lowered(field.lifted_inverse(field.lifted(a))) == field.inverse(a));
    CHECK(field.sum(field.difference(a, b), b) == a);
    CHECK(field.holds(expected));
  }
}

}  // namespace

TEST_CASE("twice the generator of each curve is the published point") {
  for (const Curve& curve : curves) {
    INFO(curve.name);
    const auto generator = words(curve.generator, curve.words);
    std::vector<std::uint64_t> result(2 * curve.words);
    CHECK(curve.twice(generator.data(), nullptr, result.data()).empty());
    CHECK(result == words(curve.doubled, curve.words));
    CHECK_FALSE(curve.add(generator.data(), generator.data(), result.data()).empty());
  }
}

TEST_CASE("a double made with its sum is the double made alone") {
  for (const Curve& curve : curves) {
    INFO(curve.name);
    const auto generator = words(curve.generator, curve.words);
    auto point = words(curve.doubled, curve.words);
    for (int i = 0; i < 50; ++i) {
      std::vector<std::uint64_t> sum(2 * curve.words);
      std::vector<std::uint64_t> alone(2 * curve.words);
      std::vector<std::uint64_t> together(2 * curve.words);
      std::vector<std::uint64_t> doubled(2 * curve.words);
      bool has_double = false;
      REQUIRE(curve.add(point.data(), generator.data(), sum.data()).empty());
      REQUIRE(curve.twice(sum.data(), nullptr, alone.data()).empty());
      REQUIRE(
          curve.add_and_double(point.data(), generator.data(), together.data(), doubled.data(), has_double).empty());
      CHECK(has_double);
      CHECK(together == sum);
      CHECK(doubled == alone);
      point = alone;
    }
    // A sum with y = 0 has no double: on a line that meets its mirrored third point on the x axis.
    std::vector<std::uint64_t> result(2 * curve.words);
    std::vector<std::uint64_t> doubled(2 * curve.words);
    std::vector<std::uint64_t> origin(2 * curve.words);
    std::vector<std::uint64_t> right(2 * curve.words);
    right[0] = 1;
    bool has_double = true;
    CHECK(curve.add_and_double(origin.data(), right.data(), result.data(), doubled.data(), has_double).empty());
    CHECK_FALSE(has_double);
    CHECK(std::ranges::all_of(result.begin() + static_cast<std::ptrdiff_t>(curve.words), result.end(),
                              [](std::uint64_t word) { return word == 0; }));
  }
}

TEST_CASE("points on Edwards curves add up to the published ones") {
  // RFC 8032's base point twice.
  const auto base = words(Point{"216936d3cd6e53fec0a4e231fdd6dc5c692cc7609525a7b2c9562d608f25d51a",
                                "6666666666666666666666666666666666666666666666666666666666666658"},
                          4);
  std::vector<std::uint64_t> result(8);
  CHECK(vm::ed25519_add(base.data(), base.data(), result.data()).empty());
  CHECK(result == words(Point{"36ab384c9f5a046c3d043b7d1833e7ac080d8e4515d7a45f83c5a14e2843ce0e",
                              "2260cdf3092329c21da25ee8c9a21f5697390f51643851560e5f46ae6af8a3c9"},
                        4));
  // circomlib, test/babyjub.js, "Should add two points".
  const auto first = words(Point{"274dbce8d15179969bc0d49fa725bddf9de555e0ba6a693c6adb52fc9ee7a82c",
                                 "05ce98c61b05f47fe2eae9a542bd99f6b2e78246231640b54595febfd51eb853"},
                           4);
  const auto second = words(Point{"2491aba8d3a191a76e35bc47bd9afe6cc88fee14d607cbe779f2349047d5c157",
                                  "2e07297f8d3c3d7818dbddfd24c35583f9a9d4ed0cb0c1d1348dd8f7f99152d7"},
                            4);
  CHECK(vm::babyjubjub_add(first.data(), second.data(), result.data()).empty());
  CHECK(result == words(Point{"11805510440a3488b3b811eaacd0ec7c72dded51978190e19067a2afaebaf361",
                              "1f07aa1b3c598e2ff9ff77744a39298a0a89a9027777af9fa100dd448e072c13"},
                        4));
}

TEST_CASE("BLAKE2b and BLAKE2s of abc are RFC 7693's") {
  const std::array<std::uint64_t, 8> start = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
                                              0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
                                              0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
  std::array<std::uint64_t, 16> message{};
  message[0] = 0x636261;
  auto chain = start;
  chain[0] ^= 0x01010040;
  std::array<std::uint64_t, 16> state{};
  for (std::size_t i = 0; i < 8; ++i) {
    state[i] = chain[i];
    state[8 + i] = start[i];
  }
  state[12] ^= 3;
  state[14] = ~state[14];
  for (std::uint64_t round = 0; round < 12; ++round) vm::blake2b_round(state.data(), message.data(), round);
  for (std::size_t i = 0; i < 8; ++i) chain[i] ^= state[i] ^ state[8 + i];
  // The digest's bytes, ba80a53f 981c4d0d ..., as little-endian words.
  CHECK(chain[0] == 0x0d4d1c983fa580ba);
  CHECK(chain[1] == 0xe9f6129fb697276a);
  CHECK(chain[7] == 0x239900d4ed8623b9);

  std::array<std::uint64_t, 8> small_message{};
  small_message[0] = 0x636261;
  std::array<std::uint64_t, 8> small{};
  const auto initial = [&](std::size_t i) { return static_cast<std::uint32_t>(start[i] >> 32); };
  std::array<std::uint32_t, 16> lanes{};
  for (std::size_t i = 0; i < 8; ++i) lanes[i] = lanes[8 + i] = initial(i);
  lanes[0] ^= 0x01010020;
  lanes[12] ^= 3;
  lanes[14] = ~lanes[14];
  for (std::size_t i = 0; i < 8; ++i) small[i] = lanes[2 * i] | (std::uint64_t{lanes[2 * i + 1]} << 32);
  CHECK(vm::blake2s_rounds(small.data(), small_message.data(), small.data()).empty());
  const auto lane = [&](std::size_t i) { return static_cast<std::uint32_t>(small[i / 2] >> (32 * (i % 2))); };
  CHECK((initial(0) ^ 0x01010020 ^ lane(0) ^ lane(8)) == 0x8c5e8c50);
  CHECK((initial(7) ^ lane(7) ^ lane(15)) == 0x82596786);
}

TEST_CASE("BLAKE3 of the empty message is the published digest") {
  constexpr std::array<std::uint64_t, 4> start = {0xbb67ae856a09e667, 0xa54ff53a3c6ef372, 0x9b05688c510e527f,
                                                  0x5be0cd191f83d9ab};
  // Chaining value, half of the start again, counter 0, length 0, flags first chunk, last block, root.
  std::array<std::uint64_t, 8> state = {start[0], start[1], start[2], start[3],
                                        start[0], start[1], 0,        std::uint64_t{1 | 2 | 8} << 32};
  const std::array<std::uint64_t, 8> message{};
  CHECK(vm::blake3_rounds(state.data(), message.data(), state.data()).empty());
  // af1349b9 f5f9a1a6 ...
  CHECK((state[0] ^ state[4]) == 0xa6a1f9f5b94913af);
  CHECK((state[3] ^ state[7]) == 0x62321fe4ca939acc);
}

TEST_CASE("field arithmetic agrees with GMP's, and inverses are inverses") {
  check_field(vm::Secp256k1Field(), 1);
  check_field(vm::PrimeField<4>({0xfffffffefffffc2f, ~0ULL, ~0ULL, ~0ULL}), 2);
  check_field(vm::PrimeField<4>({~0ULL, 0xffffffff, 0, 0xffffffff00000001}), 3);
  check_field(vm::PrimeField<4>({0x3c208c16d87cfd47, 0x97816a916871ca8d, 0xb85045b68181585d, 0x30644e72e131a029}), 4);
  check_field(vm::PrimeField<4>({~0ULL - 18, ~0ULL, ~0ULL, ~0ULL >> 1}), 5);
  check_field(vm::PrimeField<6>({0xb9feffffffffaaab, 0x1eabfffeb153ffff, 0x6730d2a0f6b0f624, 0x64774b84f38512bf,
                                 0x4b1ba7b6434bacd7, 0x1a0111ea397fe69a}),
              6);
}

TEST_CASE("an fcall's words beyond its parameters are those of the call before") {
  vm::FcallState state;
  const std::array<std::uint64_t, 8> both = {1000, 0, 0, 0, 7, 0, 0, 0};
  const std::array<std::uint64_t, 4> dividend = {2000, 0, 0, 0};
  REQUIRE(state.add(both));
  CHECK(state.call(19, 0).empty());
  CHECK(state.port() == 142);
  REQUIRE(state.add(dividend));
  CHECK(state.call(19, 0).empty());
  CHECK(state.port() == 285);
  CHECK(state.take(8)[4] == 5);
  CHECK(state.port() == 0);
  CHECK_FALSE(state.may_take(1));
}
