#include "system/child_environment.h"

#include <catch2/catch_test_macros.hpp>
#include <stdexcept>
#include <string>

#include "model/error.h"

using cyclegate::system::child_environment;
using cyclegate::system::is_secret_name;
using cyclegate::system::Variables;

TEST_CASE("names of secrets are recognised whatever their case") {
  for (const char* name :
       {"GITHUB_TOKEN", "npm_config_authtoken", "MY_SECRET", "DB_PASSWORD", "SSH_AUTH_SOCK", "API_KEY", "AWS_REGION",
        "ACTIONS_RUNTIME_URL", "RUNNER_TEMP", "CARGO_REGISTRY_TOKEN", "Gh_Host", "AZURE_CLIENT_ID", "CI_JOB_JWT",
        "GOOGLE_APPLICATION_CREDENTIALS", "GIT_PASSPHRASE"}) {
    INFO(name);
    CHECK(is_secret_name(name));
  }
  for (const char* name : {"PATH", "CARGO_HOME", "CC", "LANG", "ZISK_HOME", "SP1_PROVER"}) {
    INFO(name);
    CHECK_FALSE(is_secret_name(name));
  }
}

TEST_CASE("a child gets what toolchains need, what is configured and no secret") {
  const Variables current = {{"PATH", "/opt/bin:/bin"},  {"HOME", "/home/me"},       {"GITHUB_TOKEN", "ghs_1"},
                             {"AWS_ACCESS_KEY_ID", "A"}, {"ZISK_HOME", "/opt/zisk"}, {"CARGO_HOME", "/cargo"},
                             {"SOMETHING", "else"},      {"LD_PRELOAD", "/evil.so"}};
  CHECK(
      child_environment(current, {"ZISK_HOME", "NOT_SET"}) ==
      Variables{{"PATH", "/opt/bin:/bin"}, {"HOME", "/home/me"}, {"ZISK_HOME", "/opt/zisk"}, {"CARGO_HOME", "/cargo"}});
}

TEST_CASE("a proxy with a password in its address and make's pipes are left out") {
  const Variables current = {{"PATH", "/bin"},
                             {"https_proxy", "http://user:pw@proxy:3128"},
                             {"http_proxy", "http://proxy:3128/@x"},
                             {"MAKEFLAGS", " -j2 --jobserver-auth=3,4"}};
  CHECK(child_environment(current) == Variables{{"PATH", "/bin"}, {"http_proxy", "http://proxy:3128/@x"}});
  CHECK(child_environment({{"PATH", "/bin"}, {"MAKEFLAGS", "-j2"}}).at("MAKEFLAGS") == "-j2");
}

TEST_CASE("a child without PATH gets a default one") {
  CHECK(child_environment({}).at("PATH") == "/usr/local/bin:/usr/bin:/bin");
}

TEST_CASE("a configured name that may be a secret is refused by name") {
  try {
    child_environment({{"DEPLOY_KEY", "x"}}, {"DEPLOY_KEY"});
    FAIL("accepted");
  } catch (const cyclegate::model::Error& error) {
    CHECK(error.kind() == cyclegate::model::ErrorKind::configuration);
    CHECK(std::string(error.what()).find("DEPLOY_KEY") != std::string::npos);
  }
  CHECK_THROWS_AS(child_environment({}, {"A=B"}), cyclegate::model::Error);
  CHECK_THROWS_AS(child_environment({}, {""}), cyclegate::model::Error);
}
