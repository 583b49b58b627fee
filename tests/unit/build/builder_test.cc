#include "build/builder.h"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <filesystem>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "model/error.h"
#include "support/temporary_directory.h"
#include "system/child_environment.h"
#include "system/clock.h"
#include "system/files.h"
#include "system/interrupt.h"
#include "system/process.h"
#include "system/progress.h"
#include "system/sha256.h"

using namespace std::chrono_literals;
namespace fs = std::filesystem;
namespace sys = cyclegate::system;
using cyclegate::build::ArtifactKind;
using cyclegate::build::Builder;
using cyclegate::build::BuildRequest;
using cyclegate::model::Artifact;
using cyclegate::model::Side;
using cyclegate::test::read_file;
using cyclegate::test::TemporaryDirectory;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A static RISC-V ELF64 executable with one readable and executable segment (System V ABI, chapter 4), followed by
/// `beside`, which nothing points at.
std::string small_elf(const std::string& code, const std::string& beside = "") {
  std::string bytes;
  const auto number = [&](std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i));
  };
  bytes += std::string(
      "\x7f"
      "ELF\2\1\1\0\0\0\0\0\0\0\0\0",
      16);
  number(2, 2);           // ET_EXEC
  number(243, 2);         // EM_RISCV
  number(1, 4);           // version
  number(0x80000000, 8);  // entry
  number(64, 8);          // program headers
  number(0, 8);           // section headers: none
  number(0, 4);           // flags
  number(64, 2);
  number(56, 2);
  number(1, 2);
  number(64, 2);
  number(0, 2);
  number(0, 2);
  number(1, 4);  // PT_LOAD
  number(5, 4);  // R+X
  number(120, 8);
  number(0x80000000, 8);
  number(0x80000000, 8);
  number(code.size(), 8);
  number(code.size(), 8);
  number(8, 8);
  return bytes + code + beside;
}

/// A tree, a cache and a log directory with a builder.
struct Workshop {
  TemporaryDirectory directory;
  sys::SystemProcessRunner runner{100ms};
  sys::SystemClock clock;
  Builder builder{runner, clock, directory / "cache", directory / "logs"};

  Workshop() {
    fs::create_directories(directory / "tree");
    directory.write("ready.elf", small_elf("\x13\x01\x01\x01 code"));
  }

  BuildRequest request(const std::string& command) const {
    BuildRequest result;
    result.guest = "block-hash";
    result.build = "zisk";
    result.tree = directory / "tree";
    result.command = command;
    result.elf = "out/guest.elf";
    result.source_state = "tree-1";
    result.environment = sys::child_environment(sys::current_environment());
    result.limits.time = 60s;
    result.limits.disk_interval = 20ms;
    return result;
  }
  /// A command that "builds" and counts how often it ran.
  std::string copy() const { return "echo x >> ../ran; mkdir -p out; cp ../ready.elf out/guest.elf"; }
  std::size_t times_run() const {
    return fs::exists(directory / "ran") ? static_cast<std::size_t>(fs::file_size(directory / "ran") / 2) : 0;
  }
};

std::string why(const Artifact& artifact) {
  REQUIRE(artifact.failure);
  CHECK(artifact.failure->stage == "build");
  CHECK(artifact.identity.empty());
  CHECK(artifact.path.empty());
  return artifact.failure->why;
}

}  // namespace

TEST_CASE("a build gives an artefact with identity, size and a read-only copy") {
  const Workshop shop;
  const Artifact artifact = shop.builder.build(shop.request("echo building; " + shop.copy()));
  REQUIRE_FALSE(artifact.failure);
  CHECK(artifact.guest == "block-hash");
  CHECK(artifact.build == "zisk");
  CHECK(artifact.identity.size() == 64);
  CHECK(artifact.loaded_bytes == 9);
  CHECK_FALSE(artifact.from_cache);
  CHECK(read_file(artifact.path) == read_file(shop.directory / "ready.elf"));
  CHECK(fs::status(artifact.path).permissions() == fs::perms(0444));
  CHECK(read_file(shop.directory / "logs/build-head-block-hash-zisk.log") == "building\n");
  CHECK_FALSE(cyclegate::build::verify(artifact));
}

TEST_CASE("what was built once is not built again, unless something that counts has changed") {
  const Workshop shop;
  const BuildRequest request = shop.request(shop.copy());
  const Artifact first = shop.builder.build(request);
  Artifact second = shop.builder.build(request);
  CHECK(shop.times_run() == 1);
  CHECK(second.from_cache);
  second.from_cache = false;
  CHECK(second == first);

  std::size_t runs = 1;
  const auto builds_again = [&](const auto& change) {
    BuildRequest changed = request;
    change(changed);
    CHECK(cyclegate::build::build_key(changed) != cyclegate::build::build_key(request));
    CHECK_FALSE(shop.builder.build(changed).from_cache);
    return shop.times_run() == ++runs;
  };
  CHECK(builds_again([](BuildRequest& r) { r.source_state = "tree-2"; }));
  CHECK(builds_again([](BuildRequest& r) { r.command += "; true"; }));
  CHECK(builds_again([](BuildRequest& r) { r.environment["CFLAGS"] = "-O1"; }));
  CHECK(builds_again([](BuildRequest& r) { r.environment["PATH"] += ":/somewhere"; }));
  CHECK(builds_again([](BuildRequest& r) { r.toolchain["cc"] = "13"; }));
  CHECK(builds_again([](BuildRequest& r) { r.kind = ArtifactKind::file; }));
  CHECK(builds_again([](BuildRequest& r) { r.elf = "./out/guest.elf"; }));

  fs::create_directories(shop.directory / "other-tree");
  CHECK(builds_again([&](BuildRequest& r) { r.tree = shop.directory / "other-tree"; }));

  BuildRequest unknown = request;
  unknown.source_state.clear();
  CHECK_FALSE(shop.builder.build(unknown).from_cache);
  CHECK_FALSE(shop.builder.build(unknown).from_cache);
  CHECK(shop.times_run() == runs + 2);
}

TEST_CASE("names and side are no part of what a build depends on") {
  const Workshop shop;
  BuildRequest request = shop.request(shop.copy());
  request.side = Side::base;
  shop.builder.build(request);
  request.side = Side::head;
  CHECK(shop.builder.build(request).from_cache);
}

TEST_CASE("a damaged cache means one more build and no wrong artefact") {
  const Workshop shop;
  const BuildRequest request = shop.request(shop.copy());
  const Artifact good = shop.builder.build(request);
  const fs::path record = shop.directory / "cache/builds" / (cyclegate::build::build_key(request) + ".json");
  const std::string text = read_file(record);
  std::size_t runs = 1;
  for (const std::string& damaged :
       {std::string(), text.substr(0, text.size() / 2), std::string("[]"), std::string("{}"),
        std::string(R"({"schema":"cyclegate.build/2"})"), std::string(1U << 17U, ' '),
        std::string(R"({"schema":"cyclegate.build/1","identity":")") + good.identity +
            R"(","loaded_bytes":9,"file":"../../ready.elf"})"}) {
    INFO(damaged.substr(0, 200));
    shop.directory.write("cache/builds/" + record.filename().string(), damaged);
    Artifact again = shop.builder.build(request);
    CHECK(again == good);
    CHECK(shop.times_run() == ++runs);
  }
  fs::remove(good.path);
  CHECK(shop.builder.build(request) == good);
  CHECK(shop.times_run() == ++runs);
}

TEST_CASE("an artefact that was changed after it was built is noticed and built anew") {
  const Workshop shop;
  const BuildRequest request = shop.request(shop.copy());
  const Artifact artifact = shop.builder.build(request);
  fs::permissions(artifact.path, fs::perms(0644));
  {
    std::string bytes = read_file(artifact.path);
    bytes[121] = static_cast<char>(bytes[121] ^ 1);
    shop.directory.write(fs::relative(artifact.path, shop.directory.path()).string(), bytes);
  }
  const auto changed = cyclegate::build::verify(artifact);
  REQUIRE(changed);
  CHECK(contains(changed->why, "was changed after it was built"));
  CHECK(contains(changed->why, artifact.identity));
  CHECK(shop.builder.build(request) == artifact);
  CHECK(shop.times_run() == 2);
  CHECK_FALSE(cyclegate::build::verify(artifact));
  fs::remove(artifact.path);
  CHECK(cyclegate::build::verify(artifact));
}

TEST_CASE("what lies beside the segments is no part of the identity and each file is kept") {
  const Workshop shop;
  shop.directory.write("debug.elf", small_elf("\x13\x01\x01\x01 code", "debug information"));
  const Artifact plain = shop.builder.build(shop.request(shop.copy()));
  const Artifact debug = shop.builder.build(shop.request("mkdir -p out; cp ../debug.elf out/guest.elf"));
  CHECK(plain.identity == debug.identity);
  CHECK(plain.path != debug.path);
  shop.directory.write("other.elf", small_elf("\x13\x01\x01\x01 cod!"));
  CHECK(shop.builder.build(shop.request("cp ../other.elf out/guest.elf")).identity != plain.identity);
}

TEST_CASE("the cache is cut to a size by what was not used for longest, with its records") {
  const Workshop shop;
  const cyclegate::build::ArtifactStore store(shop.directory / "cache");
  const auto now = fs::file_time_type::clock::now();
  std::vector<BuildRequest> requests;
  for (int i = 0; i < 4; ++i) {
    requests.push_back(shop.request("mkdir -p out; printf '%1000d' " + std::to_string(i) + " > out/guest.elf"));
    requests.back().kind = ArtifactKind::file;
    fs::last_write_time(shop.builder.build(requests.back()).path, now - std::chrono::hours(10 - i));
  }
  CHECK(shop.builder.build(requests[0]).from_cache);  // and thereby the one that was used last
  CHECK(store.prune(10'000, now) == 0);
  CHECK(store.prune(0, now - std::chrono::hours(24)) == 0);
  CHECK(store.prune(2'500, now) == 2);
  CHECK(std::distance(fs::directory_iterator(shop.directory / "cache/builds"), fs::directory_iterator()) == 2);
  CHECK(shop.builder.build(requests[0]).from_cache);
  CHECK_FALSE(shop.builder.build(requests[1]).from_cache);
  CHECK_FALSE(shop.builder.build(requests[2]).from_cache);
  CHECK(shop.builder.build(requests[3]).from_cache);
  CHECK(cyclegate::build::ArtifactStore(shop.directory / "none").prune(0, now) == 0);
}

TEST_CASE("a file that is no RISC-V program is identified by its bytes where that is asked for") {
  const Workshop shop;
  BuildRequest request = shop.request("mkdir -p out; printf wasm > out/guest.elf");
  CHECK(contains(why(shop.builder.build(request)), "out/guest.elf is no guest: "));
  request.kind = ArtifactKind::file;
  const Artifact artifact = shop.builder.build(request);
  REQUIRE_FALSE(artifact.failure);
  CHECK(artifact.identity == sys::sha256_hex("wasm"));
  CHECK_FALSE(cyclegate::build::verify(artifact));
  CHECK(shop.builder.build(request).from_cache);
}

TEST_CASE("a command that fails is a failure with the last lines of its log, and is tried again next time") {
  const Workshop shop;
  const BuildRequest request =
      shop.request("echo x >> ../ran; printf 'one\\n\\033[31mtwo\\033[0m\\n'; echo three >&2; false; echo not reached");
  const Artifact artifact = shop.builder.build(request);
  CHECK(contains(why(artifact), "build zisk of block-hash (head): `echo x"));
  CHECK(contains(artifact.failure->why, "exit status 1; log: "));
  CHECK(contains(artifact.failure->why, "logs/build-head-block-hash-zisk.log"));
  CHECK(artifact.failure->excerpt == "one\ntwo\nthree");
  shop.builder.build(request);
  CHECK(shop.times_run() == 2);
  CHECK(cyclegate::build::verify(artifact) == artifact.failure);
}

TEST_CASE("a build that hangs is stopped at its time limit") {
  const Workshop shop;
  BuildRequest request = shop.request("echo started; sleep 1000");
  Artifact artifact;
  // A machine may be slow or busy: with more and more time until the build has come as far as its first words.
  for (const auto& [limit, words] : {std::pair{300ms, "300 ms"}, {3000ms, "3 s"}, {30'000ms, "30 s"}}) {
    request.limits.time = limit;
    artifact = shop.builder.build(request);
    CHECK(contains(why(artifact), std::string("killed after ") + words + ", its time limit"));
    if (!artifact.failure->excerpt.empty()) break;
  }
  CHECK(artifact.failure->excerpt == "started");
}

TEST_CASE("a build that fills the disk with one file or with many is stopped") {
  const Workshop shop;
  BuildRequest one = shop.request("head -c 30000000 /dev/zero > big");
  one.limits.disk_bytes = 4U << 20U;
  one.limits.disk_interval = 60s;
  // The shell tells us that its child was killed: 128 + SIGXFSZ, or head reports EFBIG.
  CHECK(contains(why(shop.builder.build(one)), "exit status"));
  CHECK(fs::file_size(shop.directory / "tree/big") <= (4U << 20U));
  fs::remove(shop.directory / "tree/big");

  BuildRequest many =
      shop.request("i=0; while :; do i=$((i+1)); head -c 1000000 /dev/urandom > many-$i; sleep 0.005; done");
  many.limits.disk_bytes = 8U << 20U;
  CHECK(contains(why(shop.builder.build(many)), "more than its limit of 8 MiB"));

  BuildRequest full = shop.request("sleep 1000");
  full.limits.free_bytes = ~std::uint64_t{0};
  CHECK(contains(why(shop.builder.build(full)), "MiB of disk are left"));
}

TEST_CASE("a build that makes nothing, a directory, a link outside or a cut ELF says so") {
  const Workshop shop;
  CHECK(contains(why(shop.builder.build(shop.request("true"))), "the command succeeded but made no out/guest.elf"));
  CHECK(contains(why(shop.builder.build(shop.request("mkdir -p out/guest.elf"))), "not a regular file"));
  CHECK(contains(why(shop.builder.build(shop.request("rm -r out; mkdir out; ln -s ../../ready.elf out/guest.elf"))),
                 "a link leads outside"));
  CHECK(contains(why(shop.builder.build(shop.request("rm -r out; ln -s .. out; cp ../ready.elf ../guest.elf"))),
                 "a link leads outside"));
  CHECK(contains(why(shop.builder.build(shop.request("rm out; mkdir out; head -c 100 ../ready.elf > out/guest.elf"))),
                 "is no guest"));
  BuildRequest outside = shop.request("true");
  outside.elf = "../ready.elf";
  CHECK(contains(why(shop.builder.build(outside)), "it has a `..`"));
  outside.elf = (shop.directory / "ready.elf").string();
  CHECK(contains(why(shop.builder.build(outside)), "it is absolute"));
}

TEST_CASE("a build sees no secret") {
  REQUIRE(setenv("GITHUB_TOKEN", "ghs_secret", 1) == 0);
  REQUIRE(setenv("CYCLEGATE_TEST_PASSWORD", "hunter2", 1) == 0);
  const Workshop shop;
  shop.builder.build(shop.request("env; cat /proc/self/environ; " + shop.copy()));
  const std::string log = read_file(shop.directory / "logs/build-head-block-hash-zisk.log");
  CHECK(contains(log, "PATH="));
  CHECK_FALSE(contains(log, "ghs_secret"));
  CHECK_FALSE(contains(log, "hunter2"));
  unsetenv("GITHUB_TOKEN");
  unsetenv("CYCLEGATE_TEST_PASSWORD");
}

TEST_CASE("guests are built side by side, the builds of one guest one after the other, and the order stays") {
  const Workshop shop;
  std::vector<BuildRequest> requests;
  // Each guest's two builds would fail if they met; two guests wait for each other and so must run side by side.
  for (const std::string guest : {"a", "b"}) {
    const std::string other = guest == "a" ? "b" : "a";
    for (const std::string build : {"one", "two"}) {
      BuildRequest request =
          shop.request("mkdir busy-" + guest + "; touch here-" + guest + "; i=0; until [ -e here-" + other +
                       " ]; do i=$((i+1)); [ $i -lt 5000 ]; sleep 0.01; done; mkdir -p out; cp ../ready.elf out/" +
                       guest + build + "; rmdir busy-" + guest);
      request.guest = guest;
      request.build = build;
      request.elf = "out/" + guest + build;
      requests.push_back(request);
    }
  }
  std::ostringstream out;
  const auto progress = sys::line_progress(out, const_cast<sys::SystemClock&>(shop.clock));
  const std::vector<Artifact> artifacts = shop.builder.build_all(requests, 2, *progress);
  REQUIRE(artifacts.size() == 4);
  for (std::size_t i = 0; i < artifacts.size(); ++i) {
    CHECK(artifacts[i].guest == requests[i].guest);
    CHECK(artifacts[i].build == requests[i].build);
    CHECK((artifacts[i].failure ? artifacts[i].failure->why : "") == "");
  }
  CHECK(contains(out.str(), "builds: 4 done in "));
  CHECK(shop.builder.build_all({}, 2, *progress).empty());
}

TEST_CASE("one failed build does not keep the others from being built, an interrupt does") {
  const Workshop shop;
  const auto progress = sys::quiet_progress();
  std::vector<BuildRequest> requests = {shop.request("false"), shop.request(shop.copy())};
  const std::vector<Artifact> artifacts = shop.builder.build_all(requests, 1, *progress);
  CHECK(artifacts[0].failure);
  CHECK_FALSE(artifacts[1].failure);

  requests = {shop.request("touch ../started; sleep 1000"), shop.request("touch ../second; " + shop.copy())};
  std::thread other([&] {
    for (int i = 0; i < 1000 && !fs::exists(shop.directory / "started"); ++i) std::this_thread::sleep_for(10ms);
    sys::request_interrupt();
  });
  CHECK_THROWS_AS(shop.builder.build_all(requests, 1, *progress), cyclegate::model::Error);
  other.join();
  sys::clear_interrupt();
  CHECK_FALSE(fs::exists(shop.directory / "second"));
}

TEST_CASE("a check that passes says nothing and one that fails is a failure of its stage") {
  const Workshop shop;
  sys::SystemProcessRunner runner;
  sys::SystemClock clock;
  cyclegate::build::CheckRequest request{Side::base,
                                         "block-hash",
                                         shop.directory / "tree",
                                         "echo fine",
                                         sys::child_environment(sys::current_environment()),
                                         {}};
  CHECK_FALSE(cyclegate::build::run_check(runner, clock, request, shop.directory / "logs"));
  CHECK(read_file(shop.directory / "logs/check-base-block-hash.log") == "fine\n");
  request.command = "echo 2 tests failed; exit 7";
  const auto failure = cyclegate::build::run_check(runner, clock, request, shop.directory / "logs");
  REQUIRE(failure);
  CHECK(failure->stage == "check");
  CHECK(contains(failure->why, "check of block-hash (base): `echo 2 tests failed; exit 7`: exit status 7; log: "));
  CHECK(failure->excerpt == "2 tests failed");
}

TEST_CASE("a log's name cannot leave its directory") {
  CHECK(cyclegate::build::log_name("build", Side::head, "../../x y", "z\n") == "build-head-.._.._x_y-z_.log");
}

TEST_CASE("a real compiler's output has one identity with and without debug information") {
  if (!sys::find_program("riscv64-unknown-elf-gcc", "/usr/local/bin:/usr/bin:/bin")) {
    SKIP("riscv64-unknown-elf-gcc is not installed");
  }
  const Workshop shop;
  // -n: without it the linker makes the ELF header part of the first segment, and that header does change with -g.
  shop.directory.write("tree/guest.c", "int state = 7;\nvoid _start(void) { state += 1; for (;;) {} }\n");
  const std::string compile =
      "mkdir -p out; riscv64-unknown-elf-gcc -march=rv64ima -mabi=lp64 -mcmodel=medany -nostdlib -O2 -Wl,-n "
      "-Wl,-Ttext=0x80000000 "
      "-Wl,-Tdata=0xa0000000 -o out/guest.elf guest.c";
  const Artifact plain = shop.builder.build(shop.request(compile));
  const Artifact debug = shop.builder.build(shop.request(compile + " -g3"));
  REQUIRE((plain.failure ? plain.failure->why + plain.failure->excerpt : "") == "");
  CHECK(plain.identity == debug.identity);
  CHECK(fs::file_size(plain.path) < fs::file_size(debug.path));
  shop.directory.write("tree/guest.c", "int state = 8;\nvoid _start(void) { state += 1; for (;;) {} }\n");
  BuildRequest changed = shop.request(compile);
  changed.source_state = "tree-2";
  CHECK(shop.builder.build(changed).identity != plain.identity);
}
