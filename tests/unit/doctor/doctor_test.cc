#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <ctime>
#include <string>

#include "config/patch_coverage.h"
#include "doctor/coverage_files.h"
#include "doctor/diagnosis.h"
#include "doctor/function_sign.h"
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
source = "git+https://github.com/0xPolygonHermez/zisk-patch-elliptic-curves#0123"
)";

/// `lock_text` with another source of one crate; empty: none, as for a crate of the tree.
std::string lock_with(const std::string& crate, const std::string& source) {
  std::string text(lock_text);
  const std::size_t at = text.find("source", text.find("name = \"" + crate + "\""));
  return text.replace(at, text.find('\n', at) - at, source.empty() ? "" : "source = \"" + source + "\"");
}

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

TEST_CASE("a sign begins a word of the function's own path") {
  const auto has = [](std::string_view name, std::string_view sign) { return has_sign(NamedFunction(name), sign); };
  CHECK(has("tiny_keccak::Keccak::update", "tiny_keccak::"));
  CHECK_FALSE(has("tiny_keccak::Keccak::update", "keccak::"));
  CHECK(has("keccak::backends::soft::keccak_p::<u64, 24>", "keccak::"));
  CHECK(has("<k256::arithmetic::projective::ProjectivePoint>::double", "k256::arithmetic"));
  CHECK(has("<k256::Point as group::Group>::double", "k256::"));
  CHECK_FALSE(has("<guest::Row as k256::Group>::add", "k256::"));
  CHECK_FALSE(has("core::ptr::drop::<k256::Point>", "k256::"));
  CHECK_FALSE(has("<alloc::vec::Vec<k256::arithmetic::affine::AffinePoint>>::push", "k256::arithmetic"));
  CHECK_FALSE(has("<guest::Store<tiny_keccak::keccakf::X>>::lookup", "tiny_keccak"));
  CHECK_FALSE(has("anything", ""));
  // Code that tells only by its types what it does.
  constexpr std::string_view point =
      "<ark_ec::models::short_weierstrass::group::Projective<ark_bn254::curves::g1::Config> as "
      "ark_ff::fields::AdditiveGroup>::double_in_place";
  CHECK(has(point, "ark_ec::<ark_bn254::curves::g1>"));
  CHECK_FALSE(has(point, "ark_ec::<ark_bn254::curves::g2>"));
  CHECK_FALSE(has(point, "ark_bn254::curves"));
  CHECK_FALSE(has("<alloc::raw_vec::RawVec<ark_ec::Affine<ark_bn254::curves::g1::Config>>>::grow_one",
                  "ark_ec::<ark_bn254::curves::g1>"));
  CHECK(has("keccak::keccak_p::<u64, 24>::{closure#0}", "keccak_p::<u64>"));
  CHECK_FALSE(has("keccak::keccak_permute::<u64, 24>", "keccak_p::<u64>"));
  // As it is written in the name.
  CHECK(has("<k256::Point as group::Group>::double", "<k256::Point"));
  CHECK(has("keccak::keccak_p::<u64, 24>::{closure#0}", "keccak::keccak_p::<u64, 24>::{clo"));
  CHECK_FALSE(has("keccak::keccak_p::<u32, 24>::{closure#0}", "keccak::keccak_p::<u64, 24>::{clo"));
  CHECK_FALSE(has("<guest::Cache<k256::Point>>::lookup", "<k256::Point>"));
}

TEST_CASE("types that a function is used with are no finding, and no part of what is left out") {
  const Hotspots hotspots =
      hotspots_of(tree({"main", "<alloc::vec::Vec<k256::arithmetic::affine::AffinePoint>>::push",
                        "<guest::Cache<alloc::raw_vec::RawVec<u8>>>::lookup",
                        "<guest::Store<tiny_keccak::keccakf::X>>::lookup", "tiny_keccak::keccakf::keccakf"},
                       {{root, 0, 10}, {0, 1, 400}, {0, 2, 500}, {0, 3, 80}, {0, 4, 7'000'000}}),
                  "");
  const Diagnosis diagnosis = examine(hotspots, coverage(), {}, {});
  REQUIRE(diagnosis.missing.size() == 1);
  CHECK(diagnosis.missing.front().operations == std::vector<std::string>{"Keccak-256"});
  CHECK(std::ranges::find(diagnosis.observations, "allocation", &Observation::code) == diagnosis.observations.end());
  CHECK(excluding(hotspots, {"tiny_keccak"}).sum == 990);
}

TEST_CASE("Keccak permutations in C are named, and an empty answer claims no more than it knows") {
  for (const std::string name : {"keccak_f", "keccakf_sw", "keccakf1600", "KeccakP1600_Permute_24rounds",
                                 "sha3_keccakf", "void keccak_permutation<24>(unsigned long*)"}) {
    const Diagnosis diagnosis =
        examine(hotspots_of(tree({"main", name}, {{root, 0, 1'000}, {0, 1, 9'207'500}}), ""), coverage(), {}, {});
    REQUIRE(diagnosis.missing.size() == 1);
    CHECK(diagnosis.missing.front().operations == std::vector<std::string>{"Keccak-256"});
    CHECK(diagnosis.missing.front().unreached == "C code");
  }
  // Accelerators by their names.
  for (const std::string name : {"zk_keccakf", "precompile_keccak_f", "ziskos::keccakf::syscall_keccak_f"}) {
    const Diagnosis diagnosis =
        examine(hotspots_of(tree({"main", name}, {{root, 0, 1'000}, {0, 1, 9'207'500}}), ""), coverage(), {}, {});
    CHECK(diagnosis.missing.empty());
    CHECK(text_of(diagnosis).find("No function is known by its name to do in software what a precompile could do.\n") !=
          std::string::npos);
  }
}

TEST_CASE(
    "a function with an accelerator's name shows no use of the precompile where the run tells that there was none") {
  Hotspots hotspots =
      hotspots_of(tree({"main", "zkvm_keccak256", "keccak_f"}, {{root, 0, 50}, {0, 1, 1'000}, {1, 2, 9'000'000}}), "");
  CHECK(examine(hotspots, coverage(), {}, {}).missing.at(0).partly);  // a profile does not tell
  hotspots.precompiles_known = true;
  CHECK_FALSE(examine(hotspots, coverage(), {}, {}).missing.at(0).partly);
  hotspots.precompiles = {"keccak"};
  CHECK(examine(hotspots, coverage(), {}, {}).missing.at(0).partly);
}

TEST_CASE("generic curve code is named by the types it computes with") {
  const Diagnosis diagnosis = examine(
      hotspots_from_text(
          "9,000  9.0%  <ark_ec::models::short_weierstrass::group::Projective<ark_bn254::curves::g1::Config> as "
          "ark_ff::fields::AdditiveGroup>::double_in_place\n"
          "8,000  8.0%  <ark_ff::fields::models::fp::Fp<ark_ff::fields::models::fp::montgomery_backend::MontBackend<"
          "ark_bn254::fields::fq::FqConfig, 4>, 4> as ark_ff::fields::Field>::inverse\n"
          "7,000  7.0%  "
          "ark_ec::scalar_mul::variable_base::msm_u16::<ark_ec::models::short_weierstrass::group::Projective"
          "<ark_bls12_381::curves::g2::Config>>\n"
          "6,000  6.0%  <ark_bn254::curves::Config as ark_ec::models::bn::BnConfig>::final_exponentiation\n"
          "5,000  5.0%  <ark_ec::models::bn::Bn<ark_bn254::curves::Config> as "
          "ark_ec::pairing::Pairing>::multi_pairing::<"
          "&ark_ec::models::short_weierstrass::affine::Affine<ark_bn254::curves::g1::Config>>\n",
          "t"),
      coverage(), {}, {});
  REQUIRE(finding(diagnosis, "BN254 ECADD") != nullptr);
  CHECK(finding(diagnosis, "BN254 ECADD")->cost == 9'000);
  CHECK(finding(diagnosis, "BN254 ECADD")->unreached == "ark-bn254");
  REQUIRE(finding(diagnosis, "BN254 PAIRING") != nullptr);
  CHECK(finding(diagnosis, "BN254 PAIRING")->functions.size() == 3);
  REQUIRE(finding(diagnosis, "BLS12-381") != nullptr);
  CHECK(finding(diagnosis, "BLS12-381")->cost == 7'000);
  CHECK(diagnosis.missing.size() == 3);
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
  CHECK(dominant->text ==
        "98.00 % of the run is within derive_key (90.00 % of the run within sha2::sha256::compress256 below it); "
        "--exclude=derive_key shows the rest");
  CHECK(text_of(all).find("dominant-frame: 98.00 % of the run is within derive_key (90.00 % of the run within "
                          "sha2::sha256::compress256 below it)\n  --exclude=derive_key shows the rest\n") !=
        std::string::npos);
  const Diagnosis rest = examine(hotspots, coverage(), {}, {.exclude = {"derive_key"}});
  CHECK(rest.sum == 20);
  CHECK(rest.missing.empty());
  const auto copying = std::ranges::find(rest.observations, "copying", &Observation::code);
  REQUIRE(copying != rest.observations.end());
  CHECK(copying->cost == 10);
  CHECK(copying->text.find("50.00 % of the run") != std::string::npos);
}

TEST_CASE("the dominant frame is the outermost that is not the program itself, with the innermost below it") {
  const auto text = [](std::vector<std::string> names, std::vector<std::array<std::uint64_t, 3>> nodes) {
    const Diagnosis diagnosis = examine(hotspots_of(tree(std::move(names), std::move(nodes)), ""), coverage(), {}, {});
    const auto found = std::ranges::find(diagnosis.observations, "dominant-frame", &Observation::code);
    return found == diagnosis.observations.end() ? std::string() : found->text.substr(0, found->text.find(';'));
  };
  // Entries and a frame that is all of the run are the program.
  CHECK(text({"_start", "guest::main", "guest::main::{closure#0}", "guest::run", "lincomb", "add"},
             {{root, 0, 0}, {0, 1, 0}, {1, 2, 0}, {2, 3, 130}, {3, 4, 340}, {4, 5, 530}}) ==
        "87.00 % of the run is within lincomb (53.00 % of the run within add below it)");
  // What is not below it is not named with it.
  CHECK(text({"main", "hash", "permute", "update"},
             {{root, 0, 5}, {0, 1, 5}, {1, 2, 400}, {0, 3, 110}, {3, 1, 20}, {4, 2, 460}}) ==
        "88.50 % of the run is within hash (86.00 % of the run within permute below it)");
  CHECK(text({"main", "f", "g"}, {{root, 0, 0}, {0, 1, 30}, {1, 2, 40}, {0, 2, 30}}) ==
        "70.00 % of the run is within f");
  // Of equals the caller is the outer one, whatever their names.
  CHECK(text({"main", "z", "a"}, {{root, 0, 10}, {0, 1, 0}, {1, 2, 90}}) ==
        "90.00 % of the run is within z (90.00 % of the run within a below it)");
  // The language's own library is named within something, or where there is nothing else.
  CHECK(text({"main", "std::rt::run", "f", "__divdf3"}, {{root, 0, 10}, {0, 1, 1}, {1, 2, 9}, {2, 3, 80}}) ==
        "89.00 % of the run is within f (80.00 % of the run within __divdf3 below it)");
  CHECK(text({"main", "__divdf3"}, {{root, 0, 10}, {0, 1, 90}}) == "90.00 % of the run is within __divdf3");
  CHECK(text({"_start", "main"}, {{root, 0, 1}, {0, 1, 99}}) == "99.00 % of the run is within main");
  CHECK(text({"_start", "main", "a", "b", "c"}, {{root, 0, 1}, {0, 1, 9}, {1, 2, 30}, {1, 3, 30}, {1, 4, 30}}).empty());
  CHECK(text({"main", "f"}, {{root, 0, 0}, {0, 1, 40}, {1, 1, 60}}) == "100.00 % of the run is within f");
  // A list does not know who calls whom.
  const Diagnosis list =
      examine(hotspots_from_text("100 100.0% main\n90 90.0% f\n60 60.0% g\n", "t"), coverage(), {}, {});
  CHECK(list.observations.at(0).text.starts_with("90.00 % of the run is within f (60.00 % of the run within g);"));
}

TEST_CASE("what is left out takes with it neither the proof that a build is patched nor the basis of an estimate") {
  // Patched: the precompile is called below the name that stays.
  const Hotspots patched = hotspots_of(
      tree({"main", "tiny_keccak::Keccak::update", "syscall_keccak_f"}, {{root, 0, 50}, {0, 1, 20}, {1, 2, 30}}), "");
  CHECK(examine(patched, coverage(), {}, {}).missing.empty());
  CHECK(examine(patched, coverage(), {}, {.exclude = {"syscall_keccak"}}).missing.empty());
  // In software: without the permutation the price of one says nothing about what is left.
  const Hotspots software = hotspots_of(
      tree({"main", "alloy_primitives::utils::keccak256_impl", "keccak::backends::soft::keccak_p::<u64, 24>", "other"},
           {{root, 0, 50}, {0, 1, 2'000'000}, {1, 2, 9'000'000}, {0, 3, 1'000}}),
      "");
  CHECK(examine(software, coverage(), {}, {}).missing.at(0).gain == 9'000'000 - 422'380);
  const Diagnosis rest = examine(software, coverage(), {}, {.exclude = {"keccak::backends"}});
  REQUIRE(rest.missing.size() == 1);
  CHECK(rest.missing[0].cost == 2'000'000);
  CHECK_FALSE(rest.missing[0].gain);
  CHECK(text_of(rest).find("gain   at most 2,000,000 cost (not all that was measured is left in the run: ") !=
        std::string::npos);
  // What lies elsewhere changes nothing.
  CHECK(examine(software, coverage(), {}, {.exclude = {"other"}}).missing.at(0).gain == 9'000'000 - 422'380);
  const Hotspots whole = excluding(software, {"other"});
  for (const HotFunction& function : whole.functions) CHECK(function.whole == (function.name != "main"));
  // Without call chains nobody knows what lies below what.
  const Diagnosis list = examine(hotspots_from_text(three_lines, "t"), coverage(), {}, {.exclude = {"tiny_keccak"}});
  REQUIRE(finding(list, "SHA2-256") != nullptr);
  CHECK_FALSE(finding(list, "SHA2-256")->gain);
}

TEST_CASE("a list without a percentage above 0 is refused") {
  CHECK_THROWS_AS(hotspots_from_text("1,000  0.0%  tiny_keccak::keccakf\n", "t"), Error);
  CHECK(hotspots_from_text("1,000  0.0%  tiny_keccak::keccakf\n5,000,000 100% main\n", "t").sum == 5'000'000);
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
  execution.functions.push_back({.name = "other", .calls = 1, .steps_self = 10, .steps_total = 10});
  const Diagnosis rest = examine(hotspots_of(execution, "g on i"), coverage(), {}, {.exclude = {"other"}});
  CHECK(rest.observations.front().text.starts_with("25 loads and stores of the whole run, nothing left out,"));
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
  CargoFiles files = cargo(
      "[package]\nname='guest'\n[features]\nzisk = ['vm/zisk']\n[patch.crates-io]\n"
      "tiny-keccak = { git = 'https://github.com/0xPolygonHermez/zisk-patch-tiny-keccak', tag = "
      "'patch-2.0.2-zisk-0.15.0' }\n[patch.'https://github.com/somebody/hashes']\nsha2 = { git = "
      "'https://github.com/0xPolygonHermez/zisk-patch-hashes', tag = 'patch-sha2-0.10.9-zisk-0.15.0' }\n",
      "[package]\nname='vm'\n[features]\nzisk = ['common?/zisk']\n",
      "[package]\nname='common'\n[features]\nzisk = []\n");
  files.lock = read_lock(
      lock_with("tiny-keccak",
                "git+https://github.com/0xPolygonHermez/zisk-patch-tiny-keccak?tag=patch-2.0.2-zisk-0.15.0#0123"),
      "Cargo.lock");
  // A permutation in software, although Cargo.lock has the patch.
  const std::string lines = std::string(three_lines) + "456,789  5.6%  tiny_keccak::keccakf::keccakf\n";
  const Diagnosis diagnosis = examine(hotspots_from_text(lines, "top.txt"), coverage(), files, {});
  const MissingPrecompile& keccak = *finding(diagnosis, "Keccak-256");
  CHECK(check(keccak, "patch-declared").state == CheckState::right);
  CHECK(check(keccak, "feature-flag").state == CheckState::right);
  // Declared for the other source, and not yet in Cargo.lock.
  const MissingPrecompile& sha = *finding(diagnosis, "SHA2-256");
  CHECK(check(sha, "other-sources").state == CheckState::wrong);
  CHECK(check(sha, "other-sources")
            .text.ends_with("tag patch-sha2-0.10.9-zisk-0.15.0, but Cargo.lock takes sha2 0.10.8 "
                            "from https://github.com/somebody/hashes.git commit abc: cargo update -p sha2"));
  files.lock = read_lock(
      lock_with("sha2",
                "git+https://github.com/0xPolygonHermez/zisk-patch-hashes?tag=patch-sha2-0.10.9-zisk-0.15.0#0123"),
      "Cargo.lock");
  const Diagnosis updated =
      examine(hotspots_from_text("5 50% sha2::sha256::soft::compress\n", "t"), coverage(), files, {});
  CHECK(check(*finding(updated, "SHA2-256"), "other-sources").state == CheckState::right);
}

TEST_CASE("another zkVM's patch, another address, another tag and a directory are not taken for the patch") {
  constexpr std::string_view ours = "https://github.com/0xPolygonHermez/zisk-patch-tiny-keccak";
  const auto checks = [&](const std::string& entry, const std::string& source, const std::string& of = "crates-io") {
    CargoFiles files = cargo("[package]\nname='guest'\n[patch.'" + of + "']\ntiny-keccak = " + entry + "\n", "", "");
    files.lock = read_lock(lock_with("tiny-keccak", source.empty() ? "" : "git+" + source + "#0123"), "Cargo.lock");
    return *finding(examine(hotspots_from_text("5 50% tiny_keccak::keccakf::keccakf\n", "t"), coverage(), files, {}),
                    "Keccak-256");
  };
  const auto git = [](std::string_view address, std::string_view pin) {
    return "{ git = '" + std::string(address) + "', " + std::string(pin) + " }";
  };
  // SP1's, in a build for ZisK.
  constexpr std::string_view theirs = "https://github.com/sp1-patches/tiny-keccak";
  MissingPrecompile keccak =
      checks(git(theirs, "tag = 'patch-2.0.2-sp1-6.0.0'"), std::string(theirs) + "?tag=patch-2.0.2-sp1-6.0.0");
  CHECK(check(keccak, "patch-declared").state == CheckState::wrong);
  CHECK(check(keccak, "patch-declared").text.find("which is the patch for SP1; ZisK wants tiny-keccak = { git") !=
        std::string::npos);
  CHECK(check(keccak, "crate-version").state == CheckState::not_checked);
  CHECK(check(keccak, "sdk-version").state == CheckState::not_checked);
  CHECK(check(keccak, "other-sources").state == CheckState::not_applicable);
  // Nobody's that is known.
  keccak = checks(git("https://example.org/keccak", "tag = 'v1'"), "https://example.org/keccak?tag=v1");
  CHECK(check(keccak, "patch-declared").state == CheckState::not_checked);
  CHECK(check(keccak, "patch-declared").text.find("another patch than the known one") != std::string::npos);
  CHECK(check(keccak, "crate-version").state == CheckState::not_checked);
  keccak = checks("{ path = '../mine' }", "");
  CHECK(check(keccak, "patch-declared").state == CheckState::not_checked);
  CHECK(check(keccak, "patch-declared").text.find("declares the directory ../mine, another patch") !=
        std::string::npos);
  CHECK(check(keccak, "tag-exists").state == CheckState::not_applicable);
  // Ours, with a tag that nothing is known about.
  keccak = checks(git(ours, "tag = 'patch-2.0.2-zisk-0.11.0'"), std::string(ours) + "?tag=patch-2.0.2-zisk-0.11.0");
  CHECK(check(keccak, "patch-declared").state == CheckState::not_checked);
  CHECK(check(keccak, "crate-version").state == CheckState::not_checked);
  CHECK(check(keccak, "sdk-version").state == CheckState::not_checked);
  CHECK(
      check(keccak, "sdk-version").text.find("zisk-0.11.0 is for is not known (tag patch-2.0.2-zisk-0.15.0: 0.15.0)") !=
      std::string::npos);
  // A branch moves; a commit does not, but is no tag.
  keccak = checks(git(ours, "branch = 'main'"), std::string(ours) + "?branch=main");
  CHECK(check(keccak, "patch-declared").state == CheckState::not_checked);
  CHECK(check(keccak, "tag-exists").state == CheckState::wrong);
  CHECK(check(keccak, "tag-exists").text.find("the branch main, which moves") != std::string::npos);
  keccak = checks(git(ours, "rev = '0123abc'"), std::string(ours) + "?rev=0123abc");
  CHECK(check(keccak, "tag-exists").state == CheckState::not_checked);
  CHECK(check(keccak, "tag-exists").text.find("pinned to the commit 0123abc") != std::string::npos);
  // The same repository in other words, with the tag that is known.
  for (const std::string_view same : {"ssh://git@github.com/0xPolygonHermez/zisk-patch-tiny-keccak.git",
                                      "https://github.com/0xpolygonhermez/Zisk-Patch-Tiny-Keccak/"}) {
    keccak = checks(git(same, "tag = 'patch-2.0.2-zisk-0.15.0'"), std::string(same) + "?tag=patch-2.0.2-zisk-0.15.0");
    CHECK(check(keccak, "patch-declared").state == CheckState::right);
    CHECK(check(keccak, "crate-version").state == CheckState::right);
  }
  // For another source, with another zkVM's patch.
  keccak = checks(git(theirs, "tag = 'x'"), "https://example.org/keccak", "https://example.org/keccak");
  CHECK(check(keccak, "other-sources").state == CheckState::wrong);
  CHECK(check(keccak, "other-sources").text.find("the patch for SP1") != std::string::npos);
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

TEST_CASE("a patch of another source or pin that Cargo.lock lists as unused says nothing of the one that is used") {
  // Cargo.lock as cargo 1.95 writes it where a renamed entry patches a version that nobody asks for.
  const std::string ours = "https://github.com/0xPolygonHermez/zisk-patch-elliptic-curves";
  const std::string pin = "patch-k256-0.13.4-zisk-0.15.0";
  const std::string used = "git+" + ours + "?tag=" + pin + "#0123";
  const auto declared = [&](const std::string& source, const std::string& unused) {
    CargoFiles files =
        cargo("[patch.crates-io]\nk256 = { git = '" + ours + "', tag = '" + pin +
                  "' }\nk256-old = { package = 'k256', git = 'https://github.com/foo/bar', tag = 'x' }\n",
              "", "");
    files.lock =
        read_lock("[[package]]\nname = 'k256'\nversion = '0.13.4'\nsource = '" + source +
                      "'\n[[patch.unused]]\nname = 'k256'\nversion = '0.12.0'\nsource = 'git+" + unused + "#4567'\n",
                  "Cargo.lock");
    return check(*finding(
                     examine(hotspots_from_text("5 50% k256::arithmetic::mul::lincomb\n", "t"), coverage(), files, {}),
                     "ECRECOVER"),
                 "patch-declared")
        .state;
  };
  CHECK(declared(used, "https://github.com/foo/bar?tag=x") == CheckState::right);
  CHECK(declared(used, ours + "?tag=patch-k256-0.12.0-zisk-0.15.0") == CheckState::right);
  CHECK(declared("registry+https://github.com/rust-lang/crates.io-index", ours + "?tag=" + pin) == CheckState::wrong);
}

TEST_CASE("a crate that Cargo.lock takes from the patch is patched, however cargo was told to") {
  const std::string ours = "https://github.com/0xPolygonHermez/zisk-patch-elliptic-curves";
  const std::string entry = "k256 = { git = '" + ours + "', tag = 'patch-k256-0.13.4-zisk-0.15.0' }\n";
  const std::string locked = "git+" + ours + "?tag=patch-k256-0.13.4-zisk-0.15.0#0123";
  const std::string index = "registry+https://github.com/rust-lang/crates.io-index";
  const auto checks = [&](const std::string& manifest, const std::string& source, const std::string& more = "") {
    CargoFiles files = cargo(manifest, "", "");
    files.lock =
        read_lock("[[package]]\nname = 'k256'\nversion = '0.13.4'\nsource = '" + source + "'\n" + more, "Cargo.lock");
    return *finding(examine(hotspots_from_text("5 50% k256::arithmetic::mul::lincomb\n", "t"), coverage(), files, {}),
                    "ECRECOVER");
  };
  const auto declared = [&](const std::string& manifest, const std::string& source, const std::string& more = "") {
    return check(checks(manifest, source, more), "patch-declared");
  };
  // Each of these makes cargo 1.95 write this source.
  const std::string by_index = "[patch.'https://github.com/rust-lang/crates.io-index']\n" + entry;
  CHECK(declared(by_index, locked).state == CheckState::right);
  CHECK(declared(by_index, locked).text.starts_with("Cargo.toml declares https://github.com/0xPolygonHermez/"));
  CHECK(declared("[dependencies]\n" + entry, locked).state == CheckState::right);
  CHECK(declared("[dependencies]\nk256 = '0.13'\n", locked).state == CheckState::right);  // in .cargo/config.toml
  CHECK(declared("[dependencies]\nk256 = '0.13'\n", locked).text ==
        "Cargo.lock takes k256 0.13.4 from " + ours + " tag patch-k256-0.13.4-zisk-0.15.0");
  const std::string unused = "[[patch.unused]]\nname = 'k256'\nversion = '0.12.0'\nsource = 'git+https://a.b/c#0123'\n";
  const std::string other = "[patch.crates-io]\nk256 = { git = 'https://a.b/c' }\n[dependencies]\n" + entry;
  CHECK(declared(other, locked, unused).state == CheckState::right);
  // Not so where another tag, no tag, or for one version only.
  const MissingPrecompile older = checks("[dependencies]\n", "git+" + ours + "?tag=patch-k256-0.13.4-zisk-0.11.0#0123");
  CHECK(check(older, "patch-declared").state == CheckState::not_checked);
  CHECK(check(older, "crate-version").state == CheckState::not_checked);
  CHECK(check(older, "tag-exists").text.ends_with("patch-k256-0.13.4-zisk-0.11.0"));
  CHECK(check(checks("[dependencies]\n", "git+" + ours + "#0123"), "tag-exists").state == CheckState::wrong);
  const std::string second = "[[package]]\nname = 'k256'\nversion = '0.11.6'\nsource = '" + index + "'\n";
  CHECK(declared("[dependencies]\n" + entry, locked, second).state == CheckState::wrong);
  // cargo does not know crates.io by this name.
  CHECK(declared("[patch.'sparse+https://index.crates.io/']\n" + entry, index).state == CheckState::wrong);
  CHECK(declared(by_index, index).text.ends_with("takes k256 0.13.4 from crates.io: cargo update -p k256"));
}

TEST_CASE("a patch that was declared after Cargo.lock was written is wrong, with the command that takes it") {
  // Sources as cargo 1.95 writes them: the pin is escaped, as it was not before version 4 of Cargo.lock.
  const std::string ours = "git+https://github.com/risc0/RustCrypto-elliptic-curves";
  const std::string index = "registry+https://github.com/rust-lang/crates.io-index";
  const auto declared = [&](const std::string& source, const std::string& more = "") {
    CargoFiles files = cargo(
        "[package]\nname='guest'\n[patch.crates-io]\nk256 = { git = "
        "'https://github.com/risc0/RustCrypto-elliptic-curves', tag = 'k256/v0.13.4-risczero.1' }\n",
        "", "");
    files.lock = read_lock("[[package]]\nname = 'k256'\nversion = '0.13.4'\nsource = '" + source + "'\n" + more, "l");
    files.lock->origin = "Cargo.lock";
    return check(*finding(examine(hotspots_from_text("5 50% k256::arithmetic::mul::lincomb\n", "t"), coverage(), files,
                                  {.zkvm = "risc0"}),
                          "ECRECOVER"),
                 "patch-declared");
  };
  CHECK(declared(ours + "?tag=k256%2Fv0.13.4-risczero.1#0123").state == CheckState::right);
  CHECK(declared(ours + "?tag=k256/v0.13.4-risczero.1#0123").state == CheckState::right);
  // As cargo 1.95 leaves it until somebody runs it without --locked.
  CHECK(declared(index).state == CheckState::wrong);
  CHECK(declared(index).text ==
        "Cargo.toml declares https://github.com/risc0/RustCrypto-elliptic-curves tag k256/v0.13.4-risczero.1, but "
        "Cargo.lock takes k256 0.13.4 from crates.io: cargo update -p k256");
  CHECK(declared(ours + "?tag=k256%2Fv0.13.3-risczero.1#0123").state == CheckState::wrong);
  CHECK(declared(ours + "?tag=k256%2Fv0.13.3-risczero.1#0123").text.find("tag k256/v0.13.3-risczero.1: cargo update") !=
        std::string::npos);
  for (const std::string pin : {"?branch=k256/v0.13.4-risczero.1", "?rev=0123abc", "?", "?tag", "?tag=%", ""}) {
    CHECK(declared(ours + pin + "#0123").state == CheckState::wrong);
  }
  // A package of another version does not show that the patch is overlooked.
  const std::string older = "[[package]]\nname = 'k256'\nversion = '0.11.6'\nsource = '" + index + "'\n";
  CHECK(declared(ours + "?tag=k256%2Fv0.13.4-risczero.1#0123", older).state == CheckState::right);
  CHECK(declared(index, older)
            .text.ends_with("takes k256 0.13.4 from crates.io, k256 0.11.6 from crates.io: cargo update -p k256@0.13.4 "
                            "-p k256@0.11.6"));
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

TEST_CASE("where functions have steps alone the doctor goes by steps, and what it says is the least") {
  cyclegate::model::Execution execution;
  execution.cost.emplace().parts.main = 1'000;
  execution.functions = {{.name = "main", .steps_self = 10},
                         {.name = "k256::arithmetic::mul", .steps_self = 60},
                         {.name = "k256::arithmetic::add", .steps_self = 30}};
  const Hotspots hotspots = hotspots_of(execution, "g on i");
  CHECK(hotspots.unit == "steps");
  CHECK(hotspots.sum == 100);
  CHECK_FALSE(hotspots.totals_known);
  CHECK(hotspots.precompiles_known);
  CHECK(hotspots.functions[0].name == "k256::arithmetic::mul");
  const Diagnosis diagnosis = examine(hotspots, coverage(), {}, {});
  const MissingPrecompile* const found = finding(diagnosis, "ECRECOVER");
  REQUIRE(found != nullptr);
  CHECK(found->cost == 90);
  CHECK_FALSE(found->gain.has_value());
  const std::string text =
      diagnosis_text(diagnosis, [](std::string_view name, std::size_t) { return std::string(name); });
  CHECK(text.contains("ECRECOVER: at least 90 steps, 90.00 % of the run"));
  CHECK(text.contains("gain   at most all of it, with what it calls"));
  CHECK(text.contains("dominant-frame: at least 60.00 % of the run is within k256::arithmetic::mul"));
  const std::string json = diagnosis_json(diagnosis);
  CHECK(json.contains("\"totals_known\": false"));
  CHECK_FALSE(json.contains("\"total\":"));
  // As soon as functions have a cost, by cost.
  execution.functions[0].unsplit_self = execution.functions[0].unsplit_total = 1'000;
  CHECK(hotspots_of(execution, "g on i").unit == "cost");
  CHECK(hotspots_of(execution, "g on i").totals_known);
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
