#include "measure/journal_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <system_error>

#include "model/error.h"
#include "system/files.h"
#include "system/sha256.h"

namespace cyclegate::measure {
namespace {

using model::Error;
using model::ErrorKind;

constexpr std::size_t checksum_digits = 16;

[[noreturn]] void fail(const std::filesystem::path& path, std::string_view what) {
  const int reason = errno;
  throw Error(ErrorKind::measurement,
              fmt::format("{}: {}: {}", path.string(), what, std::generic_category().message(reason)));
}

/// Reads whole lines; returns the length of the part of the file that is whole.
std::uint64_t read_lines(const std::filesystem::path& path, std::vector<std::string>& lines) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(path, "cannot be read");
  std::uint64_t whole = 0;
  std::uint64_t number = 0;
  std::optional<std::uint64_t> damaged;
  std::string line;
  while (std::getline(file, line)) {
    ++number;
    if (damaged) {
      throw Error(
          ErrorKind::configuration,
          fmt::format("{}:{}: the journal is damaged here; start again without --resume", path.string(), *damaged));
    }
    const bool has_newline = !file.eof();
    const auto text = has_newline ? journal_text(line) : std::nullopt;
    if (text) {
      whole += line.size() + 1;
      lines.emplace_back(*text);
    } else {
      damaged = number;
    }
  }
  return whole;
}

}  // namespace

std::string journal_line(std::string_view text) {
  return fmt::format("{} {}\n", system::sha256_hex(text).substr(0, checksum_digits), text);
}

std::optional<std::string_view> journal_text(std::string_view line) {
  if (line.size() <= checksum_digits || line[checksum_digits] != ' ') return std::nullopt;
  const std::string_view text = line.substr(checksum_digits + 1);
  if (system::sha256_hex(text).substr(0, checksum_digits) != line.substr(0, checksum_digits)) return std::nullopt;
  return text;
}

JournalFile::JournalFile(std::filesystem::path path, bool keep, std::vector<std::string>* lines)
    : path_(std::move(path)) {
  if (path_.has_parent_path()) system::make_directories(path_.parent_path());
  descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail(path_, "cannot be opened");
  try {
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      throw Error(
          ErrorKind::measurement,
          fmt::format("{}: another cyclegate writes there; choose another --out or wait for it", path_.string()));
    }
    std::vector<std::string> found;
    const std::uint64_t whole = keep ? read_lines(path_, found) : 0;
    if (::ftruncate(descriptor_, static_cast<off_t>(whole)) != 0) fail(path_, "cannot be cut");
    if (lines != nullptr) *lines = std::move(found);
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

JournalFile::~JournalFile() {
  ::close(descriptor_);
}

void JournalFile::clear() {
  const std::scoped_lock guard(mutex_);
  if (::ftruncate(descriptor_, 0) != 0) fail(path_, "cannot be cut");
}

void JournalFile::append(std::string_view text) {
  const std::string line = journal_line(text);
  const std::scoped_lock guard(mutex_);
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail(path_, "cannot be written");
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace cyclegate::measure
