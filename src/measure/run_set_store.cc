#include "measure/run_set_store.h"

#include <cstdint>
#include <string>

#include "model/run_set_json.h"
#include "system/files.h"

namespace cyclegate::measure {
namespace {

constexpr std::uint64_t max_run_set_bytes = std::uint64_t{2} << 30;

}  // namespace

std::filesystem::path run_set_path(const std::filesystem::path& out, model::Side side) {
  return out / (std::string(to_string(side)) + ".runs.json");
}

std::filesystem::path journal_path(const std::filesystem::path& out) {
  return out / "runs.journal";
}

void write_run_sets(const std::filesystem::path& out, const model::RunSet& base, const model::RunSet& head) {
  system::write_atomically(run_set_path(out, model::Side::base), to_json(base));
  system::write_atomically(run_set_path(out, model::Side::head), to_json(head));
}

model::RunSet read_run_set(const std::filesystem::path& path) {
  return model::run_set_from_json(system::read_text(path, max_run_set_bytes), path.string());
}

}  // namespace cyclegate::measure
