#include "executors/registry.h"

#include <catch2/catch_test_macros.hpp>

#include "executors/known_executors.h"
#include "model/error.h"
#include "support/scripted_executor.h"

using namespace cyclegate;

TEST_CASE("an executor is made once, when it is first asked for") {
  test::ScriptedWorld world;
  int made = 0;
  executors::Registry registry;
  registry.add("scripted", [&] {
    ++made;
    return std::make_unique<test::ScriptedExecutor>(world);
  });
  CHECK(made == 0);
  executors::Executor& first = registry.get("scripted");
  CHECK(&registry.get("scripted") == &first);
  CHECK(made == 1);
}

TEST_CASE("an executor that is added again is another one from then on, though the first was asked for") {
  test::ScriptedWorld world;
  executors::Registry registry;
  const auto add = [&] { registry.add("scripted", [&] { return std::make_unique<test::ScriptedExecutor>(world); }); };
  add();
  executors::Executor& first = registry.get("scripted");
  add();
  CHECK(&registry.get("scripted") != &first);
  CHECK(first.describe().name == registry.get("scripted").describe().name);  // the first still lives
}

TEST_CASE("an unknown executor is a configuration error that lists the known ones") {
  executors::Registry registry;
  add_executors(registry, {});
  registry.add("other", [] { return nullptr; });
  CHECK(registry.names() == std::vector<std::string>{"embedded", "openvm", "other", "risc0", "sp1", "ziskemu"});
  try {
    registry.get("sp2");
    FAIL("not refused");
  } catch (const model::Error& error) {
    CHECK(error.kind() == model::ErrorKind::configuration);
    CHECK(std::string(error.what()) ==
          "there is no executor 'sp2'; known are: embedded, openvm, other, risc0, sp1, ziskemu");
  }
}
