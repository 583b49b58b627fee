// All ends of an attempt to prove, with a prover that is a shell script and with machines that lack something.
#include "executors/prover.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>

#include "executors/proving.h"
#include "model/output_unchecked.h"
#include "support/fake_clock.h"
#include "support/temporary_directory.h"
#include "system/preflight.h"
#include "system/process.h"
#include "system/sha256.h"

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

/// Whether the program can be started by the user that this process acts as, which access() does not look at.
bool access_as_we_are(const fs::path& program) {
  return faccessat(AT_FDCWD, program.c_str(), X_OK, AT_EACCESS) == 0;
}

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
  CHECK(slow.prove().timed_out);
  CHECK_FALSE(Machine("kill -9 $$").prove().timed_out);
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

TEST_CASE("a prover is an executor whose metrics are proving time and proof size") {
  Machine machine(
      "[ \"$1\" = --version ] && { echo cargo-zisk 1.4.0; exit 0; }\n"
      "mkdir -p \"$9\" && head -c 321 /dev/zero > \"$9/vadcop_final_proof.bin\"");
  executors::ProvingExecutor executor("zisk-prover", machine.world, machine.settings);
  const auto description = executor.describe();
  CHECK(description.unavailable.empty());
  CHECK(description.version == "cargo-zisk 1.4.0");
  CHECK(description.program == system::sha256_file(machine.program));
  CHECK(description.metrics == executors::proof_metrics());
  const executors::ArtifactFile guest{.path = machine.elf, .identity = "a"};
  const auto execution = executor.execute(guest, {.path = machine.input}, {}, model::Detail::functions);
  CHECK(execution.outcome.ok());
  CHECK(execution.metrics == std::map<std::string, std::uint64_t>{{"proof_size", 321}});
  CHECK(execution.output.empty());
  const auto timed = executor.execute_timed(guest, {.path = machine.input}, {}, {});
  CHECK(timed.outcome.ok());
  CHECK(timed.samples.at("proving_time") > 0);
  CHECK(timed.output_sha256.empty());
  // Nothing of what the guest gives is known, and that is said.
  REQUIRE(execution.warnings.size() == 1);
  CHECK(execution.warnings[0].code == model::output_unchecked);
}

TEST_CASE("the setup of a program is done once by an executor") {
  Machine machine;
  const fs::path log = machine.directory / "setups";
  machine.directory.write("bin/cargo-zisk",
                          "#!/bin/sh\n[ \"$1\" = rom-setup ] && { echo x >> " + log.string() +
                              "; exit 0; }\nmkdir -p \"$9\" && echo p > \"$9/vadcop_final_proof.bin\"\n");
  executors::ProvingExecutor executor("zisk-prover", machine.world, machine.settings);
  for (const char* identity : {"a", "a", "b", "a"}) {
    CHECK(
        executor.execute({.path = machine.elf, .identity = identity}, {.path = machine.input}, {}, model::Detail::cost)
            .outcome.ok());
  }
  CHECK(fs::file_size(log) == 4);  // two lines
}

TEST_CASE("what a prover ends with is the outcome of the run") {
  const auto run = [](Machine& machine, const executors::Limits& limits = {}) {
    executors::ProvingExecutor executor("zisk-prover", machine.world, machine.settings);
    const executors::ArtifactFile guest{.path = machine.elf, .identity = ""};
    const auto timed = executor.execute_timed(guest, {.path = machine.input}, limits, {});
    CHECK(timed.samples.empty());
    const auto execution = executor.execute(guest, {.path = machine.input}, limits, model::Detail::cost);
    CHECK(execution.outcome == timed.outcome);
    CHECK(execution.metrics.empty());
    return execution.outcome;
  };
  Machine failing("echo 'witness is wrong' >&2; exit 3");
  CHECK(run(failing).kind == model::OutcomeKind::crashed);
  CHECK(run(failing).why.find("witness is wrong") != std::string::npos);
  Machine killed("kill -9 $$");
  CHECK(run(killed).kind == model::OutcomeKind::crashed);
  CHECK(run(killed).why.find("SIGKILL") != std::string::npos);
  Machine slow("sleep 100");
  CHECK(run(slow, {.max_time = std::chrono::milliseconds(300)}).kind == model::OutcomeKind::limit);
  Machine absent;
  fs::remove(absent.program);
  executors::ProvingExecutor executor("zisk-prover", absent.world, absent.settings);
  CHECK(executor.describe().unavailable.starts_with("the prover: cargo-zisk is neither on PATH"));
  CHECK(run(absent).why.starts_with("the executor zisk-prover is no longer available here: the prover: cargo-zisk"));
}

TEST_CASE("memory that is short for a while is the machine's lack and no failure of the guest") {
  Machine machine;
  executors::ProvingExecutor executor("zisk-prover", machine.world, machine.settings);
  REQUIRE(executor.describe().unavailable.empty());
  const executors::ArtifactFile guest{.path = machine.elf, .identity = "a"};
  machine.memory(3);
  const auto timed = executor.execute_timed(guest, {.path = machine.input}, {}, {});
  const auto execution = executor.execute(guest, {.path = machine.input}, {}, model::Detail::cost);
  CHECK_FALSE(execution.outcome.ok());
  CHECK_FALSE(timed.outcome.ok());
  for (const auto& warnings : {execution.warnings, timed.warnings}) {
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].code == "executor-unavailable");
    CHECK(warnings[0].message.contains("memory: 3.0 GiB are available"));
  }
  machine.memory(64);
  CHECK(executor.execute(guest, {.path = machine.input}, {}, model::Detail::cost).outcome.ok());
}

TEST_CASE("a prover has every core that this process has, whatever core timed runs are pinned to") {
  Machine machine;
  const fs::path log = machine.directory / "cores";
  machine.directory.write("bin/cargo-zisk", "#!/bin/sh\n[ \"$1\" = rom-setup ] && exit 0\nnproc > " + log.string() +
                                                "\nmkdir -p \"$9\" && echo p > \"$9/vadcop_final_proof.bin\"\n");
  executors::ProvingExecutor executor("zisk-prover", machine.world, machine.settings);
  CHECK(executor.describe().takes_all_cores);
  const auto timed = executor.execute_timed({.path = machine.elf, .identity = "a"}, {.path = machine.input}, {},
                                            {.core = system::timing_core()});
  CHECK(timed.outcome.ok());
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  REQUIRE(sched_getaffinity(0, sizeof allowed, &allowed) == 0);
  CHECK(test::read_file(log) == std::to_string(CPU_COUNT(&allowed)) + "\n");
}

TEST_CASE("another proving key is another configuration of the prover") {
  Machine machine;
  const auto options = [&] {
    return executors::ProvingExecutor("zisk-prover", machine.world, machine.settings).describe().options;
  };
  machine.directory.write("home/.zisk/provingKey/zisk/main.bin", "0123");
  const std::string before = options();
  CHECK(before.starts_with("proving_key=sha256:"));
  CHECK(options() == before);
  machine.directory.write("home/.zisk/provingKey/zisk/main.bin", "01234");
  const std::string larger = options();
  CHECK(larger != before);
  fs::rename(machine.directory / "home/.zisk/provingKey/zisk/main.bin",
             machine.directory / "home/.zisk/provingKey/zisk/other.bin");
  CHECK(options() != larger);
  CHECK(executors::key_identity("risc0-prover", machine.world).empty());
}

TEST_CASE("a proving key put together of links is known by what they lead to") {
  Machine machine;
  const fs::path key = machine.directory / "home/.zisk/provingKey";
  const auto identity = [&] { return executors::key_identity("zisk-prover", machine.world); };
  const std::string without = identity();
  machine.directory.write("one/deep/main.bin", "0123");
  machine.directory.write("other/deep/main.bin", "01234");
  fs::create_directory_symlink(machine.directory / "one", key / "zisk");
  const std::string one = identity();
  CHECK(one != without);
  fs::remove(key / "zisk");
  fs::create_directory_symlink(machine.directory / "other", key / "zisk");
  CHECK(identity() != one);
  // The same files in place of the link are the same key.
  fs::remove(key / "zisk");
  fs::copy(machine.directory / "one", key / "zisk", fs::copy_options::recursive);
  CHECK(identity() == one);
  // A link that leads back ends.
  fs::create_directory_symlink(key, key / "zisk" / "back");
  CHECK(identity() == one);
}

TEST_CASE("a prover that can be started but not read is not available, with the reason") {
  Machine machine;
  fs::permissions(machine.program, fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec);
  executors::ProvingExecutor executor("zisk-prover", machine.world, machine.settings);
  // Root reads everything: look as somebody else.
  const bool root = geteuid() == 0;
  constexpr uid_t nobody = 65534;
  if (root) {
    fs::permissions(machine.directory.path(), fs::perms::group_exec | fs::perms::others_exec, fs::perm_options::add);
    if (seteuid(nobody) != 0) SKIP("there is nobody else in this user namespace");
  }
  const bool reached = access_as_we_are(machine.program);
  const auto description = executor.describe();
  if (root) REQUIRE(seteuid(0) == 0);
  if (!reached) SKIP("nobody else may enter " + machine.directory.path().string());
  CHECK(description.unavailable.starts_with("the prover: cannot read " + machine.program.string()));
}
