// All ends of an attempt to prove, with a prover that is a shell script and with machines that lack something.
#include "executors/prover.h"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>

#include "support/fake_clock.h"
#include "support/temporary_directory.h"
#include "system/process.h"

using namespace cyclegate;
using model::ProofEnd;
namespace fs = std::filesystem;

namespace {

/// A machine with a prover, a key, a GPU and memory; a test takes one of them away.
struct Machine {
  explicit Machine(
      const std::string& script = "mkdir -p \"$9\" && head -c 321 /dev/zero > \"$9/vadcop_final_proof.bin\"") {
    program = directory.write("bin/cargo-zisk", "#!/bin/sh\n[ \"$1\" = rom-setup ] && exit 0\n" + script + "\n");
    fs::permissions(program, fs::perms::owner_all);
    fs::create_directories(directory / "home/.zisk/provingKey");
    directory.write("root/dev/nvidiactl", "");
    memory(64);
    elf = directory.write("guest.elf", "elf");
    input = directory.write("input.bin", "in");
    world = {.program = {},
             .processes = &processes,
             .variables = {{"PATH", (directory / "bin").string() + ":/usr/bin:/bin"},
                           {"HOME", (directory / "home").string()},
                           {"XDG_CACHE_HOME", (directory / "cache").string()}},
             .clock = &clock};
    settings.system_root = directory / "root";
  }

  void memory(int gib) {
    directory.write("root/proc/meminfo", "MemTotal:  99 kB\nMemAvailable:   " + std::to_string(gib << 20) + " kB\n");
  }

  model::Proof prove(std::string_view executor = "ziskemu") {
    return executors::prove(executor, world, {.path = elf, .identity = ""}, {.path = input}, settings);
  }

  test::TemporaryDirectory directory;
  test::FakeClock clock;
  system::SystemProcessRunner processes;
  fs::path program, elf, input;
  executors::World world;
  executors::ProveSettings settings;
};

}  // namespace

TEST_CASE("a prover that works gives its time and the size of the proof, which can be kept") {
  Machine machine;
  machine.settings.require_gpu = true;
  machine.settings.keep = machine.directory / "kept.bin";
  const auto proof = machine.prove();
  INFO(proof.why);
  CHECK(proof.end == ProofEnd::proven);
  CHECK(proof.proof_size_bytes == 321);
  CHECK(proof.proving_time_ns > 0);
  CHECK(proof.setup_time_ns > 0);
  CHECK(fs::file_size(machine.settings.keep) == 321);
  CHECK(proof.prover == machine.program);
  CHECK(machine.prove("embedded").end == ProofEnd::proven);
}

TEST_CASE("a prover that fails is reported with its last words") {
  Machine machine("echo 'witness is wrong' >&2; exit 3");
  const auto proof = machine.prove();
  CHECK(proof.end == ProofEnd::failed);
  CHECK(proof.why.find("witness is wrong") != std::string::npos);
  CHECK(proof.proof_size_bytes == 0);
}

TEST_CASE("a prover that ends well without a proof has failed") {
  CHECK(Machine("exit 0").prove().why == "cargo-zisk ended well but left no proof");
  CHECK(Machine("mkdir -p \"$9\"; ln -s /etc/passwd \"$9/vadcop_final_proof.bin\"").prove().end == ProofEnd::failed);
}

TEST_CASE("a prover that is killed or too slow did not end by itself") {
  const auto killed = Machine("kill -9 $$").prove();
  CHECK(killed.end == ProofEnd::killed);
  CHECK(killed.why.find("SIGKILL") != std::string::npos);
  Machine slow("sleep 100");
  slow.settings.max_time = std::chrono::milliseconds(300);
  CHECK(slow.prove().end == ProofEnd::killed);
}

TEST_CASE("the first thing that is missing is named: program, key, GPU, memory") {
  Machine machine;
  machine.settings.require_gpu = true;
  machine.memory(3);
  CHECK(machine.prove().why == "memory: 3.0 GiB are available, proving takes at least 8 GiB");
  fs::remove(machine.directory / "root/dev/nvidiactl");
  CHECK(machine.prove().why.starts_with("a GPU: "));
  fs::remove_all(machine.directory / "home/.zisk");
  CHECK(machine.prove().why.starts_with("the proving key: there is no " + (machine.directory / "home").string()));
  fs::remove(machine.program);
  const auto none = machine.prove();
  CHECK(none.end == ProofEnd::missing);
  CHECK(none.why.starts_with("the prover: cargo-zisk is neither on PATH nor named by CYCLEGATE_CARGO_ZISK"));
  CHECK(none.prover.empty());
  CHECK(machine.prove("sp1").why.starts_with("a prover: the executor sp1 executes only"));
}

TEST_CASE("an option without a value goes when the guest has no input") {
  Machine machine(
      "case \"$*\" in *' -i '*) exit 9;; esac; mkdir -p \"$7\" && echo proof > \"$7/vadcop_final_proof.bin\"");
  machine.input.clear();
  const auto proof = machine.prove();
  INFO(proof.why);
  CHECK(proof.end == ProofEnd::proven);
  CHECK(proof.proof_size_bytes == 6);
}
