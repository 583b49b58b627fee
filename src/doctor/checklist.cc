#include "doctor/checklist.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "doctor/declared_patch.h"
#include "doctor/feature_flag.h"
#include "model/shell_text.h"

namespace cyclegate::doctor {
namespace {

using model::CoveredOperation;
using model::PatchCoverage;
using model::ZkvmCoverage;
using model::ZkvmPatch;

bool from_registry(const LockedPackage& package) {
  return package.source.starts_with("registry+");
}

/// major, minor, patch of `1.4.0-alpha`; missing ones are 0.
std::array<std::uint64_t, 3> numbers_of(std::string_view version) {
  std::array<std::uint64_t, 3> numbers{};
  for (std::uint64_t& number : numbers) {
    const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), number);
    version.remove_prefix(static_cast<std::size_t>(end - version.data()));
    if (error != std::errc() || !version.starts_with('.')) break;
    version.remove_prefix(1);
  }
  return numbers;
}

std::string declaration(const ZkvmPatch& patch) {
  return fmt::format("{} = {{ git = \"{}\", tag = \"{}\" }}", patch.crate, patch.source, patch.tag);
}

std::string versions_of(const std::vector<const LockedPackage*>& packages) {
  std::string text;
  for (const LockedPackage* package : packages) {
    text += (text.empty() ? "" : ", ") + package->version;
  }
  return text;
}

/// `k256 0.13.4 from crates.io, k256 0.11.6 from ADDRESS tag TAG`.
std::string origins_of(const std::vector<const LockedPackage*>& packages) {
  std::string text;
  for (const LockedPackage* package : packages) {
    const DeclaredPatch locked{.entry = entry_of(*package), .zkvm = {}};
    const std::string origin = package->source == "registry+https://github.com/rust-lang/crates.io-index" ? "crates.io"
                               : package->source.empty()                                                  ? "the tree"
                               : locked.entry.git.empty() ? package->source
                                                          : locked.text();
    text += fmt::format("{}{} {} from {}", text.empty() ? "" : ", ", package->name, package->version, origin);
  }
  return text;
}

/// The command that lets cargo choose these anew. A name alone is ambiguous to cargo where there are several.
std::string update_of(const std::vector<const LockedPackage*>& packages) {
  std::vector<std::string> words{"cargo", "update"};
  for (const LockedPackage* package : packages) {
    words.insert(words.end(), {"-p", packages.size() == 1 ? package->name : package->name + "@" + package->version});
  }
  return model::shell_text(words);
}

/// Where Cargo.lock has the crate, but nothing from what is declared: it was written before that, and so was what was
/// built from it. cargo takes each patch that it has seen into Cargo.lock, as a package or as unused.
bool is_overlooked(const CargoPatch& entry, const std::vector<const LockedPackage*>& packages) {
  return !packages.empty() && !(entry.git.empty() && entry.path.empty()) &&
         std::ranges::none_of(packages, [&](const LockedPackage* package) { return is_from(*package, entry); });
}

/// Whether Cargo.lock lists what is declared as a patch that no crate asks for.
bool is_unused(const CargoPatch& entry, const CargoFiles& files) {
  return files.lock && std::ranges::any_of(files.lock->unused_patches, [&](const LockedPackage& package) {
           return same_crate(package.name, entry.package) && is_from(package, entry);
         });
}

/// What the checks of one patch look at.
struct Subject {
  const CoveredOperation& operation;
  const ZkvmPatch& patch;
  const ZkvmCoverage& zkvm;
  const PatchCoverage& coverage;
  const CargoFiles& files;
  /// In [patch.crates-io] of the root's manifest; where that has none or one that is unused, what Cargo.lock takes.
  std::optional<DeclaredPatch> declared;
  bool only_locked = false;  ///< `declared` is what Cargo.lock takes

  /// Whether another patch or another tag of it is declared than the coverage data knows.
  bool is_strange() const { return declared && declared->standing != PatchStanding::known; }
};

/// What a declared patch is, as long as nothing else keeps it from working.
void judge_declared(Check& check, const DeclaredPatch& declared, const Subject& subject) {
  const ZkvmPatch& patch = subject.patch;
  switch (declared.standing) {
    case PatchStanding::known:
      check.state = CheckState::right;
      break;
    case PatchStanding::of_other_zkvm:
      check.state = CheckState::wrong;
      check.text += fmt::format(", which is the patch for {}; {} wants {}", declared.zkvm, subject.zkvm.title,
                                declaration(patch));
      break;
    case PatchStanding::other_pin:
      check.text +=
          fmt::format("; known is the tag {}, and what else was declared leads to was not looked at", patch.tag);
      break;
    case PatchStanding::other_address:
    case PatchStanding::path:
      check.text += fmt::format(
          ", another patch than the known one; whether it leads to a precompile of {} was not "
          "looked at; known is {}",
          subject.zkvm.title, declaration(patch));
      break;
  }
}

Check patch_declared(const Subject& subject) {
  const ZkvmPatch& patch = subject.patch;
  const CargoFiles& files = subject.files;
  Check check{.name = "patch-declared", .text = {}};
  if (subject.only_locked) {
    // By a [patch] in cargo's configuration, or as a dependency from there.
    check.text = fmt::format("Cargo.lock takes {}", origins_of(files.lock->named(patch.crate)));
    judge_declared(check, *subject.declared, subject);
    return check;
  }
  if (files.manifests.empty()) {
    check.text = fmt::format("{}; [patch.crates-io] of the Cargo.toml wants {}",
                             files.lock ? "no Cargo.toml was given" : files.no_lock, declaration(patch));
    return check;
  }
  const CargoManifest* const root = files.root();
  if (root == nullptr) {
    check.text = fmt::format("there is no Cargo.toml beside {}; its [patch.crates-io] wants {}", files.lock->origin,
                             declaration(patch));
    return check;
  }
  if (!root->unread.empty()) {
    check.text = fmt::format("{}; its [patch.crates-io] wants {}", root->unread, declaration(patch));
    return check;
  }
  if (subject.declared) {
    check.text = fmt::format("{} declares {}", root->origin, subject.declared->text());
    judge_declared(check, *subject.declared, subject);
    if (is_unused(subject.declared->entry, files) && check.state != CheckState::wrong) {
      check.state = CheckState::wrong;
      check.text = fmt::format("{} declares {}, but Cargo.lock lists it as unused: no crate asks for its version",
                               root->origin, subject.declared->text());
    } else if (files.lock && check.state != CheckState::wrong) {
      const auto packages = files.lock->named(patch.crate);
      if (is_overlooked(subject.declared->entry, packages)) {
        check.state = CheckState::wrong;
        check.text = fmt::format("{} declares {}, but Cargo.lock takes {}: {}", root->origin, subject.declared->text(),
                                 origins_of(packages), update_of(packages));
      }
    }
    return check;
  }
  check.state = CheckState::wrong;
  for (const CargoManifest& manifest : files.manifests) {
    if (!declared_in(manifest, subject.operation, patch, subject.coverage)) continue;
    check.text = fmt::format("{} declares it, but cargo reads [patch.crates-io] in {} only; add it there: {}",
                             manifest.origin, root->origin, declaration(patch));
    return check;
  }
  check.text = fmt::format("{} has no such entry; add below [patch.crates-io]: {}", root->origin, declaration(patch));
  return check;
}

Check tag_exists(const Subject& subject) {
  Check check{.name = "tag-exists", .text = {}};
  CargoPatch pinned{.of = {}, .package = {}, .git = subject.patch.source, .tag = subject.patch.tag};
  if (subject.declared) {
    pinned = subject.declared->entry;
  } else if (const CargoManifest* const root = subject.files.root()) {
    // Declared for another source than crates.io.
    for (const CargoPatch& entry : root->patches) {
      if (same_crate(entry.package, subject.patch.crate) && !entry.git.empty()) pinned = entry;
    }
  }
  if (pinned.git.empty()) {
    check.state = CheckState::not_applicable;
    check.text = fmt::format("{} is declared as a directory, which has no tags", subject.patch.crate);
  } else if (!pinned.tag.empty()) {
    check.text =
        "needs the network: " + model::shell_text({"git", "ls-remote", "--tags", "--", pinned.git, pinned.tag});
  } else if (!pinned.rev.empty()) {
    check.text =
        fmt::format("{} is pinned to the commit {}; whether a tag stands there needs the network: {}", pinned.git,
                    pinned.rev, model::shell_text({"git", "ls-remote", "--tags", "--", pinned.git}));
  } else {
    check.state = CheckState::wrong;
    const std::string example =
        same_address(pinned.git, subject.patch.source) ? ", e.g. " + subject.patch.tag : std::string();
    check.text = pinned.branch.empty() ? fmt::format("{} is declared without a tag; pin one{}", pinned.git, example)
                                       : fmt::format("{} is declared with the branch {}, which moves; pin a tag{}",
                                                     pinned.git, pinned.branch, example);
  }
  return check;
}

Check crate_version(const Subject& subject) {
  const ZkvmPatch& patch = subject.patch;
  const CargoFiles& files = subject.files;
  Check check{.name = "crate-version", .text = {}};
  if (!files.lock) {
    check.text = fmt::format("{}; it must have {} {}", files.no_lock, patch.crate, patch.version);
    return check;
  }
  const auto packages = files.lock->named(patch.crate);
  if (packages.empty()) {
    std::string others;
    for (const std::string& crate : subject.operation.crates) {
      for (const LockedPackage* package : files.lock->named(crate)) {
        others += fmt::format("{}{} {}", others.empty() ? "" : ", ", package->name, package->version);
      }
    }
    check.state = CheckState::wrong;
    check.text = fmt::format("Cargo.lock has no {}{}: the patch reaches nothing", patch.crate,
                             others.empty() ? "" : ", the work is done by " + others);
    return check;
  }
  if (subject.is_strange()) {
    check.text =
        fmt::format("Cargo.lock has {} {}; which version the declared {} is made for is not known (tag {}: {})",
                    patch.crate, versions_of(packages), subject.declared->text(), patch.tag, patch.version);
    return check;
  }
  const bool all =
      std::ranges::all_of(packages, [&](const LockedPackage* package) { return package->version == patch.version; });
  check.state = all ? CheckState::right : CheckState::wrong;
  check.text = all ? fmt::format("Cargo.lock has {} {}, as the patch", patch.crate, patch.version)
                   : fmt::format(
                         "Cargo.lock has {0} {1}, the patch is {2}; cargo passes over a patch of a version that "
                         "nobody asks for: cargo update -p {0} --precise {2}",
                         patch.crate, versions_of(packages), patch.version);
  return check;
}

Check sdk_version(const Subject& subject) {
  const ZkvmPatch& patch = subject.patch;
  const ZkvmCoverage& zkvm = subject.zkvm;
  const CargoFiles& files = subject.files;
  Check check{.name = "sdk-version", .text = {}};
  if (patch.sdk.empty()) {
    check.text = fmt::format("the tag {} does not say which SDK of {} it is for", patch.tag, zkvm.title);
    return check;
  }
  if (!files.lock) {
    check.text = fmt::format("{}; the tag {} is for {} {}", files.no_lock, patch.tag, zkvm.title, patch.sdk);
    return check;
  }
  for (const std::string& crate : zkvm.sdk) {
    for (const LockedPackage* package : files.lock->named(crate)) {
      if (subject.is_strange()) {
        check.text = fmt::format("Cargo.lock has {} {}; which SDK the declared {} is for is not known (tag {}: {})",
                                 package->name, package->version, subject.declared->text(), patch.tag, patch.sdk);
        return check;
      }
      const auto have = numbers_of(package->version);
      const auto want = numbers_of(patch.sdk);
      const std::string both = fmt::format("Cargo.lock has {} {}, the tag {} is for {}", package->name,
                                           package->version, patch.tag, patch.sdk);
      if (have == want) {
        check.state = CheckState::right;
        check.text = both;
      } else if (have < want) {
        check.state = CheckState::wrong;
        check.text = both + ": the SDK is older; take an earlier tag or a newer SDK";
      } else {
        check.text = both + ": the SDK is newer; whether a newer tag is there needs the network";
      }
      return check;
    }
  }
  check.state = CheckState::wrong;
  check.text = fmt::format("Cargo.lock has no {}: the guest does not use the SDK of {}",
                           zkvm.sdk.empty() ? zkvm.name : zkvm.sdk.front(), zkvm.title);
  return check;
}

Check other_sources(const Subject& subject) {
  const ZkvmPatch& patch = subject.patch;
  const CargoFiles& files = subject.files;
  Check check{.name = "other-sources", .text = {}};
  if (!files.lock) {
    check.text = files.no_lock + "; a crate from a git address wants a [patch.\"https://...\"] of its own";
    return check;
  }
  check.state = CheckState::not_applicable;
  check.text = fmt::format("no {} comes from another source than crates.io", patch.crate);
  const CargoManifest* const root = files.root();
  for (const LockedPackage* package : files.lock->named(patch.crate)) {
    if (package->source.empty() || from_registry(*package)) continue;
    const std::string address = address_of(package->source);
    const auto entry_where = [&](auto&& fits) -> const CargoPatch* {
      if (root == nullptr) return nullptr;
      const auto found = std::ranges::find_if(root->patches, [&](const CargoPatch& entry) {
        return same_crate(entry.package, patch.crate) && fits(entry);
      });
      return found == root->patches.end() ? nullptr : &*found;
    };
    // What a [patch] table put there is no other source: that of crates.io, patch-declared judges.
    if (const CargoPatch* const entry = entry_where(
            [&](const CargoPatch& candidate) { return candidate.of != "crates-io" && is_from(*package, candidate); })) {
      const DeclaredPatch declared = judge(*entry, subject.operation, patch, subject.coverage);
      check.state = CheckState::not_checked;
      check.text = fmt::format("[patch.\"{}\"] declares {}", address_of(entry->of), declared.text());
      judge_declared(check, declared, subject);
      if (check.state != CheckState::right) return check;
      continue;
    }
    if (same_address(address, patch.source)) continue;
    if (entry_where([&](const CargoPatch& entry) { return same_address(entry.git, address); }) != nullptr) continue;
    if (const CargoPatch* const entry =
            entry_where([&](const CargoPatch& candidate) { return same_address(candidate.of, address); })) {
      // Had cargo taken it, the package came from there.
      const DeclaredPatch declared = judge(*entry, subject.operation, patch, subject.coverage);
      check.text = fmt::format("[patch.\"{}\"] declares {}", address, declared.text());
      judge_declared(check, declared, subject);
      if (check.state != CheckState::wrong) {
        check.state = CheckState::wrong;
        check.text = fmt::format("[patch.\"{}\"] declares {}, but Cargo.lock takes {}: {}", address, declared.text(),
                                 origins_of({package}), update_of(files.lock->named(patch.crate)));
      }
      return check;
    }
    check.state = files.manifests.empty() ? CheckState::not_checked : CheckState::wrong;
    check.text = fmt::format("{} {} comes from {}, which [patch.crates-io] does not reach; add [patch.\"{}\"]",
                             package->name, package->version, address, address);
    return check;
  }
  return check;
}

}  // namespace

std::string_view to_string(CheckState state) {
  switch (state) {
    case CheckState::right:
      return "ok";
    case CheckState::wrong:
      return "wrong";
    case CheckState::not_applicable:
      return "does not apply";
    case CheckState::not_checked:
      break;
  }
  return "not checked";
}

std::vector<Check> check_patch(const CoveredOperation& operation, const ZkvmPatch& patch, const ZkvmCoverage& zkvm,
                               const PatchCoverage& coverage, const CargoFiles& files) {
  Subject subject{.operation = operation,
                  .patch = patch,
                  .zkvm = zkvm,
                  .coverage = coverage,
                  .files = files,
                  .declared = std::nullopt,
                  .only_locked = false};
  if (const CargoManifest* const root = files.root()) {
    subject.declared = declared_in(*root, operation, patch, coverage);
  }
  if (files.lock && (!subject.declared || is_unused(subject.declared->entry, files))) {
    if (const auto taken = taken_in(*files.lock, operation, patch, coverage)) {
      subject.declared = taken;
      subject.only_locked = true;
    }
  }
  return {patch_declared(subject), tag_exists(subject),    crate_version(subject),
          sdk_version(subject),    other_sources(subject), feature_flag(operation, patch, zkvm, files)};
}

bool is_patched(const ZkvmPatch& patch, const CargoFiles& files) {
  if (!files.lock || patch.source.empty()) return false;
  const auto packages = files.lock->named(patch.crate);
  return !packages.empty() && std::ranges::all_of(packages, [&](const LockedPackage* package) {
    return package->source.starts_with("git+") && same_address(package->source, patch.source);
  });
}

}  // namespace cyclegate::doctor
