#include "app/input_store.h"

#include <fmt/format.h>

#include <span>
#include <system_error>
#include <utility>

#include "config/input_file.h"
#include "model/error.h"
#include "system/files.h"
#include "system/process.h"
#include "system/sha256.h"

namespace cyclegate::app {
namespace {

namespace fs = std::filesystem;

std::string digest_of(std::string_view bytes) {
  return system::sha256_hex(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

[[noreturn]] void refuse_input(const std::string& message) {
  throw model::Error(model::ErrorKind::configuration, message);
}

}  // namespace

InputStore::InputStore(system::ProcessRunner& processes, fs::path cache_root, fs::path offline)
    : processes_(processes), cache_root_(std::move(cache_root)), offline_(std::move(offline)) {}

fs::path InputStore::materialise(const std::string& guest, const config::Input& input, const fs::path& tree,
                                 const std::map<std::string, std::string>& environment,
                                 std::chrono::nanoseconds time_limit) {
  const fs::path stored = cache_root_ / "inputs" / input.sha256;
  std::error_code ignored;
  // A file in the tree is always read, so that a pin that no longer fits is noticed; what costs time is kept.
  if (input.path.empty() && fs::is_regular_file(stored, ignored) &&
      digest_of(system::read_text(stored, largest_input_bytes)) == input.sha256) {
    return stored;
  }
  std::string bytes;
  if (!input.path.empty()) {
    fs::path place;
    try {
      place = system::contained_path(tree, input.path);
    } catch (const model::Error& error) {
      refuse_input(fmt::format("guest {}, input {}: {}", guest, input.name, error.what()));
    }
    if (!fs::is_regular_file(place, ignored)) {
      refuse_input(fmt::format(
          "guest {}, input {}: the file {} does not exist in the measured tree; commit it, or correct `path` in "
          "cyclegate.yaml:{}:{}",
          guest, input.name, input.path, input.position.line, input.position.column));
    }
    bytes = system::read_text(place, largest_input_bytes);
  } else if (input.generate) {
    bytes = generate(guest, input, tree, environment, time_limit);
  } else {
    bytes = fetched(guest, input);
  }
  if (const auto problem = config::check_input(guest, input, bytes, digest_of(bytes))) refuse_input(*problem);
  if (!fs::is_regular_file(stored, ignored) || fs::file_size(stored, ignored) != bytes.size() ||
      digest_of(system::read_text(stored, largest_input_bytes)) != input.sha256) {
    system::write_atomically(stored, bytes, fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
  }
  return stored;
}

std::string InputStore::generate(const std::string& guest, const config::Input& input, const fs::path& tree,
                                 const std::map<std::string, std::string>& environment,
                                 std::chrono::nanoseconds time_limit) {
  const system::ProcessRequest request{
      .arguments = {"sh", "-e", "-c", input.generate->run + " \"$1\"", "sh", std::to_string(input.generate->seed)},
      .directory = tree,
      .environment = environment,
      .time_limit = time_limit,
      .output_limit_bytes = largest_input_bytes};
  const system::ProcessResult result = processes_.run(request);
  if (!result.ok() || result.output_truncated) {
    refuse_input(fmt::format("guest {}, input {}: the generator `{}` with seed {} failed: {}\n{}", guest, input.name,
                             input.generate->run, input.generate->seed,
                             result.output_truncated ? "its output is larger than 1 GiB" : result.why,
                             result.standard_error.substr(0, 2000)));
  }
  return result.standard_output;
}

std::string InputStore::fetched(const std::string& guest, const config::Input& input) const {
  std::error_code ignored;
  for (const std::string& name : {input.sha256, input.name, fs::path(input.url).filename().string()}) {
    const fs::path place = offline_ / name;
    if (!offline_.empty() && !name.empty() && fs::is_regular_file(place, ignored)) {
      return system::read_text(place, largest_input_bytes);
    }
  }
  refuse_input(fmt::format(
      "guest {}, input {}: not in the cache; download {} into a directory and give it with --inputs DIR (found there "
      "by file name, input name or sha256)",
      guest, input.name, input.url));
}

}  // namespace cyclegate::app
