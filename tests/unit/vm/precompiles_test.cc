// Precompiles as guests call them.
#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assemble.h"
#include "vm/keccak.h"
#include "vm/machine.h"
#include "vm/program.h"
#include "vm/sha256.h"

using namespace cyclegate;            // NOLINT(google-build-using-namespace): a test
using namespace cyclegate::test::rv;  // NOLINT(google-build-using-namespace): reads like assembly

namespace {

std::string hex(std::span<const std::uint8_t> bytes) {
  std::string out;
  for (const std::uint8_t byte : bytes) {
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

/// The Keccak sponge of rate 136 with the given domain byte, over the permutation under test.
std::string keccak_256(std::string_view message, std::uint8_t domain) {
  std::vector<std::uint8_t> bytes(message.begin(), message.end());
  bytes.push_back(domain);
  bytes.resize((bytes.size() + 135) / 136 * 136);
  bytes.back() |= 0x80;
  std::array<std::uint64_t, 25> state{};
  for (std::size_t block = 0; block < bytes.size(); block += 136) {
    for (std::size_t i = 0; i < 136; ++i) state[i / 8] ^= std::uint64_t{bytes[block + i]} << (8 * (i % 8));
    vm::keccak_f(state);
  }
  std::array<std::uint8_t, 32> digest{};
  for (std::size_t i = 0; i < 32; ++i) digest[i] = static_cast<std::uint8_t>(state[i / 8] >> (8 * (i % 8)));
  return hex(digest);
}

std::string sha_256(std::string_view message) {
  std::vector<std::uint8_t> bytes(message.begin(), message.end());
  bytes.push_back(0x80);
  while (bytes.size() % 64 != 56) bytes.push_back(0);
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(message.size() * 8 >> shift));
  std::array<std::uint32_t, 8> state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  for (std::size_t block = 0; block < bytes.size(); block += 64) {
    vm::sha256_compress(state, std::span<const std::uint8_t, 64>(bytes.data() + block, 64));
  }
  std::array<std::uint8_t, 32> digest{};
  for (std::size_t i = 0; i < 32; ++i) digest[i] = static_cast<std::uint8_t>(state[i / 4] >> (24 - 8 * (i % 4)));
  return hex(digest);
}

constexpr std::uint64_t base = 0xa0500000;

/// Runs one DMA call on 256 random bytes at `base`; t2 receives its result.
struct Dma {
  std::vector<std::uint8_t> before;
  std::vector<std::uint8_t> after;
  std::uint64_t result = 0;
  std::uint64_t steps = 0;
};

Dma run_dma(std::uint64_t to, std::uint64_t from, std::uint64_t count, const std::vector<Word>& call, unsigned seed,
            std::size_t period = 256) {
  Dma out;
  std::mt19937 random(seed);
  for (std::size_t i = 0; i < 256; ++i) {
    out.before.push_back(i < period ? static_cast<std::uint8_t>(random()) : out.before[i - period]);
  }
  elf::Image guest = image((Text{} << load_value(t0, base + to) << load_value(t1, base + from) << load_value(a1, count) << call).exit());
  guest.segments.push_back({.address = base, .memory_size = 256, .readable = true, .writable = true, .executable = false, .bytes = out.before});
  const auto program = vm::load(guest, vm::cost_model("zisk-1.4.0-alpha"));
  REQUIRE(program);
  out.after.resize(256);
  const auto execution = vm::execute(*program, {}, {}, model::Detail::cost, [&](const vm::MachineView& view) {
    out.result = view.registers()[t2];
    CHECK(view.read(base, out.after));
  });
  CHECK(execution.outcome.ok());
  out.steps = execution.steps - 189 - 33 - 3;
  return out;
}

}  // namespace

TEST_CASE("keccak_f gives the published digests") {
  // Keccak-256 of "" and "abc" (Ethereum's hash); SHA3-256 of "abc" and of 200 bytes of a3 (NIST's SHA3-256_Msg1600).
  CHECK(keccak_256("", 0x01) == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
  CHECK(keccak_256("abc", 0x01) == "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
  CHECK(keccak_256("abc", 0x06) == "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532");
  CHECK(keccak_256(std::string(200, '\xa3'), 0x06) == "79f38adec5c20307a98ef76e8324afbfd46cfd81b22e3973c65fa1bd9de31787");
}

TEST_CASE("sha256_compress gives the published digests") {
  // FIPS 180-2, B.1 to B.3, and the empty message.
  CHECK(sha_256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha_256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha_256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha_256(std::string(1'000'000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("DMA copies, compares and sets bytes at every alignment, overlapping or not") {
  unsigned seed = 1;
  for (const std::uint64_t count : {0U, 1U, 7U, 8U, 9U, 23U, 64U, 100U}) {
    for (std::uint64_t to = 40; to < 56; to += 3) {
      for (std::uint64_t from = 36; from < 150; from += 37) {
        INFO(count << ' ' << to << ' ' << from);
        const std::vector<Word> copy = {csrrs(t2, 0x813, t1), add(zero, t0, a1)};
        const auto copied = run_dma(to, from, count, copy, seed++);
        auto expected = copied.before;
        for (std::uint64_t i = 0; i < count; ++i) expected[to + i] = copied.before[from + i];
        CHECK(copied.after == expected);
        CHECK(copied.result == base + to);
        CHECK(copied.steps == 2);

        const std::vector<Word> copy_immediate = {csrrs(t2, 0x813, t1), addi(zero, t0, static_cast<int>(count))};
        const auto copied_too = run_dma(to, from, count, copy_immediate, seed - 1);
        CHECK(copied_too.after == expected);
        CHECK(copied_too.steps == 1);

        const std::vector<Word> compare = {csrrs(t2, 0x814, t1), add(zero, t0, a1)};
        // A short period makes long equal runs.
        const auto compared = run_dma(to, from, count, compare, seed, 1 + seed % 40);
        std::int64_t difference = 0;
        for (std::uint64_t i = 0; i < count && difference == 0; ++i) {
          difference = std::int64_t{compared.before[to + i]} - compared.before[from + i];
        }
        CHECK(compared.after == compared.before);
        CHECK(static_cast<std::int64_t>(compared.result) == difference);
        CHECK(compared.steps == 2);

        const std::vector<Word> set = {csrrs(zero, 0x816, t0), addi(zero, a1, 0x5a)};
        const auto filled = run_dma(to, from, count, set, seed);
        expected = filled.before;
        std::fill_n(expected.begin() + static_cast<std::ptrdiff_t>(to), count, std::uint8_t{0x5a});
        CHECK(filled.after == expected);
        CHECK(filled.steps == 1);
      }
    }
  }
}

TEST_CASE("the three-instruction memset takes its length from the instruction") {
  const std::vector<Word> set = {(0x816U << 20) | (2U << 15) | (6U << 12) | 0x73, addi(zero, t0, 77), addi(zero, t0, 9)};
  const auto filled = run_dma(13, 0, 0, set, 5);
  auto expected = filled.before;
  std::fill_n(expected.begin() + 13, 77, std::uint8_t{9});
  CHECK(filled.after == expected);
  CHECK(filled.steps == 1);
}
