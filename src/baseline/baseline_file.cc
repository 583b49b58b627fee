#include "baseline/baseline_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <system_error>
#include <tuple>
#include <utility>

#include "model/document.h"
#include "model/error.h"
#include "model/json_reader.h"
#include "model/json_writer.h"
#include "model/text.h"
#include "system/files.h"

namespace cyclegate::model {

template <>
struct Fields<baseline::PinnedCell> {
  template <class V, class T>
  static void visit(V& v, T& x) {
    v("input", x.input);
    v("executor", x.executor);
    v("exact", x.exact);
    v.optional("output_sha256", x.output_sha256);
    v("artifact", x.artifact);
    v("reuse_key", x.reuse_key);
    v("comparability", x.comparability);
  }
};

template <>
struct Fields<baseline::GuestBaseline> {
  /// Everything but the cells, which are streamed.
  template <class V, class T>
  static void visit(V& v, T& x) {
    v("guest", x.guest);
  }
};

}  // namespace cyclegate::model

namespace cyclegate::baseline {
namespace {

namespace fs = std::filesystem;

constexpr model::Schema schema{.name = "cyclegate.baseline", .version = 1};
constexpr std::string_view extension = ".json";
constexpr std::uint64_t largest_file = std::uint64_t{64} << 20;
constexpr std::size_t most_files = 10'000;

[[noreturn]] void refuse(std::string_view origin, std::string_view why) {
  throw model::Error(model::ErrorKind::configuration,
                     fmt::format("{}: {}; restore it, or write it anew with `cyclegate baseline save`", origin, why));
}

void check_cell(const PinnedCell& cell, std::size_t index, std::string_view origin) {
  const auto require = [&](bool right, std::string_view what) {
    if (!right) refuse(origin, fmt::format("/cells/{}: {}", index, what));
  };
  require(model::is_name(cell.input), "'input' is not a name");
  require(model::is_name(cell.executor), "'executor' is not a name");
  require(model::is_sha256(cell.reuse_key), "'reuse_key' is not a sha256");
  require(cell.output_sha256.empty() || model::is_sha256(cell.output_sha256), "'output_sha256' is not a sha256");
  require(!cell.exact.empty(), "'exact' has no metric");
}

GuestBaseline read_document(std::string_view text, std::string_view origin, std::vector<std::string>& unknown) {
  GuestBaseline guest;
  bool had_checksum = false;
  const auto on_cell = [&](const nlohmann::json& element, std::size_t index) {
    PinnedCell cell;
    model::JsonReader(element, origin, fmt::format("/cells/{}", index), unknown).value(cell);
    check_cell(cell, index, origin);
    guest.cells.push_back(std::move(cell));
  };
  nlohmann::json document = model::parse_document(text, origin, schema, "cells", on_cell, had_checksum);
  if (!had_checksum) refuse(origin, "the checksum is missing, so that edits could not be noticed");
  const auto cells = document.find("cells");
  if (cells == document.end() || !cells->is_array() || !cells->empty())
    refuse(origin, "/cells must be an array of objects");
  document.erase("cells");
  document.erase("schema");
  document.erase("checksum");
  model::JsonReader(document, origin, "", unknown).value(guest);
  if (!model::is_name(guest.guest)) refuse(origin, "/guest is not a name");
  const auto key = [](const PinnedCell& cell) { return std::tie(cell.input, cell.executor); };
  std::ranges::sort(guest.cells, {}, key);
  const auto twice = std::ranges::adjacent_find(guest.cells, {}, key);
  if (twice != guest.cells.end())
    refuse(origin, fmt::format("input {} on executor {} stands there twice", twice->input, twice->executor));
  return guest;
}

std::string path_of(std::string_view guest) {
  return fmt::format("{}/{}{}", directory_name, guest, extension);
}

/// Adds what one file says; the file's name must be its guest's.
void add_file(Baseline& baseline, const std::string& name, std::string_view text, const std::string& origin) {
  GuestBaseline guest = guest_baseline_from_json(text, origin, baseline.warnings);
  if (guest.guest + std::string(extension) != name)
    refuse(origin,
           fmt::format("it is about guest {}, so that its name should be {}", guest.guest, path_of(guest.guest)));
  std::string key = guest.guest;
  baseline.guests.emplace(std::move(key), std::move(guest));
}

/// add_file for baselines/NAME in the file system.
void add_file_below(Baseline& baseline, const fs::path& root, const std::string& name) {
  const std::string path = fmt::format("{}/{}", directory_name, name);
  add_file(baseline, name, system::read_text(system::contained_path(root, path), largest_file),
           model::to_line(path, 300));
}

/// The names out of `names` that are baselines: README and the like are left alone.
std::vector<std::string> baseline_names(std::vector<std::string> names, std::string_view origin) {
  std::erase_if(names, [](const std::string& name) { return !name.ends_with(extension); });
  if (names.size() > most_files) refuse(origin, fmt::format("more than {} files", most_files));
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> names_in(const fs::path& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error))
    names.push_back(entry->path().filename().string());
  if (error && error != std::errc::no_such_file_or_directory)
    throw model::Error(model::ErrorKind::measurement, fmt::format("{}: {}", directory.string(), error.message()));
  return baseline_names(std::move(names), directory.string());
}

}  // namespace

std::string to_json(const GuestBaseline& guest) {
  std::string text = model::begin_document(schema);
  model::LineWriter writer(text);
  model::Fields<GuestBaseline>::visit(writer, guest);
  writer.lines("cells", guest.cells);
  model::end_document(text);
  return text;
}

GuestBaseline guest_baseline_from_json(std::string_view text, std::string_view origin,
                                       std::vector<model::Warning>& warnings) {
  std::vector<std::string> unknown;
  try {
    GuestBaseline guest = read_document(text, origin, unknown);
    for (const std::string& field : unknown)
      warnings.push_back({"unknown-field", fmt::format("{}: the unknown field {} was left out", origin, field)});
    return guest;
  } catch (const model::Error& error) {
    const std::string message = error.what();
    if (message.find("cyclegate") != std::string::npos &&
        message.find("`cyclegate baseline save`") != std::string::npos)
      throw;
    throw model::Error(error.kind(), message + " (`cyclegate baseline save` writes it)");
  }
}

std::vector<File> to_files(const Baseline& baseline) {
  std::vector<File> files;
  for (const auto& [name, guest] : baseline.guests) files.push_back({path_of(name), to_json(guest)});
  return files;
}

std::vector<std::string> write_directory(const fs::path& root, const Baseline& baseline) {
  std::vector<std::string> changed;
  const std::vector<File> files = to_files(baseline);
  for (const File& file : files) {
    const fs::path path = system::contained_path(root, file.path);
    std::error_code error;
    if (fs::is_regular_file(path, error) && system::read_text(path, largest_file) == file.text) continue;
    system::write_atomically(path, file.text);
    changed.push_back(file.path);
  }
  for (const std::string& name : names_in(root / directory_name)) {
    const std::string path = fmt::format("{}/{}", directory_name, name);
    if (std::ranges::find(files, path, &File::path) != files.end()) continue;
    system::remove_tree(root / path);
    changed.push_back(path);
  }
  std::ranges::sort(changed);
  return changed;
}

Baseline load_directory(const fs::path& root) {
  Baseline baseline;
  for (const std::string& name : names_in(root / directory_name)) add_file_below(baseline, root, name);
  return baseline;
}

Baseline load_readable(const fs::path& root) {
  Baseline baseline;
  for (const std::string& name : names_in(root / directory_name)) {
    try {
      add_file_below(baseline, root, name);
    } catch (const model::Error& error) {
      if (error.kind() != model::ErrorKind::configuration) throw;
      baseline.warnings.push_back({"damaged-baseline", error.what()});
    }
  }
  return baseline;
}

Baseline load_commit(const git::Repository& repository, const git::Commit& commit) {
  Baseline baseline;
  for (const std::string& name :
       baseline_names(repository.list_files(commit, directory_name), std::string(directory_name))) {
    const std::string path = fmt::format("{}/{}", directory_name, name);
    const auto text = repository.read_blob(commit, path, largest_file);
    if (text) add_file(baseline, name, *text, fmt::format("{}:{}", commit.id.substr(0, 12), model::to_line(path, 300)));
  }
  return baseline;
}

}  // namespace cyclegate::baseline
