#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "baseline/baseline.h"
#include "git/repository.h"

namespace cyclegate::baseline {

/// Where the files lie below a repository's root.
inline constexpr std::string_view directory_name = "baselines";

/// A file to be written, relative to the repository's root.
struct File {
  std::string path;
  std::string text;

  bool operator==(const File&) const = default;
};

/// A guest's file, schema `cyclegate.baseline/1`: one cell per line, sorted, integers only, and a checksum at the end.
/// The same values give the same bytes, so that a change of one cell is a diff of its line and the checksum's.
std::string to_json(const GuestBaseline& guest);

/// Reads what to_json wrote; `origin` names the text in messages, unknown fields become warnings. Throws
/// model::Error{configuration} when it is cut, edited (the checksum says so), of a newer schema or not a baseline, with
/// the remedy `cyclegate baseline save`.
GuestBaseline guest_baseline_from_json(std::string_view text, std::string_view origin,
                                       std::vector<model::Warning>& warnings);

/// `baselines/GUEST.json` for every guest, sorted.
std::vector<File> to_files(const Baseline& baseline);

/// Writes baselines/ below `root` as a whole: one file per guest, each atomically, and removes files of guests that the
/// baseline no longer has. Returns the paths that changed, sorted.
std::vector<std::string> write_directory(const std::filesystem::path& root, const Baseline& baseline);

/// Reads baselines/ below `root`; without such a directory nothing is pinned.
Baseline load_directory(const std::filesystem::path& root);

/// The same for writing anew: a file that cannot be read as a baseline is left out, with a warning `damaged-baseline`,
/// so that `cyclegate baseline save` is a remedy.
Baseline load_readable(const std::filesystem::path& root);

/// Reads baselines/ of a commit; for a gate, base's.
Baseline load_commit(const git::Repository& repository, const git::Commit& commit);

}  // namespace cyclegate::baseline
