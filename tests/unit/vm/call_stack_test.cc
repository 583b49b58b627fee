// Calls, tail calls, recursion and unwinding as guests do them, in a few instructions each; the expected numbers are
// counted by hand.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "assemble.h"
#include "profile_checks.h"
#include "vm/machine.h"
#include "vm/program.h"

using namespace cyclegate;            // NOLINT(google-build-using-namespace): a test
using namespace cyclegate::test::rv;  // NOLINT(google-build-using-namespace): reads like assembly

namespace {

constexpr Reg sp = 2, s0 = 8, s1 = 9;

/// A text of several functions with labels.
class Listing {
 public:
  Listing& function(const std::string& name) {
    functions_.push_back(name);
    return label(name);
  }
  Listing& label(const std::string& name) {
    labels_[name] = words_.size();
    return *this;
  }
  Listing& operator<<(Word word) {
    words_.push_back(word);
    return *this;
  }
  /// jal
  Listing& jump(Reg rd, const std::string& to) {
    fixups_.emplace_back(words_.size(), to);
    return *this << ((rd << 7) | 0x6f);
  }
  /// beq rs1, x0
  Listing& branch_if_zero(Reg rs1, const std::string& to) {
    fixups_.emplace_back(words_.size(), to);
    return *this << ((rs1 << 15) | 0x63);
  }
  /// Two instructions: rd = address of a label.
  Listing& address(Reg rd, const std::string& of) {
    fixups_.emplace_back(words_.size() + 1, of);
    return *this << auipc(rd, 0) << addi(rd, rd, 0);
  }
  Listing& nothing(int times) {
    for (int i = 0; i < times; ++i) *this << addi(t2, t2, 1);
    return *this;
  }
  Listing& ret() { return *this << jalr(zero, ra, 0); }
  Listing& enter() { return *this << addi(sp, sp, -16) << sd(ra, sp, 8); }
  Listing& leave() { return (*this << ld(ra, sp, 8) << addi(sp, sp, 16)).ret(); }

  vm::Program load() const {
    Text text;
    for (std::size_t i = 0; i < words_.size(); ++i) text << fixed(i);
    elf::Image guest = image(text);
    for (const std::string& name : functions_) {
      guest.functions.push_back({.address = 0x90000000 + 4 * labels_.at(name), .size = 0, .name = name});
    }
    const auto program = vm::load(guest, vm::cost_model("zisk-1.4.0-alpha"));
    REQUIRE(program);
    return *program;
  }

  model::Execution run() const {
    const vm::Program program = load();
    const auto execution = vm::execute(program, {}, {.max_steps = 100'000}, model::Detail::functions);
    CHECK(execution.outcome.ok());
    std::uint64_t steps = 0;
    model::CostParts parts;
    for (const auto& row : execution.functions) {
      steps += row.steps_self;
      parts += row.self;
      CHECK(row.steps_self <= row.steps_total);
      CHECK(row.steps_total <= execution.steps);
    }
    CHECK(steps == execution.steps);
    CHECK(parts == execution.cost->parts);
    const auto profiled = vm::execute(program, {}, {.max_steps = 100'000}, model::Detail::profile);
    test::check_profile(profiled);
    CHECK(profiled.functions == execution.functions);
    model::Execution unprofiled = profiled;
    unprofiled.profile.reset();
    CHECK(unprofiled == execution);
    return profiled;
  }

 private:
  Word fixed(std::size_t at) const {
    const Word word = words_[at];
    const auto fixup = std::ranges::find(fixups_, at, &std::pair<std::size_t, std::string>::first);
    if (fixup == fixups_.end()) return word;
    const auto target = static_cast<std::int64_t>(labels_.at(fixup->second));
    const auto distance = static_cast<Word>(4 * (target - static_cast<std::int64_t>(at)));
    if ((word & 0x7f) == 0x6f) {
      return word | (distance >> 20 & 1) << 31 | (distance >> 1 & 0x3ff) << 21 | (distance >> 11 & 1) << 20 |
             (distance & 0xff000);
    }
    if ((word & 0x7f) == 0x63) {
      return word | (distance >> 12 & 1) << 31 | (distance >> 5 & 0x3f) << 25 | (distance >> 1 & 0xf) << 8 |
             (distance >> 11 & 1) << 7;
    }
    // addi behind auipc: the distance is from there.
    return word | (distance + 4) << 20;
  }

  std::vector<Word> words_;
  std::vector<std::string> functions_;
  std::map<std::string, std::size_t> labels_;
  std::vector<std::pair<std::size_t, std::string>> fixups_;
};

/// Sets the stack up, calls `main` with a0 = `argument` and exits; 12 instructions.
Listing start(int argument) {
  Listing out;
  out.function("_start") << lui(sp, 0xa0300) << slli(sp, sp, 32);
  // lui extends the sign; the upper half goes.
  out << i_type(32, sp, 5, sp, 0x13) << addi(a0, zero, argument);
  out.jump(ra, "main");
  // The exit adds to no function but this one.
  return out << addi(a7, zero, 93) << addi(a0, zero, 0) << ecall();
}

const model::FunctionCost& row(const model::Execution& execution, const std::string& name) {
  const auto found = std::ranges::find(execution.functions, name, &model::FunctionCost::name);
  REQUIRE(found != execution.functions.end());
  return *found;
}

/// The call tree without the BIOS, which comes last.
std::string tree(const model::Execution& execution) {
  const std::string text = test::folded(*execution.profile);
  const std::size_t bios = text.find("[zisk bios]");
  REQUIRE(bios != std::string::npos);
  return text.substr(0, bios);
}

void check(const model::Execution& execution, const std::string& name, std::uint64_t calls, std::uint64_t self,
           std::uint64_t total) {
  const auto& found = row(execution, name);
  INFO(name);
  CHECK(found.calls == calls);
  CHECK(found.steps_self == self);
  CHECK(found.steps_total == total);
}

}  // namespace

TEST_CASE("functions that call each other recursively are counted once each") {
  // even(n) calls odd(n - 1) and the other way round; 5 to 0.
  Listing text = start(5);
  text.function("main").enter().jump(ra, "even").leave();
  for (const auto& [one, other] : {std::pair("even", "odd"), std::pair("odd", "even")}) {
    text.function(one).enter().branch_if_zero(a0, std::string(one) + "_end");
    text << addi(a0, a0, -1);
    text.jump(ra, other).label(std::string(one) + "_end").leave();
  }
  const auto execution = text.run();
  // enter 2, branch 1, addi and jal 2, leave 3; without the two at the end.
  check(execution, "even", 3, 3 * 8, 3 * 8 + 2 * 8 + 6);
  check(execution, "odd", 3, 2 * 8 + 6, 2 * 8 + 2 * 8 + 6);
  check(execution, "main", 1, 6, 6 + 46);
  CHECK(tree(execution) ==
        "_start 1 8\n"
        "_start;main 1 6\n"
        "_start;main;even 1 8\n"
        "_start;main;even;odd 1 8\n"
        "_start;main;even;odd;even 1 8\n"
        "_start;main;even;odd;even;odd 1 8\n"
        "_start;main;even;odd;even;odd;even 1 8\n"
        "_start;main;even;odd;even;odd;even;odd 1 6\n");
}

TEST_CASE("functions that tail-call each other are counted as calls and leave with their caller") {
  Listing text = start(5);
  text.function("main").enter().jump(ra, "even").nothing(10).leave();
  for (const auto& [one, other] : {std::pair("even", "odd"), std::pair("odd", "even")}) {
    text.function(one).branch_if_zero(a0, std::string(one) + "_end");
    text << addi(a0, a0, -1);
    text.jump(zero, other).label(std::string(one) + "_end").ret();
  }
  const auto execution = text.run();
  CHECK(tree(execution) ==
        "_start 1 8\n"
        "_start;main 1 16\n"
        "_start;main;even 3 9\n"
        "_start;main;even;odd 3 8\n");
  check(execution, "even", 3, 9, 9 + 6 + 2);
  check(execution, "odd", 3, 8, 3 + 3 + 2);
  check(execution, "main", 1, 16, 16 + 17);
}

TEST_CASE("a tail call by a computed jump goes with its caller's return") {
  Listing text = start(0);
  text.function("main").enter().jump(ra, "first").nothing(7).jump(ra, "second").leave();
  text.function("first").address(t0, "second") << jalr(zero, t0, 0);
  text.function("second").nothing(4).ret();
  const auto execution = text.run();
  CHECK(tree(execution) ==
        "_start 1 8\n"
        "_start;main 1 14\n"
        "_start;main;first 1 3\n"
        "_start;main;first;second 1 5\n"
        "_start;main;second 1 5\n");
  check(execution, "first", 1, 3, 3 + 5);
  check(execution, "second", 2, 10, 10);
  check(execution, "main", 1, 14, 14 + 3 + 10);
}

TEST_CASE("a longjmp ends the functions it leaves") {
  // catcher keeps where to go on and its stack pointer, calls middle, which calls thrower, which goes there.
  Listing text = start(0);
  text.function("main").enter().jump(ra, "catcher").nothing(5).leave();
  text.function("catcher").enter().address(s0, "caught") << addi(s1, sp, 0);
  text.jump(ra, "middle").nothing(100).label("caught").nothing(20).leave();
  text.function("middle").enter().nothing(3).jump(ra, "thrower").leave();
  text.function("thrower").enter().nothing(2) << addi(sp, s1, 0) << jalr(zero, s0, 0);
  const auto execution = text.run();
  check(execution, "thrower", 1, 6, 6);
  check(execution, "middle", 1, 6, 6 + 6);
  check(execution, "catcher", 1, 6 + 20 + 3, 29 + 12);
  check(execution, "main", 1, 11, 11 + 41);
}

TEST_CASE("a longjmp out of a recursion goes to the activation whose stack pointer it restores") {
  // dig(n) calls itself to n = 0; the first one to run keeps where to go on, the last one goes there.
  Listing text = start(3);
  text.function("main").enter().jump(ra, "catcher").nothing(5).leave();
  text.function("catcher").enter().address(s0, "caught") << addi(s1, sp, 0);
  text.jump(ra, "dig").label("caught").nothing(4).leave();
  text.function("dig").enter().branch_if_zero(a0, "bottom");
  text << addi(a0, a0, -1);
  // catcher again in between, so that two activations of it are there.
  text.jump(ra, "pass").leave().label("bottom");
  text << addi(sp, s1, 0) << jalr(zero, s0, 0);
  text.function("pass").enter().jump(ra, "dig").leave();
  const auto execution = text.run();
  // dig: 5 each, but 5 at the bottom; pass: 3 each. None returns.
  check(execution, "dig", 4, 3 * 5 + 5, 20 + 9);
  check(execution, "pass", 3, 9, 9 + 20 - 5);
  check(execution, "catcher", 1, 6 + 4 + 3, 13 + 29);
  check(execution, "main", 1, 11, 11 + 42);
}

TEST_CASE("a longjmp between activations of one function ends the inner ones") {
  // dig(2) keeps where to go on; dig(0) goes there; it runs on for 6 and returns to main.
  Listing text = start(2);
  text.function("main").enter().jump(ra, "dig").nothing(5).jump(ra, "leaf").leave();
  text.function("dig").enter() << addi(t0, a0, -2);
  text.branch_if_zero(t0, "first").branch_if_zero(a0, "bottom").label("deeper");
  text << addi(a0, a0, -1);
  text.jump(ra, "dig").leave();
  text.label("first").address(s0, "back") << addi(s1, sp, 0);
  text.jump(zero, "deeper").label("bottom") << addi(sp, s1, 0) << jalr(zero, s0, 0);
  text.label("back").nothing(3).leave();
  text.function("leaf").ret();
  const auto execution = text.run();
  // First: 2 + 1 + 1 + 4 + 2; second: 2 + 1 + 2 + 2; third: 2 + 1 + 2 + 2; then 6.
  check(execution, "dig", 3, 10 + 7 + 7 + 6, 30);
  check(execution, "leaf", 1, 1, 1);
  check(execution, "main", 1, 2 + 1 + 5 + 1 + 3, 12 + 31);
}

TEST_CASE("a return past the caller ends both") {
  Listing text = start(0);
  text.function("main").enter().jump(ra, "outer").nothing(5).leave();
  text.function("outer") << addi(s0, ra, 0);
  text.jump(ra, "inner").nothing(50);
  text.function("inner").nothing(2) << jalr(zero, s0, 0);
  const auto execution = text.run();
  check(execution, "inner", 1, 3, 3);
  check(execution, "outer", 1, 2, 5);
  check(execution, "main", 1, 11, 16);
}

TEST_CASE("a switch and a loop inside a function are no calls") {
  Listing text = start(3);
  text.function("main").enter().jump(ra, "loop").leave();
  text.function("loop").address(t0, "case").label("again") << jalr(zero, t0, 0);
  text.nothing(30).label("case") << addi(a0, a0, -1);
  text.branch_if_zero(a0, "done").jump(zero, "again").label("done").ret();
  const auto execution = text.run();
  check(execution, "loop", 1, 2 + 3 * 3 + 2 + 1, 14);
  check(execution, "main", 1, 6, 20);
}

TEST_CASE("a call tree of too many places counts the rest in their callers, and its sums stay exact") {
  // Both functions of a level call both of the next: 2^19 chains of calls.
  constexpr int levels = 18;
  Listing text = start(0);
  text.function("main").enter().jump(ra, "a0").jump(ra, "b0").leave();
  for (int level = 0; level < levels; ++level) {
    for (const std::string name : {"a", "b"}) {
      text.function(name + std::to_string(level)).enter();
      text.jump(ra, "a" + std::to_string(level + 1)).jump(ra, "b" + std::to_string(level + 1)).leave();
    }
  }
  for (const std::string name : {"a", "b"}) text.function(name + std::to_string(levels)).ret();
  const auto execution = vm::execute(text.load(), {}, {}, model::Detail::profile);
  REQUIRE(execution.outcome.ok());
  const model::Profile& profile = *execution.profile;
  CHECK(profile.nodes.size() == std::size_t{1} << 18);
  REQUIRE(profile.warnings.size() == 1);
  CHECK(profile.warnings[0].code == "folded-calls");
  CHECK(test::column_sum(profile, "steps") == execution.steps);
  CHECK(test::column_sum(profile, "cost:main") == execution.cost->parts.main);
  CHECK(test::column_sum(profile, "cost:opcode:") == execution.cost->parts.opcodes);
  CHECK(test::column_sum(profile, "cost:memory:") == execution.cost->parts.memory);
}
