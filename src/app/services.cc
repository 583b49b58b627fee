#include "app/services.h"

#include <string_view>
#include <system_error>

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

}  // namespace cyclegate::app
