#pragma once

#include <filesystem>

#include "model/run_set.h"

namespace cyclegate::measure {

/// `OUT/base.runs.json` or `OUT/head.runs.json`.
std::filesystem::path run_set_path(const std::filesystem::path& out, model::Side side);
/// `OUT/runs.journal`: every run as soon as it is done (measure/journal.h).
std::filesystem::path journal_path(const std::filesystem::path& out);

/// Writes both RunSets, each as a whole or not at all.
void write_run_sets(const std::filesystem::path& out, const model::RunSet& base, const model::RunSet& head);
/// Reads a RunSet; throws model::Error (configuration) that names the file and what is wrong with it.
model::RunSet read_run_set(const std::filesystem::path& path);

}  // namespace cyclegate::measure
