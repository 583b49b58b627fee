#include "model/frame_kind.h"

#include <algorithm>
#include <array>

#include "model/function_path.h"

namespace cyclegate::model {
namespace {

/// Whether the path leads into a crate (C++: a namespace) of this name.
bool is_in(const FunctionPath& path, std::string_view crate) {
  return std::string_view(path.own).substr(0, path.own.find("::")) == crate;
}

bool begins(const FunctionPath& path, std::string_view text) {
  return path.own.starts_with(text);
}

bool has_own_word(const FunctionPath& path, std::string_view word) {
  return has_word(path.own, word);
}

bool has_prefix(const FunctionPath& path, std::string_view text) {
  return has_word_beginning(path.own, text);
}

bool fulfils(const FunctionPath& path, std::string_view interface) {
  return has_word(path.interface, interface);
}

struct Rule {
  std::string_view text;
  FrameKind kind;
  bool (*matches)(const FunctionPath& path, std::string_view text);
};

// The first rule that fits wins: a precompile that hashes is a precompile.
constexpr auto rules = std::to_array<Rule>({
    {"syscall_", FrameKind::precompile, has_prefix},
    {"zkvm_", FrameKind::precompile, has_prefix},
    {"sys_sha_", FrameKind::precompile, has_prefix},
    {"sys_bigint", FrameKind::precompile, has_prefix},
    {"ziskos", FrameKind::precompile, has_own_word},
    {"native_keccak256", FrameKind::precompile, has_own_word},
    {"memcpy", FrameKind::copy, has_own_word},
    {"memmove", FrameKind::copy, has_own_word},
    {"memset", FrameKind::copy, has_own_word},
    {"memcmp", FrameKind::copy, has_own_word},
    {"bcmp", FrameKind::copy, has_own_word},
    {"copy_nonoverlapping", FrameKind::copy, has_own_word},
    {"copy_from_slice", FrameKind::copy, has_own_word},
    {"compiler_builtins::mem", FrameKind::copy, has_prefix},
    {"malloc", FrameKind::allocation, has_own_word},
    {"calloc", FrameKind::allocation, has_own_word},
    {"realloc", FrameKind::allocation, has_own_word},
    {"free", FrameKind::allocation, has_own_word},
    {"operator new", FrameKind::allocation, has_prefix},
    {"operator delete", FrameKind::allocation, has_prefix},
    {"__rust_alloc", FrameKind::allocation, has_prefix},
    {"__rust_dealloc", FrameKind::allocation, has_prefix},
    {"__rust_realloc", FrameKind::allocation, has_prefix},
    {"__rdl_", FrameKind::allocation, has_prefix},
    {"__rg_", FrameKind::allocation, has_prefix},
    {"GlobalAlloc", FrameKind::allocation, fulfils},
    {"raw_vec", FrameKind::allocation, has_own_word},
    {"linked_list_allocator", FrameKind::allocation, has_own_word},
    {"sys_alloc_aligned", FrameKind::allocation, has_own_word},
    {"digest::core_api", FrameKind::hash, has_prefix},
    {"keccak", FrameKind::hash, has_prefix},
    {"Keccak", FrameKind::hash, has_prefix},
    {"tiny_keccak", FrameKind::hash, has_own_word},
    {"sha1", FrameKind::hash, has_prefix},
    {"sha2", FrameKind::hash, has_prefix},
    {"sha3", FrameKind::hash, has_prefix},
    {"sha256", FrameKind::hash, has_prefix},
    {"blake", FrameKind::hash, has_prefix},
    {"ripemd", FrameKind::hash, has_prefix},
    {"poseidon", FrameKind::hash, has_prefix},
    {"k256", FrameKind::curve, has_own_word},
    {"p256", FrameKind::curve, has_own_word},
    {"p384", FrameKind::curve, has_own_word},
    {"secp256k1", FrameKind::curve, has_prefix},
    {"secp256r1", FrameKind::curve, has_prefix},
    {"elliptic_curve", FrameKind::curve, has_own_word},
    {"primeorder", FrameKind::curve, has_own_word},
    {"ecdsa", FrameKind::curve, has_own_word},
    {"crypto_bigint", FrameKind::curve, has_own_word},
    {"curve25519", FrameKind::curve, has_prefix},
    {"ed25519", FrameKind::curve, has_prefix},
    {"ark_", FrameKind::curve, has_prefix},
    {"substrate_bn", FrameKind::curve, has_own_word},
    {"bn254", FrameKind::curve, has_prefix},
    {"bls12", FrameKind::curve, has_prefix},
    {"sp1_bls12", FrameKind::curve, has_prefix},
    {"kzg", FrameKind::curve, has_prefix},
    {"c_kzg", FrameKind::curve, has_own_word},
    {"malachite", FrameKind::curve, has_prefix},
    {"num_bigint", FrameKind::curve, has_prefix},
    {"aurora_engine_modexp", FrameKind::curve, has_own_word},
    {"modexp", FrameKind::curve, has_prefix},
    {"core", FrameKind::runtime, is_in},
    {"std", FrameKind::runtime, is_in},
    {"alloc", FrameKind::runtime, is_in},
    {"compiler_builtins", FrameKind::runtime, is_in},
    {"__", FrameKind::runtime, begins},
    {"_start", FrameKind::runtime, is_in},
});

}  // namespace

std::string_view to_string(FrameKind kind) {
  switch (kind) {
    case FrameKind::precompile:
      return "precompile";
    case FrameKind::hash:
      return "hash";
    case FrameKind::curve:
      return "curve";
    case FrameKind::copy:
      return "copy";
    case FrameKind::allocation:
      return "allocation";
    case FrameKind::runtime:
      return "runtime";
    case FrameKind::other:
      break;
  }
  return "other";
}

FrameKind frame_kind(std::string_view name) {
  const FunctionPath path = function_path(name);
  const auto* const rule = std::ranges::find_if(rules, [&](const Rule& r) { return r.matches(path, r.text); });
  return rule == rules.end() ? FrameKind::other : rule->kind;
}

}  // namespace cyclegate::model
