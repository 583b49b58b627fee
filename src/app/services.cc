#include "app/services.h"

#include <fmt/format.h>

#include <string_view>
#include <system_error>

#include "model/error.h"
#include "system/files.h"

namespace cyclegate::app {

namespace {

namespace fs = std::filesystem;

/// What commands leave in an output directory, for a directory that also holds what is not theirs: a guest's ELF, say.
constexpr std::string_view own_results =
    "# Written by cyclegate: what it leaves here.\n"
    "/.gitignore\n"
    "/*.runs.json\n"
    "/runs.journal\n"
    "/report.json\n"
    "/report.html\n"
    "/comment.md\n"
    "/junit.xml\n"
    "/summary.txt\n"
    "/pictures/\n"
    "/logs/\n"
    "/calibration.json\n"
    "/change-[0-9]*/\n"
    "/profile.json\n"
    "/profile.json.log\n"
    "/profile.pb.gz\n"
    "/profile.pb.gz.log\n"
    "/*.profile.json\n";

/// Whether the directory is in a repository's work tree and not the top of one.
bool lies_in_repository(const fs::path& directory) {
  std::error_code ignored;
  if (fs::exists(directory / ".git", ignored)) return false;
  for (fs::path above = fs::weakly_canonical(directory, ignored).parent_path(); !above.empty();
       above = above.parent_path()) {
    if (fs::exists(above / ".git", ignored)) return true;
    if (above == above.parent_path()) break;
  }
  return false;
}

}  // namespace

std::filesystem::path located(const Services& services, const std::string& path) {
  return (services.directory / path).lexically_normal();
}

std::filesystem::path output_path(const Services& services, const Invocation& invocation) {
  return located(services, invocation.get("--out").value_or("out"));
}

std::filesystem::path output_directory(const Services& services, const Invocation& invocation) {
  fs::path out = output_path(services, invocation);
  std::error_code ignored;
  if (!fs::exists(out, ignored)) {
    system::make_directories(out);
    system::write_atomically(out / ".gitignore", "*\n");
  } else if (!fs::exists(out / ".gitignore", ignored) && lies_in_repository(out)) {
    system::write_atomically(out / ".gitignore", own_results);
  }
  return out;
}

std::optional<fs::path> output_file(const Services& services, const Invocation& invocation, const std::string& option) {
  const auto name = invocation.get(option);
  if (!name) return std::nullopt;
  fs::path file = located(services, *name);
  std::error_code ignored;
  const auto refuse = [&](std::string_view why) {
    throw model::Error(model::ErrorKind::usage, fmt::format("{} {}: {}", option, *name, why));
  };
  if (!file.has_filename() || fs::is_directory(file, ignored)) refuse("this is a directory; name a file in it");
  const fs::path directory = file.parent_path();
  if (!fs::exists(directory, ignored) && directory == output_path(services, invocation)) {
    output_directory(services, invocation);
  }
  if (!fs::is_directory(directory, ignored))
    refuse(fmt::format("there is no directory {}; make it first", directory.string()));
  return file;
}

}  // namespace cyclegate::app
