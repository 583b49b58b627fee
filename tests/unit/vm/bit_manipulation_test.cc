// Zba, Zbb, Zbs, pack* and brev8: the words are GNU as 2.40's for `name x7, x5, x6` (or an immediate); the results are
// worked out bit by bit from the ratified text of the extensions, not with the executor's expressions.
#include <array>
#include <bitset>
#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "assemble.h"
#include "vm/machine.h"
#include "vm/program.h"

using namespace cyclegate;            // NOLINT(google-build-using-namespace): a test
using namespace cyclegate::test::rv;  // NOLINT(google-build-using-namespace): reads like assembly

namespace {

using Bits = std::bitset<64>;
using u64 = std::uint64_t;

struct Encoded {
  std::string name;
  Word word;
  u64 immediate;
};

const std::vector<Encoded> encoded = {
    {"add.uw", 0x086283bb, 0},
    {"sh1add", 0x2062a3b3, 0},
    {"sh2add", 0x2062c3b3, 0},
    {"sh3add", 0x2062e3b3, 0},
    {"sh1add.uw", 0x2062a3bb, 0},
    {"sh2add.uw", 0x2062c3bb, 0},
    {"sh3add.uw", 0x2062e3bb, 0},
    {"andn", 0x4062f3b3, 0},
    {"orn", 0x4062e3b3, 0},
    {"xnor", 0x4062c3b3, 0},
    {"min", 0x0a62c3b3, 0},
    {"max", 0x0a62e3b3, 0},
    {"minu", 0x0a62d3b3, 0},
    {"maxu", 0x0a62f3b3, 0},
    {"rol", 0x606293b3, 0},
    {"ror", 0x6062d3b3, 0},
    {"rolw", 0x606293bb, 0},
    {"rorw", 0x6062d3bb, 0},
    {"bset", 0x286293b3, 0},
    {"bclr", 0x486293b3, 0},
    {"binv", 0x686293b3, 0},
    {"bext", 0x4862d3b3, 0},
    {"pack", 0x0862c3b3, 0},
    {"packh", 0x0862f3b3, 0},
    {"packw", 0x0862c3bb, 0},
    {"clz", 0x60029393, 0},
    {"ctz", 0x60129393, 0},
    {"cpop", 0x60229393, 0},
    {"clzw", 0x6002939b, 0},
    {"ctzw", 0x6012939b, 0},
    {"cpopw", 0x6022939b, 0},
    {"sext.b", 0x60429393, 0},
    {"sext.h", 0x60529393, 0},
    {"zext.h", 0x0802c3bb, 0},
    {"rev8", 0x6b82d393, 0},
    {"brev8", 0x6872d393, 0},
    {"orc.b", 0x2872d393, 0},
    {"rori", 0x60d2d393, 13},
    {"rori", 0x63f2d393, 63},
    {"roriw", 0x6112d39b, 17},
    {"bseti", 0x2a829393, 40},
    {"bclri", 0x4a129393, 33},
    {"binvi", 0x6bf29393, 63},
    {"bexti", 0x4852d393, 5},
    {"slli.uw", 0x0a32939b, 35},
};

u64 low(u64 value, unsigned width) {
  u64 out = 0;
  for (unsigned i = 0; i < width; ++i) out |= value & (u64{1} << i);
  return out;
}
u64 extend(u64 value, unsigned width) {
  Bits bits(value);
  for (unsigned i = width; i < 64; ++i) bits[i] = bits[width - 1];
  return bits.to_ullong();
}
u64 rotate_left(u64 value, unsigned by, unsigned width) {
  Bits out;
  for (unsigned i = 0; i < width; ++i) out[(i + by) % width] = ((value >> i) & 1) != 0;
  return out.to_ullong();
}
u64 leading(u64 value, unsigned width) {
  u64 count = 0;
  while (count < width && ((value >> (width - 1 - count)) & 1) == 0) ++count;
  return count;
}
u64 trailing(u64 value, unsigned width) {
  u64 count = 0;
  while (count < width && ((value >> count) & 1) == 0) ++count;
  return count;
}
u64 by_bytes(u64 value, const std::function<u64(unsigned index, u64 byte)>& place) {
  u64 out = 0;
  for (unsigned i = 0; i < 8; ++i) out |= place(i, (value >> (8 * i)) & 255);
  return out;
}
bool less(u64 a, u64 b) { return (a ^ (u64{1} << 63)) < (b ^ (u64{1} << 63)); }
u64 with_bit(u64 value, u64 at, int action) {
  Bits bits(value);
  const auto i = static_cast<std::size_t>(at % 64);
  if (action == 0) bits.reset(i);
  if (action == 1) bits.set(i);
  if (action == 2) bits.flip(i);
  return bits.to_ullong();
}

using Reference = std::function<u64(u64 a, u64 b)>;

const std::map<std::string, Reference> references = {
    {"add.uw", [](u64 a, u64 b) { return low(a, 32) + b; }},
    {"sh1add", [](u64 a, u64 b) { return a * 2 + b; }},
    {"sh2add", [](u64 a, u64 b) { return a * 4 + b; }},
    {"sh3add", [](u64 a, u64 b) { return a * 8 + b; }},
    {"sh1add.uw", [](u64 a, u64 b) { return low(a, 32) * 2 + b; }},
    {"sh2add.uw", [](u64 a, u64 b) { return low(a, 32) * 4 + b; }},
    {"sh3add.uw", [](u64 a, u64 b) { return low(a, 32) * 8 + b; }},
    {"andn", [](u64 a, u64 b) { return (Bits(a) & ~Bits(b)).to_ullong(); }},
    {"orn", [](u64 a, u64 b) { return (Bits(a) | ~Bits(b)).to_ullong(); }},
    {"xnor", [](u64 a, u64 b) { return (~(Bits(a) ^ Bits(b))).to_ullong(); }},
    {"min", [](u64 a, u64 b) { return less(a, b) ? a : b; }},
    {"max", [](u64 a, u64 b) { return less(a, b) ? b : a; }},
    {"minu", [](u64 a, u64 b) { return a < b ? a : b; }},
    {"maxu", [](u64 a, u64 b) { return a < b ? b : a; }},
    {"rol", [](u64 a, u64 b) { return rotate_left(a, b % 64, 64); }},
    {"ror", [](u64 a, u64 b) { return rotate_left(a, 64 - b % 64, 64); }},
    {"rolw", [](u64 a, u64 b) { return extend(rotate_left(a, b % 32, 32), 32); }},
    {"rorw", [](u64 a, u64 b) { return extend(rotate_left(a, 32 - b % 32, 32), 32); }},
    {"rori", [](u64 a, u64 b) { return rotate_left(a, 64 - b % 64, 64); }},
    {"roriw", [](u64 a, u64 b) { return extend(rotate_left(a, 32 - b % 32, 32), 32); }},
    {"bset", [](u64 a, u64 b) { return with_bit(a, b, 1); }},
    {"bclr", [](u64 a, u64 b) { return with_bit(a, b, 0); }},
    {"binv", [](u64 a, u64 b) { return with_bit(a, b, 2); }},
    {"bext", [](u64 a, u64 b) { return Bits(a).test(b % 64) ? u64{1} : u64{0}; }},
    {"bseti", [](u64 a, u64 b) { return with_bit(a, b, 1); }},
    {"bclri", [](u64 a, u64 b) { return with_bit(a, b, 0); }},
    {"binvi", [](u64 a, u64 b) { return with_bit(a, b, 2); }},
    {"bexti", [](u64 a, u64 b) { return Bits(a).test(b % 64) ? u64{1} : u64{0}; }},
    {"slli.uw", [](u64 a, u64 b) { return low(a, 32) << b; }},
    {"pack", [](u64 a, u64 b) { return low(a, 32) + low(b, 32) * 0x1'0000'0000; }},
    {"packh", [](u64 a, u64 b) { return low(a, 8) + low(b, 8) * 256; }},
    {"packw", [](u64 a, u64 b) { return extend(low(a, 16) + low(b, 16) * 65536, 32); }},
    {"clz", [](u64 a, u64) { return leading(a, 64); }},
    {"ctz", [](u64 a, u64) { return trailing(a, 64); }},
    {"cpop", [](u64 a, u64) { return u64{Bits(a).count()}; }},
    {"clzw", [](u64 a, u64) { return leading(a, 32); }},
    {"ctzw", [](u64 a, u64) { return trailing(a, 32); }},
    {"cpopw", [](u64 a, u64) { return u64{Bits(low(a, 32)).count()}; }},
    {"sext.b", [](u64 a, u64) { return extend(a, 8); }},
    {"sext.h", [](u64 a, u64) { return extend(a, 16); }},
    {"zext.h", [](u64 a, u64) { return low(a, 16); }},
    {"rev8", [](u64 a, u64) { return by_bytes(a, [](unsigned i, u64 byte) { return byte << (8 * (7 - i)); }); }},
    {"brev8",
     [](u64 a, u64) {
       return by_bytes(a, [](unsigned i, u64 byte) {
         u64 reversed = 0;
         for (unsigned bit = 0; bit < 8; ++bit) reversed |= ((byte >> bit) & 1) << (7 - bit);
         return reversed << (8 * i);
       });
     }},
    {"orc.b", [](u64 a, u64) { return by_bytes(a, [](unsigned i, u64 byte) { return (byte != 0 ? u64{255} : 0) << (8 * i); }); }},
};

}  // namespace

TEST_CASE("bit manipulation instructions give what their definitions say") {
  std::mt19937_64 random(20260614);
  const std::array<u64, 8> edges = {0, 1, ~u64{0}, u64{1} << 63, 0x7fff'ffff, 0x8000'0000, 0xffff'ffff, 0x0102'0408'1020'4080};
  for (const Encoded& one : encoded) {
    INFO(one.name);
    for (int round = 0; round < 40; ++round) {
      const u64 a = round < 16 ? edges[static_cast<std::size_t>(round) % 8] : random() >> (random() % 64);
      const u64 b = round < 16 ? edges[static_cast<std::size_t>(round) / 2] : random() >> (random() % 64);
      Text text;
      text << load_value(t0, a) << load_value(t1, b) << one.word;
      const std::size_t before = text.size() - 1;
      const auto program = vm::load(image(text.exit()), vm::cost_model("zisk-1.4.0-alpha"));
      REQUIRE(program);
      u64 result = 0;
      const auto execution = vm::execute(*program, {}, {}, model::Detail::cost,
                                         [&](const vm::MachineView& view) { result = view.registers()[t2]; });
      const bool immediate = one.immediate != 0;
      REQUIRE(result == references.at(one.name)(a, immediate ? one.immediate : b));
      // One step, but two for the .uw additions.
      const bool two = one.name.ends_with(".uw") && one.name != "slli.uw";
      REQUIRE(execution.steps == 189 + before + (two ? 2 : 1) + 3);
    }
  }
}
