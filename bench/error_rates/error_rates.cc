// How often each way of deciding errs: a simulation with a fixed seed, so that everybody gets the same figures.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <exception>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "figures.h"
#include "tables.h"

namespace {

namespace error_rates = cyclegate::error_rates;

constexpr error_rates::Size full{.without_change = 5000, .with_effect = 1000, .at_margin = 1000, .power = 10'000};
constexpr error_rates::Size small{.without_change = 400, .with_effect = 50, .at_margin = 50, .power = 500};

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path + " cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw std::runtime_error(path + " cannot be written");
}

int run(bool all, const std::string& document, const std::string& notes) {
  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  const std::string before = document.empty() ? "" : read(document);
  const error_rates::Figures figures = error_rates::simulate_all(
      all ? full : small, [&](const std::string& what) { fmt::print(stderr, "{:5.0f} s  {}\n", seconds(), what); });
  const std::string tables = error_rates::as_markdown(figures);
  if (!document.empty())
    write(document, error_rates::with_tables(before, tables));
  else
    fmt::print("{}", tables);
  if (!notes.empty()) write(notes, error_rates::as_notes(figures));
  fmt::print(stderr, "{:5.0f} s  done\n", seconds());
  int missed = 0;
  for (const error_rates::Goal& goal : error_rates::goals(figures)) {
    if (!goal.missed()) continue;
    fmt::print(stderr, "missed: {} {}: {:.4f} ± {:.4f}\n", goal.what, goal.limit, goal.figure, goal.error);
    missed = 1;
  }
  return missed;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Simulates pull requests under noise and prints how often each method of deciding errs.");
  bool all = false;
  std::string document;
  std::string notes;
  app.add_flag("--full", all, "5,000 pull requests for each kind of noise (minutes; the default takes seconds)");
  app.add_option("--write", document, "put the tables between this document's markers instead of printing them");
  app.add_option("--notes", notes, "also write what reports say of each methodology (src/compare/error-rates.tsv)");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(all, document, notes);
  } catch (const std::exception& error) {
    fmt::print(stderr, "error_rates: {}\n", error.what());
    return 2;
  }
}
