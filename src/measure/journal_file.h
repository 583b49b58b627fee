#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cyclegate::measure {

/// An append-only file of text lines that survives being killed at any moment. Each line carries a checksum: 16 hex
/// digits of its sha256, a space, the text, a newline. A last line that is not whole is as if it had never been
/// written; a damaged line before it is an error.
class JournalFile {
 public:
  /// Opens the file for appending and makes it (and its directory) when it is not there. `keep` false empties it; else
  /// `lines` gets what it has, and a torn last line is cut off. Throws model::Error: configuration when the file is
  /// damaged, measurement when another process has it open or the file system refuses.
  JournalFile(std::filesystem::path path, bool keep, std::vector<std::string>* lines);
  ~JournalFile();
  JournalFile(const JournalFile&) = delete;
  JournalFile& operator=(const JournalFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// Removes all lines.
  void clear();
  /// Adds a line; it is the operating system's when the call returns, so that killing this process does not lose it.
  /// `text` must have no newline. Thread-safe.
  void append(std::string_view text);

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::mutex mutex_;
};

/// The line as it stands in the file.
std::string journal_line(std::string_view text);
/// The text of a line without its newline, or nullopt when the checksum does not fit.
std::optional<std::string_view> journal_text(std::string_view line);

}  // namespace cyclegate::measure
