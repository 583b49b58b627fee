#include "differential/reference.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <charconv>
#include <chrono>
#include <fstream>

#include "differential/process.h"
#include "support/temporary_directory.h"

namespace cyclegate::differential {
namespace {

constexpr const char* kQemu = "qemu-riscv64";
constexpr const char* kQemuRemedy = "ci/install-deps, or apt-get install qemu-user";
/// A generated program ends by itself, however busy the machine is.
constexpr std::chrono::seconds kQemuPatience{120};
/// One that is being made smaller may have lost what ends it; such attempts are given up, and there are many.
constexpr std::chrono::seconds kAttemptPatience{10};

/// Lines of `-d exec`: "Trace 0: HOST [CS_BASE/PC/FLAGS/CFLAGS] SYMBOL", numbers in hexadecimal.
std::vector<std::uint64_t> read_path(const std::filesystem::path& file) {
  const std::string text = test::read_file(file);
  std::vector<std::uint64_t> path;
  for (std::size_t at = text.find('['); at != std::string::npos; at = text.find('[', at + 1)) {
    const std::size_t slash = text.find('/', at);
    if (slash == std::string::npos) break;
    std::uint64_t pc = 0;
    std::from_chars(text.data() + slash + 1, text.data() + text.size(), pc, 16);
    path.push_back(pc);
  }
  return path;
}

}  // namespace

std::string reference_version() {
  const FinishedProcess finished = run_process({kQemu, "--version"}, kQemuPatience, kQemuRemedy);
  return finished.output.substr(0, finished.output.find('\n'));
}

ReferenceRun run_reference(const Program& program, const std::filesystem::path& directory, bool traced) {
  const std::string name = fmt::format("program-{}-{}", program.bits ? "bits" : "ima", program.index);
  const std::filesystem::path elf = directory / (name + ".elf");
  const std::filesystem::path log = directory / (name + ".log");
  {
    std::ofstream stream(elf, std::ios::binary);
    stream << write_elf(program);
  }
  std::filesystem::permissions(elf, std::filesystem::perms::owner_all);
  std::vector<std::string> arguments = {kQemu, "-cpu", "rv64,zba=true,zbb=true,zbs=true,zbkb=true"};
  if (traced) {
    // One instruction a block and no chaining, so that each execution of each instruction gets its line.
    for (const char* word : {"-singlestep", "-d", "exec,nochain", "-D"}) arguments.emplace_back(word);
    arguments.push_back(log.string());
  }
  arguments.push_back(elf.string());
  const FinishedProcess finished = run_process(arguments, traced ? kQemuPatience : kAttemptPatience, kQemuRemedy);

  ReferenceRun result;
  if (finished.timed_out) {
    result.why = "does not end";
  } else if (WIFSIGNALED(finished.status)) {
    result.why = fmt::format("ended by signal {}", WTERMSIG(finished.status));
  } else if (WEXITSTATUS(finished.status) != 0) {
    result.why = fmt::format("exit status {}", WEXITSTATUS(finished.status));
  } else if (finished.output.size() != kDataSize) {
    result.why = fmt::format("wrote {} bytes instead of {}", finished.output.size(), kDataSize);
  } else {
    result.ok = true;
    result.data.assign(finished.output.begin(), finished.output.end());
    if (traced) result.path = read_path(log);
  }
  std::filesystem::remove(elf);
  if (traced) std::filesystem::remove(log);
  return result;
}

}  // namespace cyclegate::differential
