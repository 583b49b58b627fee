#include "doctor/declared_patch.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "model/text.h"

namespace cyclegate::doctor {
namespace {

/// `k256/v1` of `k256%2Fv1`; what is no escape stays.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    const char* const digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() && std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      plain += static_cast<char>(byte);
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

}  // namespace

using model::CoveredOperation;
using model::PatchCoverage;
using model::ZkvmPatch;

std::string DeclaredPatch::text() const {
  if (entry.git.empty()) {
    return entry.path.empty() ? std::string("neither an address nor a directory") : "the directory " + entry.path;
  }
  if (!entry.tag.empty()) return fmt::format("{} tag {}", entry.git, entry.tag);
  if (!entry.branch.empty()) return fmt::format("{} branch {}", entry.git, entry.branch);
  if (!entry.rev.empty()) return fmt::format("{} commit {}", entry.git, entry.rev);
  return entry.git + " without a tag";
}

std::string address_of(std::string_view source) {
  if (source.starts_with("git+")) source.remove_prefix(4);
  source = source.substr(0, source.find_first_of("?#"));
  while (source.ends_with('/')) source.remove_suffix(1);
  if (source.ends_with(".git")) source.remove_suffix(4);
  constexpr std::string_view ssh = "ssh://git@";
  if (source.starts_with(ssh)) return fmt::format("https://{}", source.substr(ssh.size()));
  return std::string(source);
}

bool same_address(std::string_view left, std::string_view right) {
  const std::string one = address_of(left);
  const std::string other = address_of(right);
  const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return one.starts_with("https://github.com/") || other.starts_with("https://github.com/")
             ? std::ranges::equal(one, other, {}, small, small)
             : one == other;
}

CargoPatch entry_of(const LockedPackage& package) {
  CargoPatch entry{.of = {}, .package = package.name};
  std::string_view source = package.source;
  constexpr std::string_view git = "git+";
  if (!source.starts_with(git)) return entry;
  source = source.substr(git.size(), source.find('#') - git.size());
  const std::size_t query = source.find('?');
  entry.git = source.substr(0, query);
  if (query == std::string_view::npos) return entry;
  const std::string_view pin = source.substr(query + 1);
  const auto value_of = [&](std::string_view key) {
    return pin.starts_with(key) ? model::to_line(unescaped(pin.substr(key.size())), pin.size()) : std::string();
  };
  entry.tag = value_of("tag=");
  entry.branch = value_of("branch=");
  entry.rev = value_of("rev=");
  return entry;
}

bool is_from(const LockedPackage& package, const CargoPatch& entry) {
  if (entry.git.empty()) return package.source.empty();
  const CargoPatch locked = entry_of(package);
  return same_address(locked.git, entry.git) && locked.tag == entry.tag && locked.branch == entry.branch &&
         locked.rev == entry.rev;
}

DeclaredPatch judge(const CargoPatch& entry, const CoveredOperation& operation, const ZkvmPatch& patch,
                    const PatchCoverage& coverage) {
  DeclaredPatch declared{.entry = entry, .standing = PatchStanding::other_address, .zkvm = {}};
  if (entry.git.empty()) {
    declared.standing = PatchStanding::path;
  } else if (same_address(entry.git, patch.source)) {
    declared.standing = entry.tag == patch.tag ? PatchStanding::known : PatchStanding::other_pin;
  } else {
    const auto other = std::ranges::find_if(operation.zkvms, [&](const ZkvmPatch& candidate) {
      return !candidate.source.empty() && same_address(entry.git, candidate.source);
    });
    if (other != operation.zkvms.end()) {
      declared.standing = PatchStanding::of_other_zkvm;
      const auto zkvm = std::ranges::find(coverage.zkvms, other->zkvm, &model::ZkvmCoverage::name);
      declared.zkvm = zkvm == coverage.zkvms.end() ? other->zkvm : zkvm->title;
    }
  }
  return declared;
}

std::optional<DeclaredPatch> declared_in(const CargoManifest& manifest, const CoveredOperation& operation,
                                         const ZkvmPatch& patch, const PatchCoverage& coverage) {
  std::optional<DeclaredPatch> best;
  for (const CargoPatch& entry : manifest.patches) {
    if (entry.of != "crates-io" || !same_crate(entry.package, patch.crate)) continue;
    const DeclaredPatch declared = judge(entry, operation, patch, coverage);
    if (!best || declared.standing < best->standing) best = declared;
  }
  return best;
}

std::optional<DeclaredPatch> taken_in(const CargoLock& lock, const CoveredOperation& operation, const ZkvmPatch& patch,
                                      const PatchCoverage& coverage) {
  std::optional<DeclaredPatch> worst;
  if (patch.source.empty()) return worst;
  for (const LockedPackage* package : lock.named(patch.crate)) {
    const DeclaredPatch taken = judge(entry_of(*package), operation, patch, coverage);
    if (taken.standing != PatchStanding::known && taken.standing != PatchStanding::other_pin) return std::nullopt;
    if (!worst || taken.standing > worst->standing) worst = taken;
  }
  return worst;
}

}  // namespace cyclegate::doctor
