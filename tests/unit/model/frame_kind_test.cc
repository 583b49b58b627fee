#include "model/frame_kind.h"

#include <catch2/catch_test_macros.hpp>

using cyclegate::model::frame_kind;
using cyclegate::model::FrameKind;

TEST_CASE("a function's name tells what it is for") {
  CHECK(frame_kind("memcpy") == FrameKind::copy);
  CHECK(frame_kind("compiler_builtins::mem::memcpy") == FrameKind::copy);
  CHECK(frame_kind("keccak::backends::soft::keccak_p::<u64, 24>") == FrameKind::hash);
  CHECK(frame_kind("tiny_keccak::keccakf::keccakf") == FrameKind::hash);
  CHECK(frame_kind("sha2::sha256::compress256") == FrameKind::hash);
  CHECK(frame_kind("k256::arithmetic::mul::lincomb") == FrameKind::curve);
  CHECK(frame_kind("<k256::arithmetic::projective::ProjectivePoint>::double") == FrameKind::curve);
  CHECK(frame_kind("ark_bn254::g1::G1Projective") == FrameKind::curve);
  CHECK(frame_kind("syscall_keccak_f") == FrameKind::precompile);
  CHECK(frame_kind("zkvm_secp256k1_ecrecover") == FrameKind::precompile);
  CHECK(frame_kind("__rust_alloc") == FrameKind::allocation);
  CHECK(frame_kind("alloc::raw_vec::RawVec<T, A>::grow_one") == FrameKind::allocation);
  CHECK(frame_kind("<guest::Bump as core::alloc::GlobalAlloc>::alloc") == FrameKind::allocation);
  CHECK(frame_kind("core::fmt::Formatter::pad") == FrameKind::runtime);
  CHECK(frame_kind("revm::interpreter::run") == FrameKind::other);
}

TEST_CASE("an interface or an argument does not make a function what it is not") {
  CHECK(frame_kind("<guest::Rows as core::iter::Iterator>::next") == FrameKind::other);
  CHECK(frame_kind("guest::sum::<memcpy>") == FrameKind::other);
  CHECK(frame_kind("my_memcpy_free_loop") == FrameKind::other);
  CHECK(frame_kind("") == FrameKind::other);
  CHECK(frame_kind("<guest::Cache<alloc::raw_vec::RawVec<u8>>>::lookup") == FrameKind::other);
  CHECK(frame_kind("<alloc::vec::Vec<k256::arithmetic::affine::AffinePoint>>::push") == FrameKind::runtime);
  CHECK(frame_kind("<revm_handler::mainnet_handler::MainnetHandler<revm_context::evm::Evm<u8>, "
                   "core::convert::Infallible> as revm_handler::handler::Handler>::run") == FrameKind::other);
  CHECK(frame_kind("<guest::X as sha2::Digest>::update") == FrameKind::other);
  CHECK(frame_kind("guest::alloc::grow") == FrameKind::other);
  CHECK(frame_kind("<<guest::X as serde_core::de::Deserialize>::deserialize::__Visitor as "
                   "serde_core::de::Expected>::fmt") == FrameKind::other);
  CHECK(frame_kind("std::vector<sha256::X>::push_back(sha256::X const&)") == FrameKind::runtime);
  CHECK(frame_kind("operator new(unsigned long)") == FrameKind::allocation);
  CHECK(frame_kind("<ark_ff::Fp<ark_bn254::FqConfig, 4> as core::ops::Mul>::mul") == FrameKind::curve);
  CHECK(frame_kind("_start") == FrameKind::runtime);
}
