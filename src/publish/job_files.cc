#include "publish/job_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "model/error.h"
#include "model/text.h"

namespace cyclegate::publish {
namespace {

constexpr std::size_t longest_log_line = 4000;

[[noreturn]] void fail(const std::filesystem::path& file, int error) {
  throw model::Error(model::ErrorKind::measurement,
                     fmt::format("{}: cannot be written: {}", file.string(), std::strerror(error)));
}

/// A file opened for appending. The runner has made it; outside of a runner it is made here.
class AppendFile {
 public:
  explicit AppendFile(const std::filesystem::path& path)
      : path_(path), descriptor_(open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644)) {
    if (descriptor_ < 0) fail(path, errno);
  }
  ~AppendFile() { close(descriptor_); }
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  std::size_t size() const {
    struct stat facts{};
    if (fstat(descriptor_, &facts) != 0) fail(path_, errno);
    if (!S_ISREG(facts.st_mode)) fail(path_, EINVAL);
    return static_cast<std::size_t>(facts.st_size);
  }

  void append(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t written = write(descriptor_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail(path_, errno);
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }

 private:
  std::filesystem::path path_;
  int descriptor_;
};

/// As actions/toolkit escapes (packages/core/src/command.ts).
std::string escape(std::string_view text, bool property) {
  std::string result;
  for (const char c : text) {
    if (c == '%') {
      result += "%25";
    } else if (c == '\r') {
      result += "%0D";
    } else if (c == '\n') {
      result += "%0A";
    } else if (property && c == ':') {
      result += "%3A";
    } else if (property && c == ',') {
      result += "%2C";
    } else {
      result += c;
    }
  }
  return result;
}

}  // namespace

bool append_summary(const std::filesystem::path& file, std::string_view markdown) {
  const AppendFile target(file);
  const std::size_t there = target.size();
  constexpr std::size_t least = 1024;
  if (there + least > largest_summary) return false;
  std::string text = within(markdown, largest_summary - there - 1);
  text += '\n';
  target.append(text);
  return true;
}

std::string random_delimiter() {
  std::array<unsigned char, 16> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw model::Error(model::ErrorKind::measurement, "the system gives no random bytes");
  }
  std::string text = "cyclegate_";
  for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

void append_outputs(const std::filesystem::path& file, const std::vector<std::pair<std::string, std::string>>& outputs,
                    const std::function<std::string()>& delimiter) {
  std::string text;
  for (const auto& [name, value] : outputs) {
    std::string mark = delimiter();
    while (value.find(mark) != std::string::npos) mark = delimiter();
    text += fmt::format("{}<<{}\n{}\n{}\n", name, mark, value, mark);
  }
  const AppendFile target(file);
  target.append(text);
}

std::string workflow_commands(const std::vector<Annotation>& annotations) {
  constexpr std::array<std::string_view, 3> words = {"notice", "warning", "error"};
  std::array<std::size_t, 3> counts{};
  std::string text;
  for (const Annotation& annotation : annotations) {
    const auto level = static_cast<std::size_t>(annotation.level);
    if (counts.at(level)++ >= commands_per_level) continue;
    text += fmt::format("::{} file={},line={},endLine={}", words.at(level), escape(annotation.path, true),
                        annotation.first_line, std::max(annotation.first_line, annotation.last_line));
    if (!annotation.title.empty()) text += ",title=" + escape(annotation.title, true);
    text += "::" + escape(annotation.message, false) + "\n";
  }
  return text;
}

std::string log_line(std::string_view text) {
  std::string line = model::to_line(text, longest_log_line);
  for (std::size_t at = line.find("##["); at != std::string::npos; at = line.find("##[", at)) line.insert(at + 1, " ");
  const std::size_t first = line.find_first_not_of(" \t");
  if (first != std::string::npos && line.compare(first, 2, "::") == 0) line.insert(first + 1, " ");
  return line;
}

}  // namespace cyclegate::publish
