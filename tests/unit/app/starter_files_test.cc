#include "app/starter_files.h"

#include <catch2/catch_test_macros.hpp>

#include "model/error.h"

using namespace cyclegate::app;

TEST_CASE("an input is added behind the guest's last one and nothing else changes") {
  const std::string text =
      "guests:\n"
      "  a:\n"
      "    inputs:\n"
      "      - { name: one }   # keep me\n"
      "      - name: two\n"
      "        path: x\n"
      "\n"
      "  b:\n"
      "    inputs: []\n";
  CHECK(with_input_added(text, 5, 9, "{ name: three }") ==
        "guests:\n"
        "  a:\n"
        "    inputs:\n"
        "      - { name: one }   # keep me\n"
        "      - name: two\n"
        "        path: x\n"
        "      - { name: three }\n"
        "\n"
        "  b:\n"
        "    inputs: []\n");
}

TEST_CASE("the last line of a file may lack its newline") {
  CHECK(with_input_added("i:\n  - { n: 1 }", 2, 5, "{ n: 2 }") == "i:\n  - { n: 1 }\n  - { n: 2 }\n");
}

TEST_CASE("inputs in one flow list are not torn apart but explained") {
  CHECK_THROWS_AS(with_input_added("inputs: [ { name: one } ]\n", 1, 11, "{ name: two }"), cyclegate::model::Error);
}

TEST_CASE("names and descriptions are quoted for YAML") {
  CHECK(input_item("n", "in/a \"b\".bin", "00", 3, "line\nbreak") ==
        "{ name: n, path: \"in/a \\\"b\\\".bin\", sha256: 00, weight: 3, description: \"line\\x0abreak\" }");
}
