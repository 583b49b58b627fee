#include "render/function_name.h"

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <random>
#include <string>

#include "render/safe_text.h"

using namespace cyclegate::render;

namespace {

const std::string sload =
    "revm_interpreter::instructions::host::sload::<revm_interpreter::interpreter::EthInterpreter, "
    "revm_context::context::Context<revm_context::block::BlockEnv, revm_context::tx::TxEnv>>";
const std::string swap =
    "revm_interpreter::instructions::stack::swap::<7, revm_interpreter::interpreter::EthInterpreter, "
    "revm_context::context::Context<revm_context::block::BlockEnv>>";
const std::string load =
    "<revm_context::journal::inner::JournalInner<revm_context_interface::journaled_state::entry::JournalEntry>>::"
    "load_account_mut_optional::<revm_database::in_memory_db::CacheDB<EmptyDB>>";

}  // namespace

TEST_CASE("a function name that fits stays as it is") {
  CHECK(shorten_function("memcpy", 6) == "memcpy");
  CHECK(shorten_function(sload, 200) == sload);
}

TEST_CASE("long generic arguments give way before the name, and short ones stay") {
  CHECK(shorten_function(sload, 60) == "revm_interpreter::instructions::host::sload::<…>");
  CHECK(shorten_function(swap, 60) == "revm_interpreter::instructions::stack::swap::<7, …>");
  CHECK(shorten_function(sload, 80) ==
        "revm_interpreter::instructions::host::sload::<…::EthInterpreter, …::Context<…>>");
  CHECK(shorten_function("core::ptr::drop_in_place<alloc::vec::Vec<rlp::Item<'_>, alloc::alloc::Global>>", 40) ==
        "core::ptr::drop_in_place<…::Vec<…>>");
  CHECK(shorten_function("std::map<std::string, std::vector<int>>::operator[](std::string const&)", 60) ==
        "std::map<…>::operator[](std::string const&)");
}

TEST_CASE("the front of a path gives way before its end") {
  CHECK(shorten_function(sload, 30) == "…::host::sload::<…>");
  CHECK(shorten_function(swap, 20) == "…::swap::<7, …>");
  CHECK(shorten_function(load, 80) ==
        "<revm_context::journal::inner::JournalInner<…>>::load_account_mut_optional::<…>");
  CHECK(shorten_function(load, 60) == "<…::JournalInner<…>>::load_account_mut_optional::<…>");
  CHECK(shorten_function(load, 40) == "…::load_account_mut_optional::<…>");
  CHECK(shorten_function("<alloc::vec::Vec<core::primitive::u8> as core::ops::drop::Drop>::drop", 40) ==
        "<…::Vec<…> as …::Drop>::drop");
}

TEST_CASE("an `as` within brackets is not the one of the outermost type") {
  const std::string item =
      "<<alloy_consensus::transaction::Transactions as core::iter::traits::collect::IntoIterator>::IntoIter as "
      "core::iter::Iterator>::next";
  CHECK(shorten_function(item, 70) == "<<…::Transactions as …::IntoIterator>::IntoIter as …::Iterator>::next");
  CHECK(shorten_function(item, 60) == "…::next");
  CHECK(shorten_function("<Foo<A as B> as core::iter::traits::IteratorIteratorIteratorIteratorIterator>::next_next",
                         72) == "<Foo<A as B> as …::IteratorIteratorIteratorIteratorIterator>::next_next");
}

TEST_CASE("the parameters of a C++ function give way after its generic arguments") {
  CHECK(shorten_function("app::collect(std::vector<std::string> const&, unsigned long)", 30) == "app::collect(…)");
}

TEST_CASE("a name whose brackets do not pair up is cut in the middle") {
  CHECK(shorten_function("operator<<std::ostream_with_a_long_name", 20) ==
        shorten_middle("operator<<std::ostream_with_a_long_name", 20));
  CHECK(shorten_function(std::string(100, '<'), 10) == shorten_middle(std::string(100, '<'), 10));
  CHECK(shorten_function(std::string(200, '(') + std::string(200, ')'), 10).size() <= 12);
}

TEST_CASE("whatever the types within a name, it is not longer than asked for") {
  std::mt19937 random(20261122);
  const auto path = [&](const auto& self, int depth) -> std::string {
    std::string text = depth > 0 && random() % 4 == 0
                           ? "<" + self(self, depth - 1) + " as " + self(self, depth - 1) + ">"
                           : std::string(1 + random() % 12, 'a');
    if (random() % 2 == 0) text += "::method";
    if (depth > 0 && random() % 2 == 0) text += "::<" + self(self, depth - 1) + ", " + self(self, depth - 1) + ">";
    return text;
  };
  for (int round = 0; round < 20'000; ++round) {
    const std::string name = path(path, 4);
    const std::size_t columns = 1 + random() % 80;
    CAPTURE(name, columns);
    REQUIRE(display_width(shorten_function(name, columns)) <= columns);
  }
}

TEST_CASE("whatever the name, it is not longer than asked for") {
  constexpr std::array<std::string_view, 22> pieces = {
      "a",  "b",    "::",   "::",           "<", "<", ">", ">", "(", ")", "[", "]", "{", "}", ",", " ",
      "->", " as ", " as ", "longest_word", "-", "&"};
  std::mt19937 random(20261121);
  for (int round = 0; round < 100'000; ++round) {
    std::string name;
    for (std::size_t length = random() % 60; length > 0; --length) name += pieces[random() % pieces.size()];
    const std::size_t columns = 1 + random() % 40;
    CAPTURE(name, columns);
    REQUIRE(display_width(shorten_function(name, columns)) <= columns);
  }
}
