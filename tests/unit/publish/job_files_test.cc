#include "publish/job_files.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "publish/secret.h"
#include "support/temporary_directory.h"
#include "system/child_environment.h"

using namespace cyclegate;
using namespace cyclegate::publish;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a summary is appended and stays within a mebibyte with what stands there") {
  const test::TemporaryDirectory directory;
  const auto file = directory.write("summary", "first\n");
  CHECK(append_summary(file, "second"));
  CHECK(test::read_file(file) == "first\nsecond\n");
  CHECK(append_summary(file, std::string(2 << 20, 'x')));
  CHECK(test::read_file(file).size() == largest_summary);
  CHECK_THAT(test::read_file(file).substr(largest_summary - 60), ContainsSubstring("cut to the size"));
  CHECK_FALSE(append_summary(file, "more"));
}

TEST_CASE("an output's value cannot end its own delimiter") {
  const test::TemporaryDirectory directory;
  const auto file = directory.write("output", "");
  int turn = 0;
  const auto delimiter = [&] { return turn++ == 0 ? std::string("guessed") : "other" + std::to_string(turn); };
  append_outputs(file, {{"verdict", "KEEP"}, {"text", "x\nother2\nevil=1"}}, delimiter);
  CHECK(test::read_file(file) == "verdict<<guessed\nKEEP\nguessed\ntext<<other3\nx\nother2\nevil=1\nother3\n");
  CHECK(random_delimiter() != random_delimiter());
  CHECK(random_delimiter().size() == 42);
}

TEST_CASE("workflow commands are escaped, one a line, ten of a level") {
  std::vector<Annotation> list(25, {.path = "a,b:c.rs",
                                    .first_line = 3,
                                    .last_line = 4,
                                    .title = "t: 100%, x",
                                    .message = "line\r\n::error::forged %0A"});
  list.push_back({.path = "w", .level = Annotation::Level::warning, .message = "w"});
  const std::string text = workflow_commands(list);
  CHECK(std::ranges::count(text, '\n') == 11);
  CHECK(text.starts_with(
      "::error file=a%2Cb%3Ac.rs,line=3,endLine=4,title=t%3A 100%25%2C x::line%0D%0A::error::forged %250A\n"));
  CHECK(text.ends_with("::warning file=w,line=1,endLine=1::w\n"));
}

TEST_CASE("a line for the log is never a command") {
  CHECK(log_line("::set-output name=x::y") == ": :set-output name=x::y");
  CHECK(log_line("  ::add-mask::x").find("  ::") == std::string::npos);
  CHECK(log_line("see ##[error]x").find("##[") == std::string::npos);
  CHECK(log_line("a\n::b") == "a ::b");
}

TEST_CASE("the redactor takes a token out in every form in which it travels") {
  const std::string token = "ghs_16C7e42F292c6912E7710c838347Ae178B4a";
  const Redactor redact({token});
  CHECK(redact("Bearer " + token + ".") == "Bearer ***.");
  for (const std::string& around :
       {std::string(), std::string("x"), std::string("xy"), std::string("x-access-token:"), std::string("user:")}) {
    for (const std::string& after : {std::string(), std::string("@"), std::string("\n\n")}) {
      const std::string shown = redact("Basic " + base64(around + token + after));
      INFO(around << ", " << after);
      // Whatever is left of it decodes to less than four of its bytes.
      CHECK_THAT(shown, ContainsSubstring("***"));
      CHECK_THAT(shown, !ContainsSubstring(base64(token).substr(4, 40)));
      CHECK(shown.size() < std::string("Basic ***").size() + 28);
    }
  }
  CHECK(Redactor({""})("nothing") == "nothing");
  CHECK(Redactor({"short"})("short") == "short");
}

TEST_CASE("base64 is that of RFC 4648") {
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(from_base64("Zm9v\nYmFy\n") == "foobar");
  CHECK(from_base64("Zg==") == "f");
}

TEST_CASE("no child process sees the token's variables, whatever a configuration asks for") {
  const system::Variables ours = {{"PATH", "/bin"},
                                  {"GITHUB_TOKEN", "ghs_secret_secret"},
                                  {"GH_TOKEN", "ghs_secret_secret"},
                                  {"ACTIONS_RUNTIME_TOKEN", "ghs_secret_secret"},
                                  {"ACTIONS_ID_TOKEN_REQUEST_URL", "ghs_secret_secret"},
                                  {"ACTIONS_CACHE_URL", "ghs_secret_secret"},
                                  {"INPUT_TOKEN", "ghs_secret_secret"},
                                  {"GITHUB_OUTPUT", "/o"},
                                  {"GITHUB_ENV", "/e"},
                                  {"GITHUB_PATH", "/p"}};
  for (const auto& [name, value] : system::child_environment(ours)) {
    CHECK(value.find("ghs_secret") == std::string::npos);
    CHECK_FALSE(name.starts_with("GITHUB_"));
  }
  for (const char* name : {"GITHUB_TOKEN", "GH_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL",
                           "INPUT_TOKEN", "GITHUB_ENV"}) {
    CHECK(system::is_secret_name(name));
  }
}
