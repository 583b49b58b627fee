// libFuzzer target: any bytes as a report of ziskemu (text, CSV) or a result of hyperfine end in a value or in
// model::Error with the origin and a line in front; the text reader gives the same for chunks of any size, and what was
// read is written as JSON.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "model/error.h"
#include "reports/hyperfine.h"
#include "reports/report_comparison.h"
#include "reports/ziskemu_csv.h"
#include "reports/ziskemu_json.h"
#include "reports/ziskemu_text.h"

namespace {

namespace model = cyclegate::model;
namespace reports = cyclegate::reports;

void require(bool holds) {
  if (!holds) std::abort();
}

void use(const reports::ZiskemuReport& report) {
  require(nlohmann::json::accept(reports::to_json(report)));
  reports::to_execution(report);
  require(nlohmann::json::accept(reports::to_json(reports::compare_reports(report, report), "a", "b")));
}

template <typename Read>
std::optional<reports::ZiskemuReport> attempt(Read read) {
  try {
    return read();
  } catch (const model::Error& error) {
    require(std::string_view(error.what()).starts_with("f:"));
    return std::nullopt;
  }
}

}  // namespace

// libFuzzer chose the name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {  // NOLINT(bugprone-reserved-identifier)
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto whole = attempt([&] { return reports::read_ziskemu_text(text, "f"); });
  const auto chunked = attempt([&] {
    reports::ZiskemuTextReader reader("f");
    for (std::size_t at = 0; at < size; at += 13) reader.feed(text.substr(at, 13));
    return reader.finish();
  });
  require(whole == chunked);
  if (whole) use(*whole);
  if (const auto csv = attempt([&] { return reports::read_ziskemu_csv(text, "f"); })) use(*csv);
  try {
    const reports::HyperfineResults results = reports::read_hyperfine(text, "f");
    require(nlohmann::json::accept(results.json));
    reports::to_json(reports::compare_results(results, results), "a", "b");
  } catch (const model::Error& error) {
    require(std::string_view(error.what()).starts_with("f:"));
  }
  return 0;
}
