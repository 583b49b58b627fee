#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <ctime>
#include <string>

#include "config/patch_coverage.h"
#include "doctor/coverage_files.h"
#include "doctor/diagnosis.h"
#include "model/error.h"
#include "system/interrupt.h"

using namespace cyclegate::doctor;
using cyclegate::model::Error;
using cyclegate::model::PatchCoverage;
using cyclegate::model::Profile;
using cyclegate::model::Wide;

namespace {

const PatchCoverage& coverage() {
  static const PatchCoverage read =
      cyclegate::config::read_patch_coverage(coverage_files::embedded_files().front().bytes, "patch-coverage.yaml");
  return read;
}

constexpr std::string_view three_lines =
    "1,234,567  15.2%  tiny_keccak::Keccak::update\n"
    "987,654  12.1%  ark_bn254::g1::G1Projective\n"
    "456,789   5.6%  sha2::sha256::compress256\n";

/// For a terminal, with names cut after so many characters.
std::string text_of(const Diagnosis& diagnosis) {
  return diagnosis_text(diagnosis, [](std::string_view name, std::size_t columns) {
    return name.size() <= columns ? std::string(name) : std::string(name.substr(0, columns - 3)) + "...";
  });
}

const MissingPrecompile* finding(const Diagnosis& diagnosis, std::string_view operation) {
  for (const MissingPrecompile& missing : diagnosis.missing) {
    if (std::ranges::find(missing.operations, operation) != missing.operations.end()) return &missing;
  }
  return nullptr;
}

const Check& check(const MissingPrecompile& missing, std::string_view name) {
  const auto found = std::ranges::find(missing.checklist, name, &Check::name);
  REQUIRE(found != missing.checklist.end());
  return *found;
}

/// A tree from (parent, frame, self); frames by name.
Profile tree(std::vector<std::string> names, std::vector<std::array<std::uint64_t, 3>> nodes) {
  Profile profile;
  profile.origin = "guest on input";
  profile.columns = {{.name = "cost", .unit = "cost"}};
  for (std::string& name : names) profile.frames.push_back({.name = std::move(name)});
  for (const auto& [parent, frame, self] : nodes) {
    profile.nodes.push_back(
        {.parent = static_cast<std::uint32_t>(parent), .frame = static_cast<std::uint32_t>(frame), .calls = 10});
    profile.self.push_back(self);
  }
  return profile;
}

constexpr std::uint64_t root = cyclegate::model::ProfileNode::kNoParent;

constexpr std::string_view lock_text = R"(
version = 4
[[package]]
name = "guest"
version = "0.1.0"
dependencies = ["vm", "ziskos"]
[[package]]
name = "vm"
version = "0.1.0"
dependencies = ["common", "sha2 0.10.8"]
[[package]]
name = "common"
version = "0.1.0"
dependencies = ["tiny-keccak"]
[[package]]
name = "tiny-keccak"
version = "2.0.2"
source = "registry+https://github.com/rust-lang/crates.io-index"
[[package]]
name = "sha2"
version = "0.10.8"
source = "git+https://github.com/somebody/hashes.git?rev=abc#0123456789"
[[package]]
name = "ziskos"
version = "1.4.0-alpha"
source = "registry+https://github.com/rust-lang/crates.io-index"
[[patch.unused]]
name = "k256"
version = "0.13.4"
source = "git+https://github.com/0xPolygonHermez/zisk-patch-elliptic-curves?tag=x#y"
)";

CargoFiles cargo(std::string_view guest_manifest, std::string_view vm_manifest, std::string_view common_manifest) {
  CargoFiles files;
  files.lock = read_lock(lock_text, "Cargo.lock");
  files.manifests = {read_manifest(guest_manifest, "Cargo.toml"), read_manifest(vm_manifest, "vm/Cargo.toml"),
                     read_manifest(common_manifest, "common/Cargo.toml")};
  return files;
}

}  // namespace

TEST_CASE("three lines of a report name three missing precompiles with their patch") {
  const Diagnosis diagnosis = examine(hotspots_from_text(three_lines, "top.txt"), coverage(), {}, {});
  REQUIRE(diagnosis.missing.size() == 3);
  const MissingPrecompile* const keccak = finding(diagnosis, "Keccak-256");
  REQUIRE(keccak != nullptr);
  CHECK(keccak->functions.front().name == "tiny_keccak::Keccak::update");
  CHECK(keccak->cost == 1'234'567);
  CHECK(keccak->available);
  CHECK(keccak->patch.tag == "patch-2.0.2-zisk-0.15.0");
  const MissingPrecompile* const curve = finding(diagnosis, "BN254 ECADD");
  REQUIRE(curve != nullptr);
  CHECK(curve == finding(diagnosis, "BN254 ECMUL"));
  CHECK(curve->functions.front().name == "ark_bn254::g1::G1Projective");
  CHECK(curve->patch.crate == "substrate-bn");
  CHECK(curve->unreached == "ark-bn254");
  CHECK(keccak->unreached.empty());
  const MissingPrecompile* const sha = finding(diagnosis, "SHA2-256");
  REQUIRE(sha != nullptr);
  CHECK(sha->patch.crate == "sha2");
  CHECK(sha->patch.source == "https://github.com/0xPolygonHermez/zisk-patch-hashes");
  // 467,079,817 became 29,171,829: 93.75 % of it goes.
  CHECK(sha->gain == Wide{456'789} * (467'079'817 - 29'171'829) / 467'079'817);
  const std::string text = text_of(diagnosis);
  CHECK(text.find("15.20 %  tiny_keccak::Keccak::update") != std::string::npos);
  CHECK(text.find("Keccak-256: at least 1,234,567 cost, 15.20 % of the run\n") != std::string::npos);
  CHECK(text.find("gain   about 428,259 cost, 5.27 % of the run (467,079,817 cost became 29,171,829:") !=
        std::string::npos);
  CHECK(text.find("[not checked] tag-exists") != std::string::npos);
}

TEST_CASE("the same lines on another zkVM give that zkVM's answer") {
  const Hotspots hotspots = hotspots_from_text(three_lines, "top.txt");
  const Diagnosis risc0 = examine(hotspots, coverage(), {}, {.zkvm = "risc0"});
  const MissingPrecompile* const keccak = finding(risc0, "Keccak-256");
  REQUIRE(keccak != nullptr);
  CHECK_FALSE(keccak->available);
  CHECK(keccak->patch.gap == "very high");
  CHECK(keccak->patch.note.find("unstable") != std::string::npos);
  CHECK_FALSE(keccak->gain);
  // SP1 has no ECADD but ECMUL: the patch that is there is named.
  const Diagnosis sp1 = examine(hotspots, coverage(), {}, {.zkvm = "sp1"});
  const MissingPrecompile* const curve = finding(sp1, "BN254 ECADD");
  REQUIRE(curve != nullptr);
  CHECK(curve->available);
  CHECK(curve->patch.source == "https://github.com/sp1-patches/bn");
  CHECK_THROWS_AS(examine(hotspots, coverage(), {}, {.zkvm = "jolt"}), Error);
}

TEST_CASE("the matrix of operations and zkVMs is whole") {
  REQUIRE(coverage().operations.size() == 11);
  // + is accelerated, - is not: SP1, RISC Zero, ZisK.
  const std::vector<std::pair<std::string, std::string>> matrix = {
      {"ECRECOVER", "+++"},   {"SHA2-256", "+++"},    {"Keccak-256", "+-+"},    {"SHA3", "+-+"},
      {"BN254 ECADD", "--+"}, {"BN254 ECMUL", "+-+"}, {"BN254 PAIRING", "+++"}, {"BLS12-381", "--+"},
      {"KZG", "-++"},         {"P256VERIFY", "++-"},  {"MODEXP", "--+"}};
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    const auto& operation = coverage().operations[i];
    CHECK(operation.name == matrix[i].first);
    std::string row;
    for (const std::string_view zkvm : {"sp1", "risc0", "zisk"}) {
      const auto patch = std::ranges::find(operation.zkvms, zkvm, &cyclegate::model::ZkvmPatch::zkvm);
      REQUIRE(patch != operation.zkvms.end());
      row += patch->accelerated ? '+' : '-';
    }
    CHECK(row == matrix[i].second);
  }
}

TEST_CASE("a sign begins a word of the function's own name") {
  CHECK(has_sign("tiny_keccak::Keccak::update", "tiny_keccak::"));
  CHECK_FALSE(has_sign("tiny_keccak::Keccak::update", "keccak::"));
  CHECK(has_sign("keccak::backends::soft::keccak_p::<u64, 24>", "keccak::"));
  CHECK(has_sign("<k256::arithmetic::projective::ProjectivePoint>::double", "k256::arithmetic"));
  CHECK(has_sign("<k256::Point as group::Group>::double", "k256::"));
  CHECK_FALSE(has_sign("<guest::Row as k256::Group>::add", "k256::"));
  CHECK_FALSE(has_sign("core::ptr::drop::<k256::Point>", "k256::"));
  CHECK_FALSE(has_sign("anything", ""));
}

TEST_CASE("a build that uses the precompile is left in peace, and one that does so partly is told") {
  Hotspots hotspots = hotspots_of(
      tree({"main", "tiny_keccak::Keccak::update", "syscall_keccak_f"}, {{root, 0, 50}, {0, 1, 20}, {1, 2, 30}}), "");
  CHECK(examine(hotspots, coverage(), {}, {}).missing.empty());
  hotspots = hotspots_of(tree({"main", "tiny_keccak::Keccak::update"}, {{root, 0, 50}, {0, 1, 50}}), "");
  CHECK(examine(hotspots, coverage(), {}, {}).missing.size() == 1);
  hotspots.precompiles = {"keccak"};
  CHECK(examine(hotspots, coverage(), {}, {}).missing.empty());
  // Another crate's permutation in software beside it.
  hotspots = hotspots_of(tree({"main", "zkvm_keccak256", "keccak::backends::soft::keccak_p::<u64, 24>"},
                              {{root, 0, 50}, {0, 1, 1'000}, {0, 2, 9'000'000}}),
                         "");
  const Diagnosis partly = examine(hotspots, coverage(), {}, {});
  REQUIRE(partly.missing.size() == 1);
  CHECK(partly.missing.front().partly);
  CHECK(partly.missing.front().unreached == "keccak");  // not tiny-keccak, which the patch replaces
  // Ten calls of 42,238 each remain.
  CHECK(partly.missing.front().gain == 9'000'000 - 422'380);
}

TEST_CASE("a permutation that costs what the precompile costs is the precompile") {
  const Hotspots hotspots =
      hotspots_of(tree({"main", "tiny_keccak::keccakf::keccakf"}, {{root, 0, 50}, {0, 1, 430'000}}), "");
  CHECK(examine(hotspots, coverage(), {}, {}).missing.empty());
}

TEST_CASE("nested functions of one operation are counted once") {
  const Hotspots hotspots = hotspots_of(
      tree({"main", "k256::arithmetic::mul::lincomb", "<k256::arithmetic::projective::ProjectivePoint>::add", "memcpy"},
           {{root, 0, 100}, {0, 1, 200}, {1, 2, 600}, {2, 3, 50}, {0, 3, 50}}),
      "");
  const Diagnosis diagnosis = examine(hotspots, coverage(), {}, {});
  const MissingPrecompile* const recover = finding(diagnosis, "ECRECOVER");
  REQUIRE(recover != nullptr);
  CHECK(recover->cost == 850);
  CHECK(recover->functions.size() == 2);
  CHECK(recover->functions.front().total == 850);
}

TEST_CASE("what is left out of the run leaves the rest visible") {
  const Hotspots hotspots = hotspots_of(tree({"_start", "derive_key", "sha2::sha256::compress256", "main", "memcpy"},
                                             {{root, 0, 1}, {0, 1, 80}, {1, 2, 900}, {0, 3, 9}, {3, 4, 10}}),
                                        "");
  const Diagnosis all = examine(hotspots, coverage(), {}, {});
  const auto dominant = std::ranges::find(all.observations, "dominant-frame", &Observation::code);
  REQUIRE(dominant != all.observations.end());
  CHECK(dominant->text.find("90.00 % of the run is within sha2::sha256::compress256") != std::string::npos);
  const Diagnosis rest = examine(hotspots, coverage(), {}, {.exclude = {"derive_key"}});
  CHECK(rest.sum == 20);
  CHECK(rest.missing.empty());
  const auto copying = std::ranges::find(rest.observations, "copying", &Observation::code);
  REQUIRE(copying != rest.observations.end());
  CHECK(copying->cost == 10);
  CHECK(copying->text.find("50.00 % of the run") != std::string::npos);
}

TEST_CASE("a deep tree with many leaves is walked once") {
  cyclegate::model::Profile profile;
  profile.origin = "deep";
  profile.columns = {{"steps", "steps"}};
  constexpr std::uint32_t depth = 60'000;
  constexpr std::uint32_t leaves = 300'000;
  const std::clock_t begin = std::clock();
  for (std::uint32_t i = 0; i < depth + leaves; ++i) {
    profile.frames.push_back({.name = "f" + std::to_string(i)});
    profile.nodes.push_back({i == 0 ? cyclegate::model::ProfileNode::kNoParent : std::min(i, depth) - 1, i, 0});
    profile.self.push_back(1);
  }
  const std::clock_t made = std::clock();
  const Hotspots hotspots = hotspots_of(std::move(profile), "");
  // By walking all callers of every node these are 20,000,000,000 steps.
  CHECK(std::clock() - made < 60 * (made - begin));
  CHECK(hotspots.sum == depth + leaves);
  CHECK(hotspots.functions.front().name == "f0");
  CHECK(hotspots.functions.front().total == depth + leaves);
  CHECK(hotspots.functions[depth - 1].total == leaves + 1);
}

TEST_CASE("misaligned accesses are told with their share of the steps") {
  cyclegate::model::Execution execution;
  execution.steps = 1'000;
  execution.misaligned_accesses = 25;
  execution.functions = {{.name = "main", .calls = 1, .steps_self = 1'000, .steps_total = 1'000}};
  const Diagnosis diagnosis = examine(hotspots_of(execution, "g on i"), coverage(), {}, {});
  const auto found = std::ranges::find(diagnosis.observations, "misaligned", &Observation::code);
  REQUIRE(found != diagnosis.observations.end());
  CHECK(found->text.find("25 loads and stores") != std::string::npos);
  CHECK(found->text.find("2.50 % of the steps") != std::string::npos);
}

TEST_CASE("of a ziskemu report only the table of costs counts") {
  const Hotspots hotspots = hotspots_from_text(
      "TOP STEP FUNCTIONS\n---\n  9,999  99.00%  1  9,999 wrong\n\n"
      "TOP COST FUNCTIONS (COST, % VARIABLE COST, CALLS, COST/CALL, FUNCTION)\n-------\n"
      "  13,220  16.88%          8           1,652 dma_memcpy\n   485   0.62%          1             485 <a as b>::c "
      "d\n\n"
      "process_rom() steps=5\n 77 7.00% later\n",
      "report.txt");
  REQUIRE(hotspots.functions.size() == 2);
  CHECK(hotspots.functions[0].name == "dma_memcpy");
  CHECK(hotspots.functions[0].calls == 8);
  CHECK(hotspots.functions[1].name == "<a as b>::c d");
  CHECK_THROWS_AS(hotspots_from_text("no table\n", "x"), Error);
  CHECK_THROWS_AS(hotspots_from_text("", "x"), Error);
  CHECK_THROWS_AS(hotspots_from_text("99999999999999999999999  5% f\n1 101% f\n1 5 f\n", "x"), Error);
}

TEST_CASE("without Cargo files every item of the checklist says that it was not checked") {
  const Diagnosis diagnosis = examine(hotspots_from_text(three_lines, "top.txt"), coverage(), {}, {});
  for (const MissingPrecompile& missing : diagnosis.missing) {
    REQUIRE(missing.checklist.size() == 6);
    for (const Check& item : missing.checklist) CHECK(item.state == CheckState::not_checked);
  }
}

TEST_CASE("the checklist finds each of its mistakes") {
  const CargoFiles files = cargo(
      "[package]\nname='guest'\n[dependencies]\nvm = { path = 'vm', features = ['zisk'] }\n",
      "[package]\nname='vm'\n[features]\nzisk = []\n[dependencies]\ncommon = { path = '../common' }\nsha2 = '0.10'\n",
      "[package]\nname='common'\n[features]\nzisk = []\n[dependencies]\ntiny-keccak = '2'\n");
  const Diagnosis diagnosis = examine(hotspots_from_text(three_lines, "top.txt"), coverage(), files, {});
  const MissingPrecompile& keccak = *finding(diagnosis, "Keccak-256");
  CHECK(check(keccak, "patch-declared").state == CheckState::wrong);
  CHECK(check(keccak, "patch-declared").text.find("tag = \"patch-2.0.2-zisk-0.15.0\"") != std::string::npos);
  CHECK(check(keccak, "tag-exists").state == CheckState::not_checked);
  CHECK(check(keccak, "crate-version").state == CheckState::right);
  CHECK(check(keccak, "sdk-version").state == CheckState::not_checked);  // the SDK is newer than the tag
  CHECK(check(keccak, "other-sources").state == CheckState::not_applicable);
  CHECK(check(keccak, "feature-flag").state == CheckState::wrong);
  CHECK(check(keccak, "feature-flag").text.find("guest -> vm -> common -> tiny-keccak") != std::string::npos);
  CHECK(check(keccak, "feature-flag").text.find("lost at vm -> common") != std::string::npos);
  const MissingPrecompile& sha = *finding(diagnosis, "SHA2-256");
  CHECK(check(sha, "crate-version").state == CheckState::wrong);
  CHECK(check(sha, "crate-version").text.find("cargo update -p sha2 --precise 0.10.9") != std::string::npos);
  CHECK(check(sha, "other-sources").state == CheckState::wrong);
  CHECK(check(sha, "other-sources").text.find("[patch.\"https://github.com/somebody/hashes\"]") != std::string::npos);
  const MissingPrecompile& curve = *finding(diagnosis, "BN254 ECADD");
  CHECK(check(curve, "crate-version").state == CheckState::wrong);
}

TEST_CASE("the checklist is content with a guest that is as it must be") {
  const CargoFiles files = cargo(
      "[package]\nname='guest'\n[features]\nzisk = ['vm/zisk']\n[patch.crates-io]\n"
      "tiny-keccak = { git = 'https://github.com/0xPolygonHermez/zisk-patch-tiny-keccak', tag = "
      "'patch-2.0.2-zisk-0.15.0' }\n[patch.'https://github.com/somebody/hashes']\nsha2 = { git = "
      "'https://github.com/0xPolygonHermez/zisk-patch-hashes', tag = 'x' }\n",
      "[package]\nname='vm'\n[features]\nzisk = ['common?/zisk']\n",
      "[package]\nname='common'\n[features]\nzisk = []\n");
  const Diagnosis diagnosis = examine(hotspots_from_text(three_lines, "top.txt"), coverage(), files, {});
  const MissingPrecompile& keccak = *finding(diagnosis, "Keccak-256");
  CHECK(check(keccak, "patch-declared").state == CheckState::right);
  CHECK(check(keccak, "feature-flag").state == CheckState::right);
  CHECK(check(*finding(diagnosis, "SHA2-256"), "other-sources").state == CheckState::right);
}

TEST_CASE("a patch that Cargo.lock lists as unused is wrong although it is declared") {
  CargoFiles files = cargo(
      "[patch.crates-io]\nk256 = { git = 'https://github.com/0xPolygonHermez/zisk-patch-elliptic-curves' }\n", "", "");
  const Diagnosis diagnosis =
      examine(hotspots_from_text("5 50% k256::arithmetic::mul::lincomb\n", "t"), coverage(), files, {});
  const MissingPrecompile& recover = *finding(diagnosis, "ECRECOVER");
  CHECK(check(recover, "patch-declared").state == CheckState::wrong);
  CHECK(check(recover, "patch-declared").text.find("unused") != std::string::npos);
  CHECK(check(recover, "tag-exists").state == CheckState::wrong);  // declared without a tag
}

TEST_CASE("Cargo files that are no TOML are refused with their place") {
  try {
    read_lock("[[package]]\nname = \n", "Cargo.lock");
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).starts_with("Cargo.lock:2:"));
  }
  CHECK_THROWS_AS(read_manifest("= 1", "Cargo.toml"), Error);
  CHECK_THROWS_AS(read_manifest(std::string(100'000, '['), "Cargo.toml"), Error);
  // What is of another kind than expected says nothing.
  CHECK(read_lock("package = 3\n[patch]\nunused = 'x'\n", "l").packages.empty());
  CHECK(read_manifest("patch = 1\nfeatures = []\ndependencies = 'x'\n[target]\na = 1\n", "m").patches.empty());
}

TEST_CASE("patch coverage data with mistakes is refused with every place") {
  try {
    cyclegate::config::read_patch_coverage(
        "format: 1\nas_of: 2026-01-16\nzkvms:\n  - name: zisk\noperations:\n  - name: A\n    zkvms:\n"
        "      - zkvm: zisc\n        crate: x\n        tag: y\n        measured: {before: 1, after: 2, unit: cost, "
        "what: w}\n",
        "mine.yaml");
    FAIL("no error");
  } catch (const Error& error) {
    const std::string text = error.what();
    CHECK(text.find("mine.yaml:8:") != std::string::npos);
    CHECK(text.find("'zisk'") != std::string::npos);
    CHECK(text.find("no gain") != std::string::npos);
    CHECK(text.find("version, source and tag") != std::string::npos);
  }
  CHECK_THROWS_AS(cyclegate::config::read_patch_coverage("", "x"), Error);
  CHECK_THROWS_AS(cyclegate::config::read_patch_coverage("format: 2\nas_of: x\nzkvms: []\noperations: []\n", "x"),
                  Error);
}

TEST_CASE("names of a profile cannot write to the terminal or leave the JSON") {
  const Hotspots hotspots = hotspots_from_text("5 50% sha2::sha256\x1b[31m\"}],\n", "a\x1b[0mb");
  const Diagnosis diagnosis = examine(hotspots, coverage(), {}, {});
  CHECK(text_of(diagnosis).find('\x1b') == std::string::npos);
  const std::string json = diagnosis_json(diagnosis);
  CHECK(json.find('\x1b') == std::string::npos);
  CHECK(json.find("\\\"}],") != std::string::npos);
}

TEST_CASE("features of [workspace.dependencies] reach the members that inherit them, and only those") {
  constexpr std::string_view root_manifest =
      "[package]\nname='guest'\n[features]\nzisk=[]\n[dependencies]\nvm = { workspace = true }\n"
      "[workspace.dependencies]\nvm = { path = 'vm', features = ['zisk'] }\n"
      "shared-code = { package = 'common', path = 'common', features = ['zisk'] }\n";
  const auto state = [&](const std::string& vm_dependency) {
    const CargoFiles files =
        cargo(root_manifest, "[package]\nname='vm'\n[features]\nzisk = []\n[dependencies]\n" + vm_dependency + "\n",
              "[package]\nname='common'\n[features]\nzisk = []\n");
    return check(*finding(examine(hotspots_from_text(three_lines, "top.txt"), coverage(), files, {}), "Keccak-256"),
                 "feature-flag")
        .state;
  };
  CHECK(state("shared-code = { workspace = true }") == CheckState::right);
  CHECK(state("common = { path = '../common' }") == CheckState::wrong);
}

TEST_CASE("a patch that only a member declares is none to cargo, and a root that cannot be read is not checked") {
  constexpr std::string_view declared =
      "[package]\nname='vm'\n[patch.crates-io]\ntiny-keccak = { git = 'https://example.org/k', tag = 'v1' }\n";
  CargoFiles files = cargo("[package]\nname='guest'\n", declared, "[package]\nname='common'\n");
  const auto declaration = [&] {
    return check(*finding(examine(hotspots_from_text(three_lines, "top.txt"), coverage(), files, {}), "Keccak-256"),
                 "patch-declared");
  };
  CHECK(declaration().state == CheckState::wrong);
  CHECK(declaration().text.find("vm/Cargo.toml declares it, but cargo reads [patch.crates-io] in Cargo.toml only") !=
        std::string::npos);
  files.manifests[0] = {};
  files.manifests[0].origin = "Cargo.toml";
  files.manifests[0].unread = "Cargo.toml:1:2: garbled";
  CHECK(declaration().state == CheckState::not_checked);
  CHECK(declaration().text.starts_with("Cargo.toml:1:2: garbled"));
}

TEST_CASE("words from Cargo.toml and names of functions stand in commands as one harmless word each") {
  const CargoFiles files =
      cargo("[patch.crates-io]\ntiny-keccak = { git = '--upload-pack=x', tag = '$(touch it)' }\n", "", "");
  const Diagnosis diagnosis = examine(hotspots_from_text(three_lines, "top.txt"), coverage(), files, {});
  CHECK(check(*finding(diagnosis, "Keccak-256"), "tag-exists").text ==
        "needs the network: git ls-remote --tags -- --upload-pack=x '$(touch it)'");
  const Diagnosis dominant = examine(hotspots_of(tree({"x'; touch it; '"}, {{root, 0, 5}}), ""), coverage(), {}, {});
  const auto found = std::ranges::find(dominant.observations, "dominant-frame", &Observation::code);
  REQUIRE(found != dominant.observations.end());
  CHECK(found->text.find(R"(--exclude='x'\''; touch it; '\''' shows)") != std::string::npos);
}

TEST_CASE("a frame is left out by its whole name, and by the beginning of names only where there is none") {
  const Hotspots hotspots =
      hotspots_of(tree({"_start", "run", "run_all"}, {{root, 0, 1}, {0, 1, 10}, {0, 2, 100}}), "");
  CHECK(excluding(hotspots, {"run"}).sum == 101);
  CHECK(excluding(hotspots, {"ru"}).sum == 1);
}

TEST_CASE("cost that an executor does not split counts as the function's") {
  cyclegate::model::Execution execution;
  execution.cost.emplace();
  execution.functions = {{.name = "main", .calls = 1, .unsplit_self = 70, .unsplit_total = 90}};
  const Hotspots hotspots = hotspots_of(execution, "g on i");
  CHECK(hotspots.functions[0].self == 70);
  CHECK(hotspots.functions[0].total == 90);
}

TEST_CASE("a frame to leave out that no function fits is refused") {
  const Hotspots hotspots =
      hotspots_of(tree({"main", "<k256::ecdsa::Signature>::verify"}, {{root, 0, 1}, {0, 1, 10}}), "");
  CHECK(excluding(hotspots, {"k256::ecdsa"}).sum == 1);
  CHECK(excluding(hotspots, {"ecdsa"}).sum == 1);  // a word anywhere in the path
  try {
    examine(hotspots, coverage(), {}, {.exclude = {"k256::ecdsa", "nosuch"}});
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == cyclegate::model::ErrorKind::usage);
    CHECK(std::string(error.what()).find("--exclude nosuch: no function of guest on input") == 0);
  }
  CHECK_THROWS_AS(excluding(hotspots_from_text(three_lines, "t"), {"nosuch"}), Error);
}

TEST_CASE("half a million functions of one operation are examined in seconds") {
  std::string list = "1  100.0%  main\n";
  for (int i = 0; i < 500'000; ++i) list += "1,234  0.1%  k256::f" + std::to_string(i) + "\n";
  const std::clock_t begin = std::clock();
  const Hotspots hotspots = hotspots_from_text(list, "long.txt");
  const std::clock_t read = std::clock();
  const Diagnosis diagnosis = examine(hotspots, coverage(), {}, {});
  // With a walk over all functions for each of them this takes minutes.
  CHECK(std::clock() - read < 60 * (read - begin));
  REQUIRE(finding(diagnosis, "ECRECOVER") != nullptr);
  CHECK(finding(diagnosis, "ECRECOVER")->functions.size() == 500'000);
}

TEST_CASE("an interrupt ends the examination") {
  const Hotspots hotspots = hotspots_from_text(three_lines, "top.txt");
  cyclegate::system::request_interrupt();
  try {
    examine(hotspots, coverage(), {}, {});
    cyclegate::system::clear_interrupt();
    FAIL("no error");
  } catch (const Error& error) {
    cyclegate::system::clear_interrupt();
    CHECK(error.kind() == cyclegate::model::ErrorKind::interrupted);
  }
}

TEST_CASE("a gain that was measured in cost is no gain of steps, of samples or of a part of the cost") {
  for (const auto& [column, unit, shown] : std::vector<std::array<std::string, 3>>{
           {"steps", "steps", "steps"}, {"samples", "samples", "samples"}, {"cost:memory", "cost", "cost:memory"}}) {
    // Calls so cheap that, were they cost, they would be calls of the precompile.
    Profile profile = tree({"main", "tiny_keccak::keccakf::keccakf", "sha2::sha256::compress256"},
                           {{root, 0, 50}, {0, 1, 430'000}, {0, 2, 1'000'000}});
    profile.columns = {{.name = column, .unit = unit}};
    const Diagnosis diagnosis = examine(hotspots_of(profile, column), coverage(), {}, {});
    CHECK(diagnosis.unit == shown);
    REQUIRE(diagnosis.missing.size() == 2);
    for (const MissingPrecompile& missing : diagnosis.missing) {
      CHECK_FALSE(missing.gain);
      CHECK(missing.basis.starts_with("measured in cost only: "));
    }
    CHECK(text_of(diagnosis).find("gain   at most 430,000 " + shown + " (measured in cost only: 701,024 cost became") !=
          std::string::npos);
  }
}

TEST_CASE("the first line says on what the run was measured and whose patches it is held against") {
  Hotspots hotspots = hotspots_of(tree({"main", "memcpy"}, {{root, 0, 40}, {0, 1, 2}}), "");
  hotspots.ran_on = "embedded (ZisK)";
  const auto first_line = [&](const DoctorOptions& options, const CargoFiles& files) {
    const std::string text = text_of(examine(hotspots, coverage(), files, options));
    return text.substr(0, text.find("\n\n"));
  };
  CHECK(first_line({.zkvm = "sp1"}, {}) ==
        "guest on input: 42 cost on embedded (ZisK), held against SP1's patches\n"
        "patch coverage as of 2026-01-16");
  hotspots.ran_on.clear();
  CHECK(first_line({.exclude = {"memcpy"}}, cargo("", "", "")) ==
        "guest on input: 40 cost without memcpy, held against ZisK's patches\n"
        "patch coverage as of 2026-01-16; checklist of Cargo.lock");
}

TEST_CASE("a long name of a dominant frame is shortened where it is read and whole where it is used") {
  const std::string name = "revm::run::<" + std::string(300, 'x') + ">";
  const std::string text = text_of(examine(hotspots_of(tree({name}, {{root, 0, 5}}), ""), coverage(), {}, {}));
  const std::string shown = name.substr(0, 97) + "...";
  CHECK(text.find("dominant-frame: 100.00 % of the run is within " + shown + "\n  --exclude='" + name +
                  "' shows the rest\n") != std::string::npos);
}

TEST_CASE("without Cargo.lock every item that wants it says where it was looked for") {
  CargoFiles files;
  files.no_lock = "no Cargo.lock in guests or above";
  const Diagnosis diagnosis = examine(hotspots_from_text(three_lines, "top.txt"), coverage(), files, {});
  for (const Check& item : diagnosis.missing.front().checklist) {
    if (item.name != "tag-exists") CHECK(item.text.starts_with("no Cargo.lock in guests or above"));
  }
}
