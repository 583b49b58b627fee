#include "support/scratch_repository.h"

#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace cyclegate::test {

ScratchRepository::ScratchRepository() : path_(directory_ / "repo") {
  std::filesystem::create_directories(path_);
  git("init -q -b main");
}

std::string ScratchRepository::git(const std::string& arguments, const std::filesystem::path& where) {
  const std::string date = "'" + std::to_string(1'700'000'000 + 60 * minutes_) + " +0000'";
  const std::string command =
      "cd '" + (where.empty() ? path_ : where).string() +
      "' && GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b "
      "GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b GIT_ALLOW_PROTOCOL=file GIT_AUTHOR_DATE=" +
      date + " GIT_COMMITTER_DATE=" + date + " git " + arguments + " 2>&1";
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot start: " + command);
  std::string output;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) output += static_cast<char>(c);
  if (::pclose(pipe) != 0) throw std::runtime_error("failed: " + command + "\n" + output);
  if (output.ends_with('\n')) output.pop_back();
  return output;
}

void ScratchRepository::write(std::string_view name, std::string_view content) const {
  const std::filesystem::path file = path_ / name;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
}

std::string ScratchRepository::commit(std::string_view subject) {
  ++minutes_;
  git("add -A");
  git("commit -q --allow-empty -m '" + std::string(subject) + "'");
  return git("rev-parse HEAD");
}

}  // namespace cyclegate::test
