#include "differential/instruction_set.h"

#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "differential/generator.h"
#include "differential/process.h"
#include "differential/program.h"
#include "support/temporary_directory.h"

namespace cyclegate::differential {
namespace {

constexpr const char* kAssemblerRemedy = "ci/install-deps, or apt-get install gcc-riscv64-unknown-elf";

/// Assembly source whose branch targets are labels, so that the assembler resolves them itself.
std::string source_of(const Program& program) {
  std::string text = ".option norelax\n";
  for (std::size_t at = 0; at < program.text.size(); ++at) {
    const std::uint64_t pc = kTextAddress + 4 * at;
    const std::uint32_t word = program.text[at];
    const Instruction* row = decode(word);
    std::string line = disassemble(word, pc);
    if (row != nullptr && (row->format == Format::branch || row->format == Format::jump)) {
      const std::size_t target = line.rfind("0x");
      line.replace(target, 2, "label_");
    } else if (row != nullptr && row->format == Format::fence) {
      line = fmt::format(".word {:#x}", word);  // the sets have letters in assembly
    }
    text += fmt::format("label_{:x}: {}\n", pc, line);
  }
  return text;
}

std::vector<std::uint32_t> assemble(const std::string& source, const test::TemporaryDirectory& directory) {
  const std::string input = directory.write("program.s", source).string();
  const std::string object = (directory / "program.o").string();
  const std::string binary = (directory / "program.bin").string();
  constexpr std::chrono::seconds kPatience{120};
  const FinishedProcess assembler =
      run_process({"riscv64-unknown-elf-as", "-march=rv64ima_zifencei_zba_zbb_zbs_zbkb", input, "-o", object},
                  kPatience, kAssemblerRemedy);
  CHECK(assembler.status == 0);
  const FinishedProcess copier = run_process(
      {"riscv64-unknown-elf-objcopy", "-O", "binary", "-j", ".text", object, binary}, kPatience, kAssemblerRemedy);
  CHECK(copier.status == 0);
  const std::string bytes = test::read_file(binary);
  std::vector<std::uint32_t> words(bytes.size() / 4);
  std::memcpy(words.data(), bytes.data(), 4 * words.size());
  return words;
}

}  // namespace

TEST_CASE("GNU as gives the words that the instruction set names") {
  const test::TemporaryDirectory directory;
  for (std::uint64_t index = 0; index < 6; ++index) {
    const Program program = generate(3, index, index % 2 == 1);
    const std::vector<std::uint32_t> words = assemble(source_of(program), directory);
    REQUIRE(words.size() == program.text.size());
    for (std::size_t at = 0; at < words.size(); ++at) {
      const std::uint64_t pc = kTextAddress + 4 * at;
      INFO(disassemble(program.text[at], pc) << ", and by GNU as " << disassemble(words[at], pc));
      CHECK(words[at] == program.text[at]);
    }
  }
}

}  // namespace cyclegate::differential
