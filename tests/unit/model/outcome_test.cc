#include "model/outcome.h"

#include <catch2/catch_test_macros.hpp>

using cyclegate::model::describe;
using cyclegate::model::Outcome;
using cyclegate::model::outcome_kind_from;
using cyclegate::model::OutcomeKind;

TEST_CASE("an outcome describes itself with code, address and cause") {
  CHECK(describe(Outcome{}) == "ok");
  CHECK(describe({.kind = OutcomeKind::trap, .code = {}, .pc = 0x90000010, .why = "ebreak"}) ==
        "trap at 0x90000010: ebreak");
  CHECK(describe({.kind = OutcomeKind::exit, .code = 3, .pc = {}, .why = ""}) == "exit 3");
}

TEST_CASE("every outcome kind is read back from its word and an unknown word is not guessed") {
  for (const auto kind : {OutcomeKind::ok, OutcomeKind::exit, OutcomeKind::trap, OutcomeKind::limit,
                          OutcomeKind::rejected, OutcomeKind::crashed}) {
    CHECK(outcome_kind_from(to_string(kind)) == kind);
  }
  CHECK_FALSE(outcome_kind_from("fine"));
}
