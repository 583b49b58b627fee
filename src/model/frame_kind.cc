#include "model/frame_kind.h"

#include <algorithm>
#include <array>

namespace cyclegate::model {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Whether `word` stands in `name` on its own, not inside a longer word.
bool has_word(std::string_view name, std::string_view word) {
  for (std::size_t at = name.find(word); at != std::string_view::npos; at = name.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_word(name[at - 1])) && (end == name.size() || !is_word(name[end]))) return true;
  }
  return false;
}

/// Whether a word of `name` begins with `prefix`.
bool has_prefix(std::string_view name, std::string_view prefix) {
  for (std::size_t at = name.find(prefix); at != std::string_view::npos; at = name.find(prefix, at + 1)) {
    if (at == 0 || !is_word(name[at - 1])) return true;
  }
  return false;
}

struct Rule {
  std::string_view text;
  FrameKind kind;
  bool (*matches)(std::string_view name, std::string_view text);
};

// The first rule that fits wins: a precompile that hashes is a precompile.
constexpr auto rules = std::to_array<Rule>({
    {"syscall_", FrameKind::precompile, has_prefix},
    {"zkvm_", FrameKind::precompile, has_prefix},
    {"sys_sha_", FrameKind::precompile, has_prefix},
    {"sys_bigint", FrameKind::precompile, has_prefix},
    {"ziskos", FrameKind::precompile, has_word},
    {"native_keccak256", FrameKind::precompile, has_word},
    {"memcpy", FrameKind::copy, has_word},
    {"memmove", FrameKind::copy, has_word},
    {"memset", FrameKind::copy, has_word},
    {"memcmp", FrameKind::copy, has_word},
    {"bcmp", FrameKind::copy, has_word},
    {"copy_nonoverlapping", FrameKind::copy, has_word},
    {"copy_from_slice", FrameKind::copy, has_word},
    {"compiler_builtins::mem", FrameKind::copy, has_prefix},
    {"malloc", FrameKind::allocation, has_word},
    {"calloc", FrameKind::allocation, has_word},
    {"realloc", FrameKind::allocation, has_word},
    {"free", FrameKind::allocation, has_word},
    {"operator new", FrameKind::allocation, has_prefix},
    {"operator delete", FrameKind::allocation, has_prefix},
    {"__rust_alloc", FrameKind::allocation, has_prefix},
    {"__rust_dealloc", FrameKind::allocation, has_prefix},
    {"__rust_realloc", FrameKind::allocation, has_prefix},
    {"__rdl_", FrameKind::allocation, has_prefix},
    {"__rg_", FrameKind::allocation, has_prefix},
    {"GlobalAlloc", FrameKind::allocation, has_word},
    {"raw_vec", FrameKind::allocation, has_word},
    {"linked_list_allocator", FrameKind::allocation, has_word},
    {"sys_alloc_aligned", FrameKind::allocation, has_word},
    {"keccak", FrameKind::hash, has_prefix},
    {"Keccak", FrameKind::hash, has_prefix},
    {"tiny_keccak", FrameKind::hash, has_word},
    {"sha1", FrameKind::hash, has_prefix},
    {"sha2", FrameKind::hash, has_prefix},
    {"sha3", FrameKind::hash, has_prefix},
    {"sha256", FrameKind::hash, has_prefix},
    {"blake", FrameKind::hash, has_prefix},
    {"ripemd", FrameKind::hash, has_prefix},
    {"poseidon", FrameKind::hash, has_prefix},
    {"k256", FrameKind::curve, has_word},
    {"p256", FrameKind::curve, has_word},
    {"p384", FrameKind::curve, has_word},
    {"secp256k1", FrameKind::curve, has_prefix},
    {"secp256r1", FrameKind::curve, has_prefix},
    {"elliptic_curve", FrameKind::curve, has_word},
    {"primeorder", FrameKind::curve, has_word},
    {"ecdsa", FrameKind::curve, has_word},
    {"crypto_bigint", FrameKind::curve, has_word},
    {"curve25519", FrameKind::curve, has_prefix},
    {"ed25519", FrameKind::curve, has_prefix},
    {"ark_", FrameKind::curve, has_prefix},
    {"substrate_bn", FrameKind::curve, has_word},
    {"bn254", FrameKind::curve, has_prefix},
    {"bls12", FrameKind::curve, has_prefix},
    {"sp1_bls12", FrameKind::curve, has_prefix},
    {"kzg", FrameKind::curve, has_prefix},
    {"c_kzg", FrameKind::curve, has_word},
    {"malachite", FrameKind::curve, has_prefix},
    {"num_bigint", FrameKind::curve, has_prefix},
    {"aurora_engine_modexp", FrameKind::curve, has_word},
    {"modexp", FrameKind::curve, has_prefix},
    {"core", FrameKind::runtime, has_word},
    {"std", FrameKind::runtime, has_word},
    {"alloc", FrameKind::runtime, has_word},
    {"compiler_builtins", FrameKind::runtime, has_word},
    {"__", FrameKind::runtime, has_prefix},
    {"_start", FrameKind::runtime, has_word},
});

/// The name up to its first generic argument: what a function is, without what it is used with.
std::string_view own_part(std::string_view name) {
  return name.substr(0, name.find("::<"));
}

/// Of `<guest::Row as core::iter::Iterator>::next` the `<guest::Row`: whose code it is, not which interface it fulfils.
std::string_view without_trait(std::string_view name) {
  return name.starts_with('<') ? name.substr(0, name.find(" as ")) : name;
}

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
  const std::string_view own = own_part(name);
  const std::string_view owner = without_trait(own);
  const auto* const rule = std::ranges::find_if(
      rules, [&](const Rule& r) { return r.matches(r.kind == FrameKind::runtime ? owner : own, r.text); });
  return rule == rules.end() ? FrameKind::other : rule->kind;
}

}  // namespace cyclegate::model
