#include "model/function_path.h"

#include <catch2/catch_test_macros.hpp>
#include <ctime>
#include <string>

using cyclegate::model::function_path;
using cyclegate::model::has_word;
using cyclegate::model::has_word_beginning;

namespace {

std::string own(std::string_view name) {
  return function_path(name).own;
}

}  // namespace

TEST_CASE("a Rust function is its path, without what it is used with") {
  CHECK(own("memcpy") == "memcpy");
  CHECK(own("hashes::senders") == "hashes::senders");
  CHECK(own("keccak::backends::soft::keccak_p::<u64, 24>") == "keccak::backends::soft::keccak_p");
  CHECK(own("<k256::arithmetic::projective::ProjectivePoint>::double") ==
        "k256::arithmetic::projective::ProjectivePoint::double");
  CHECK(own("<alloc::vec::Vec<k256::arithmetic::affine::AffinePoint>>::push") == "alloc::vec::Vec::push");
  CHECK(own("<guest::Cache<alloc::raw_vec::RawVec<u8>>>::lookup") == "guest::Cache::lookup");
  CHECK(own("<guest::Store<tiny_keccak::keccakf::X>>::lookup::<fn(&k256::P) -> u8>") == "guest::Store::lookup");
  CHECK(own("op_revm::precompiles::fjord::{closure#0}") == "op_revm::precompiles::fjord::{closure#0}");
  CHECK(own("guest::{impl#0}::f::<guest::run::{closure#1}>::g") == "guest::{impl#0}::f::g");
  CHECK(own("core::ops::function::FnOnce::call_once{{vtable.shim}}") ==
        "core::ops::function::FnOnce::call_once{{vtable.shim}}");
  CHECK(own("guest::f::<{ 3 > 2 }, \">\", '<'>::g") == "guest::f::g");
  CHECK(own("guest::operator::run::<u8>") == "guest::operator::run");
  CHECK(own("foo[8fdd0ea0b7df4ad0]::bar::<k256[1]::X>") == "foo::bar");
}

TEST_CASE("the interface that a Rust function fulfils is told apart from whose code it is") {
  const auto path = function_path("<k256::Point as group::Group<k256::Scalar>>::add::<u8>");
  CHECK(path.own == "k256::Point::add");
  CHECK(path.interface == "group::Group");
  CHECK(own("<&mut k256::Point as core::ops::arith::AddAssign<&'a k256::Point>>::add_assign") ==
        "k256::Point::add_assign");
  CHECK(own("<dyn guest::Node + core::marker::Send as core::fmt::Debug>::fmt") == "guest::Node::fmt");
  CHECK(function_path("<guest::Bump as core::alloc::GlobalAlloc>::alloc").interface == "core::alloc::GlobalAlloc");
  CHECK(function_path("guest::heap::<impl core::alloc::GlobalAlloc for guest::Bump>::alloc").interface ==
        "core::alloc::GlobalAlloc");
  CHECK(own("guest::heap::<impl core::alloc::GlobalAlloc for guest::Bump>::alloc") == "guest::heap::alloc");
  CHECK(own("core::num::<impl u64>::pow") == "core::num::pow");
}

TEST_CASE("only the crate of an interface can fulfil it for the language's own types") {
  CHECK(own("<[u64; 4] as ark_ff::BigInteger>::add<T>") == "ark_ff::BigInteger::add");
  CHECK(own("<alloc::vec::Vec<k256::X> as serde::Serialize>::serialize::<S>") == "serde::Serialize::serialize");
  CHECK(own("<(k256::X, u8) as guest::Hash>::hash") == "guest::Hash::hash");
  CHECK(own("<T as k256::Group>::double") == "k256::Group::double");
  CHECK(own("<alloc::vec::Vec<k256::X> as core::clone::Clone>::clone") == "alloc::vec::Vec::clone");
  CHECK(own("<u128 as core::fmt::Display>::fmt") == "core::fmt::Display::fmt");
  CHECK(own("<[u8]>::copy_from_slice") == "core::slice::copy_from_slice");
  CHECK(own("<*const k256::X>::add") == "core::ptr::add");
  CHECK(own("<fn(k256::X) -> k256::Y as core::ops::FnOnce<(k256::X,)>>::call_once") == "core::ops::FnOnce::call_once");
  CHECK(own("<<alloy::Fixed<_> as serde_core::de::Deserialize>::deserialize::FixedVisitor<32> as "
            "serde_core::de::Expected>::fmt") == "alloy::Fixed::deserialize::FixedVisitor::fmt");
}

TEST_CASE("any crate may fulfil another's interface for its own types in a box") {
  CHECK(own("<alloc::boxed::Box<guest::Row> as k256::Group>::add") == "guest::Row::add");
  CHECK(own("<alloc[fdfd2bd8633a6659]::boxed::Box<guest[3f9def8e5b397c56]::Row> as "
            "k256[6e6165850716c718]::Group>::add") == "guest::Row::add");  // c++filt, of rustc 1.95
  CHECK(own("<alloc::boxed::Box<guest::Row, alloc::alloc::Global> as k256::Group<u8>>::add") == "guest::Row::add");
  CHECK(own("<core::pin::Pin<&mut guest::Row> as k256::Group>::add") == "guest::Row::add");
  CHECK(own("<core::pin::Pin<alloc::boxed::Box<dyn guest::Node<k256::X>>> as k256::Group>::add") == "guest::Node::add");
  CHECK(own("<&alloc::boxed::Box<guest::Row> as k256::Group>::add") == "guest::Row::add");
  // Nobody's own types, or the language's interface, which it fulfils for all boxes.
  CHECK(own("<alloc::boxed::Box<T> as k256::Group>::add") == "k256::Group::add");
  CHECK(own("<alloc::boxed::Box<[guest::Row]> as k256::Group>::add") == "k256::Group::add");
  CHECK(own("<alloc::boxed::Box<alloc::vec::Vec<guest::Row>> as k256::Group>::add") == "k256::Group::add");
  CHECK(own("<alloc::rc::Rc<guest::Row> as k256::Group>::add") == "k256::Group::add");
  CHECK(own("<alloc::boxed::Box<guest::Row> as core::clone::Clone>::clone") == "alloc::boxed::Box::clone");
}

TEST_CASE("a C++ function is its path, without parameters and return type") {
  CHECK(own("std::vector<k256::Point, std::allocator<k256::Point> >::push_back(k256::Point const&)") ==
        "std::vector::push_back");
  CHECK(own("unsigned long ns::f<int>(std::vector<keccak::X>)") == "ns::f");
  CHECK(own("std::map<int, keccak::X>& ns::g<(3)>(ns::A (*)(int))") == "ns::g");
  CHECK(own("ns::f<((1)<(2))>(int) const") == "ns::f");
  CHECK(own("ns::f(int)::{lambda(keccak::X)#1}::operator()(keccak::X) const") == "ns::f::{lambda#1}::operator()");
  CHECK(own("ns::A::g() const::{lambda()#2}::operator()() const") == "ns::A::g::{lambda#2}::operator()");
  CHECK(own("bool ns::operator< <int>(ns::A<int> const&, ns::A<int> const&)") == "ns::operator<");
  CHECK(own("ns::operator<<(std::ostream&, keccak::X)") == "ns::operator<<");
  CHECK(own("ns::Box<int>::operator->() const") == "ns::Box::operator->");
  CHECK(own("ns::Box<int>::operator unsigned long() const") == "ns::Box::operator unsigned long");
  CHECK(own("operator new(unsigned long)") == "operator new");
  CHECK(own("(anonymous namespace)::f(keccak::X) [clone .isra.0]") == "(anonymous namespace)::f");
  CHECK(own("void (anonymous namespace)::f<keccak::X>(keccak::X)") == "(anonymous namespace)::f");
  CHECK(own("decltype (keccak(0)) ns::f<int>(int)") == "ns::f");
  CHECK(own("ns::f[abi:cxx11](int)") == "ns::f");
  CHECK(own("decltype(auto) keccak::permute<24>(keccak::State&)") == "keccak::permute");
  CHECK(own("decltype(keccak(0)) ns::f<int>(int)") == "ns::f");
  CHECK(own("ns::mydecltype (inlined)") == "ns::mydecltype");
}

TEST_CASE("a C++ function that returns a pointer to a function or a reference to an array is its path as well") {
  // As nm -C of binutils 2.40 writes them; `(* (*` as llvm-cxxfilt 19 does.
  CHECK(own("void (*ns::fp<int>(int))(keccak::State)") == "ns::fp");
  CHECK(own("unsigned char const (&ns::table<int>(int)) [32]") == "ns::table");
  CHECK(own("int (&&ns::rv<int>(int)) [3]") == "ns::rv");
  CHECK(own("void (*(*ns::fpp<int>(int))(char))(long)") == "ns::fpp");
  CHECK(own("void (* (*ns::fpp<int>(int))(char))(long)") == "ns::fpp");
  CHECK(own("int (keccak::C::*ns::mp<int>(int))(long)") == "ns::mp");
  CHECK(own("int keccak::C::* ns::md<int>(int)") == "ns::md");
  CHECK(own("int (keccak::H<int>::*ns::mh<int>(int))(int)") == "ns::mh");
  CHECK(own("void (*(anonymous namespace)::hidden<int>(int))(char)") == "(anonymous namespace)::hidden");
  CHECK(own("void (*ns::B<keccak::X>::get<int>(int) const)(int)") == "ns::B::get");
  CHECK(own("void (*ns::B<int>::operator+<int>(int) const)(int)") == "ns::B::operator+");
  CHECK(own("void (*ns::lamf<int>(int)::{lambda(auto:1)#1}::operator()<int>(int) const)(char)") ==
        "ns::lamf::{lambda#1}::operator()");
  // Remarks.
  CHECK(own("main (*)") == "main");
  CHECK(own("main (keccak::C)") == "main");
  CHECK(own("main (a * b)") == "main");
  CHECK(own("ns::f(int) (*keccak)") == "ns::f");
}

TEST_CASE("what is no name of a function stays as it is, and hostile ones end") {
  CHECK(own("").empty());
  CHECK(own("[no symbol]") == "[no symbol]");
  CHECK(own("main (inlined)") == "main");
  CHECK(own("<>") == "<>");
  CHECK(own("a > b") == "a > b");
  CHECK(own("f::<k256::X") == "f");
  CHECK(own("<guest::X") == "guest::X");
  constexpr std::size_t long_name = 4'000'000;
  const std::clock_t start = std::clock();
  for (const std::string_view bracket : {"<", "(", "[", "{", "<&", "<<(", "<*const ", "f<)", "\"", "<\"\\", "a b(",
                                         "'a ", "void (*", "void (* (", "a (b<", "<alloc::boxed::Box<", "decltype("}) {
    std::string name = "x::";
    while (name.size() < long_name) name += bracket;
    function_path(name);
    function_path(name.substr(3));
    function_path(name.substr(3) + std::string(long_name, ')') + std::string(long_name, '>'));
  }
  // With a walk back over what is open for each that closes these are hours.
  CHECK((std::clock() - start) / CLOCKS_PER_SEC < 300);
}

TEST_CASE("words of a path begin where no word goes on") {
  CHECK(has_word_beginning("tiny_keccak::Keccak::update", "Kecc"));
  CHECK_FALSE(has_word_beginning("tiny_keccak::Keccak::update", "keccak"));
  CHECK_FALSE(has_word_beginning("a", ""));
  CHECK(has_word("a::memcpy", "memcpy"));
  CHECK_FALSE(has_word("a::memcpy_fast", "memcpy"));
  CHECK_FALSE(has_word("a", ""));
}
