// How fast ziskemu's text report is read: MB per second of processor time over a generated stream of guest output and
// reports, in chunks of 64 KiB as they come out of a pipe, and the memory that takes. The peer is the plain way in the
// same language: std::getline and the words of each line by std::istringstream, keeping nothing.
//
// usage: report_reader [MEGABYTES]

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <sstream>
#include <string>
#include <string_view>

#include "reports/ziskemu_text.h"

namespace {

/// Processor time, so that other work on the machine does not count. The reader waits for nothing.
double now() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// One report with the details of so many functions, as `-X -S -D` prints it.
std::string report(std::uint64_t functions) {
  std::string text =
      fmt::format("\n{:<40}\n{:-<40}\n{:<24} {:>15}\n", "REPORT (cost version 1)", "", "STEPS", 123'456'789);
  text += fmt::format("\n{:<24} {:>15}       %\n{:-<48}\n", "COST DISTRIBUTION", "COST", "");
  const auto row = [&](std::string_view name, std::uint64_t cost) {
    text += fmt::format("{:<24} {:>15} {:6.2f}%\n", name, cost, 12.5);
  };
  row("MAIN", 1000);
  row("OPCODES", 300);
  row("PRECOMPILES", 0);
  row("MEMORY", 200);
  row("VARIABLE", 1500);
  row("BASE", 285'212'672);
  row("TOTAL", 285'214'172);
  text += "\n";
  row("FROPS", 40);
  const auto table = [&](std::string_view title) { text += fmt::format("\n{}\n{:-<72}\n", title, ""); };
  table("COST BY BASE OPCODE                COUNT       %            COST       %");
  text += "OP add                                10   1.00%             300   1.00%\n";
  table("COST BY PRECOMPILED OPCODE           COUNT       %            COST       %");
  table("FROPS BY OPCODE                    COUNT    HIT            COST       %");
  text += "FROP add                               1   1.00%              40   1.00%\n";
  const auto name = [](std::uint64_t i) { return fmt::format("<guest::module_{}::Trie<K, V>>::insert_{}", i % 97, i); };
  for (const std::string_view what : {"TOP STEP FUNCTIONS (STEPS, % STEPS, CALLS, STEPS/CALL, FUNCTION)",
                                      "TOP COST FUNCTIONS (COST, % VARIABLE COST, CALLS, COST/CALL, FUNCTION)"}) {
    table(what);
    for (std::uint64_t i = 0; i < functions; ++i) {
      text += fmt::format("{:>15} {:6.2f}% {:>10} {:>15} {}\n", fmt::group_digits(987'654'321 - i), 3.25, 12 + i, 4711,
                          name(i));
    }
  }
  for (std::uint64_t i = 0; i < functions; ++i) {
    text += fmt::format("\nDETAIL FUNCTION {}\n{:-<40}\n", name(i), "");
    text += fmt::format("|    {:<24} {:>15} {:6.2f}%\n\n", "STEPS", 24 + i, 2.96);
    for (const std::string_view part : {"MAIN COST", "OPCODES COST", "PRECOMPILES COST", "MEMORY COST", "TOTAL COST"}) {
      text += fmt::format("|    {:<24} {:>15} {:6.2f}%\n", part, 1488 + i, 11.26);
    }
    text +=
        "\n|    COST BY OPCODE                     COUNT       %            COST       %\n|    "
        "------------------------\n";
    for (int op = 0; op < 12; ++op)
      text += fmt::format("|    OP op_{:<18} {:>15} {:6.2f}% {:>15} {:6.2f}%\n", op, 8, 33.33, 4692, 35.49);
    text += "\n|    TOP STEP CALLERS (calls, steps)\n|    -------------------------------\n";
    for (std::uint64_t caller = 0; caller < 8; ++caller) {
      text += fmt::format("|    {:>15} {:>15} {:6.2f}% {}\n", 8, 24, 100.0, name(i + caller));
    }
  }
  return text + "\n";
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t megabytes = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 400;
  std::string piece;
  for (int i = 0; i < 40'000; ++i)
    piece += fmt::format("guest: block {} transaction {} gas used {}\n", i / 200, i % 200, i * 21);
  piece += report(5'000);
  const std::size_t repeats = std::max<std::size_t>(1, megabytes * 1'000'000 / piece.size());

  const double start = now();
  cyclegate::reports::ZiskemuTextReader reader("generated");
  constexpr std::size_t chunk = 65'536;
  for (std::size_t i = 0; i < repeats; ++i) {
    for (std::size_t at = 0; at < piece.size(); at += chunk) reader.feed(std::string_view(piece).substr(at, chunk));
  }
  const auto result = reader.finish();
  const double ours = now() - start;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double bytes = static_cast<double>(piece.size()) * static_cast<double>(repeats);
  fmt::print(
      "report_reader: {:.0f} MB, {} tables in the last report, {:.0f} MB/s, peak memory {:.0f} MB ({:.0f} MB of it the "
      "generated piece)\n",
      bytes / 1e6, result.tables.size(), bytes / 1e6 / ours, static_cast<double>(usage.ru_maxrss) / 1e3,
      static_cast<double>(piece.size()) / 1e6);

  const double peer_start = now();
  std::istringstream stream(piece);
  std::string line;
  std::size_t words = 0;
  while (std::getline(stream, line)) {
    std::istringstream parts(line);
    std::string word;
    while (parts >> word) ++words;
  }
  const double peer = now() - peer_start;
  const double peer_speed = static_cast<double>(piece.size()) / 1e6 / peer;
  fmt::print("peer: std::getline and std::istringstream, {} words: {:.0f} MB/s\n", words, peer_speed);
  fmt::print("ratio: {:.1f}\n", bytes / 1e6 / ours / peer_speed);
  return 0;
}
