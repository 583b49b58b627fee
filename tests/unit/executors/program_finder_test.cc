#include "executors/program_finder.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>

#include "support/temporary_directory.h"

using namespace cyclegate;
using executors::find_executor_program;
namespace fs = std::filesystem;

namespace {

fs::path program(const test::TemporaryDirectory& directory, const std::string& name) {
  const fs::path path = directory.write(name, "#!/bin/sh\n");
  fs::permissions(path, fs::perms::owner_all);
  return path;
}

}  // namespace

TEST_CASE("the table of programs pins versions, and our own crates by their sources") {
  const auto& all = executors::pinned_programs();
  REQUIRE(all.size() == 3);
  CHECK(all[0].name == "ziskemu");
  CHECK(all[0].executor == "ziskemu");
  CHECK(all[0].version == "1.4.0-alpha");
  CHECK(all[0].source == "registry:ziskemu");
  CHECK(all[0].directory == "ziskemu-1.4.0-alpha");
  for (const char* name : {"sp1-run", "r0-run"}) {
    const auto* own = executors::find_pinned_program(name);
    REQUIRE(own != nullptr);
    const std::string start = own->name + "-" + own->version + "-";
    REQUIRE(own->directory.starts_with(start));
    const std::string digest = own->directory.substr(start.size());
    CHECK(digest.size() == 12);
    CHECK(digest.find_first_not_of("0123456789abcdef") == std::string::npos);
  }
  CHECK(executors::find_pinned_program("gcc") == nullptr);
}

TEST_CASE("a program is looked for in its variable, on PATH and in the cache, in this order") {
  const test::TemporaryDirectory directory;
  const fs::path named = program(directory, "elsewhere/my-ziskemu");
  const fs::path on_path = program(directory, "bin/ziskemu");
  const fs::path cached = program(directory, "cache/cyclegate/executors/ziskemu-1.4.0-alpha/bin/ziskemu");
  system::Variables variables{{"PATH", "/nowhere:" + (directory / "bin").string()},
                              {"XDG_CACHE_HOME", (directory / "cache").string()},
                              {"CYCLEGATE_ZISKEMU", named.string()}};
  CHECK(find_executor_program("ziskemu", variables) == named);
  variables.erase("CYCLEGATE_ZISKEMU");
  CHECK(find_executor_program("ziskemu", variables) == on_path);
  variables["PATH"] = "/nowhere";
  CHECK(find_executor_program("ziskemu", variables) == cached);
  variables.erase("XDG_CACHE_HOME");
  variables["HOME"] = (directory / "home").string();
  CHECK_FALSE(find_executor_program("ziskemu", variables));
  const fs::path at_home = program(directory, "home/.cache/cyclegate/executors/ziskemu-1.4.0-alpha/bin/ziskemu");
  CHECK(find_executor_program("ziskemu", variables) == at_home);
}

TEST_CASE("a program's variable has its name in capitals") {
  CHECK(executors::program_variable("ziskemu") == "CYCLEGATE_ZISKEMU");
  CHECK(executors::program_variable("sp1-run") == "CYCLEGATE_SP1_RUN");
}

TEST_CASE("a program that is not there is reported with the places and the one command that installs it") {
  const auto missing = find_executor_program("ziskemu", {{"HOME", "/nonexistent"}});
  REQUIRE_FALSE(missing);
  CHECK(missing.error() ==
        "ziskemu is neither on PATH, nor named by CYCLEGATE_ZISKEMU, nor installed as "
        "/nonexistent/.cache/cyclegate/executors/ziskemu-1.4.0-alpha/bin/ziskemu; `ci/install-executors ziskemu` "
        "installs it");
  CHECK(find_executor_program("sp1-run", {}).error() ==
        "sp1-run is neither on PATH nor named by CYCLEGATE_SP1_RUN; `ci/install-executors sp1` installs it");
  CHECK(find_executor_program("openvm", {}).error() == "openvm is neither on PATH nor named by CYCLEGATE_OPENVM");
}

TEST_CASE("a variable that names no program is a mistake, and nothing else is taken in its place") {
  const test::TemporaryDirectory directory;
  program(directory, "bin/ziskemu");
  system::Variables variables{{"PATH", (directory / "bin").string()}};
  variables["CYCLEGATE_ZISKEMU"] = directory.write("text", "no program").string();
  CHECK(find_executor_program("ziskemu", variables).error() ==
        "CYCLEGATE_ZISKEMU is '" + (directory / "text").string() + "', which is no program that can be started");
  variables["CYCLEGATE_ZISKEMU"] = directory.path().string();
  CHECK_FALSE(find_executor_program("ziskemu", variables));
  variables["CYCLEGATE_ZISKEMU"] = "bin/ziskemu";
  CHECK(find_executor_program("ziskemu", variables).error() ==
        "CYCLEGATE_ZISKEMU is 'bin/ziskemu'; it must be an absolute path");
}
