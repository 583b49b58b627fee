#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "system/child_environment.h"

namespace cyclegate::executors {

/// A program that an executor is made of, as executors/programs.tsv pins it.
struct PinnedProgram {
  std::string name;       ///< of the file, e.g. `ziskemu`
  std::string executor;   ///< `ci/install-executors EXECUTOR` installs it
  std::string version;    ///< of the zkVM
  std::string source;     ///< `registry:CRATE` or `crate:PATH+PATH...`
  std::string directory;  ///< of the cache, e.g. `ziskemu-1.4.0-alpha`; our own crates with a digest of their sources
  std::string crate_version;  ///< of our own crate, which `--version` says behind the name; empty for others
};

/// All of them, in the table's order.
const std::vector<PinnedProgram>& pinned_programs();
/// The one of that name, or nullptr.
const PinnedProgram* find_pinned_program(std::string_view name);

/// The one command that installs what the executor needs: `ci/install-executors EXECUTOR`.
std::string install_command(const PinnedProgram& program);

/// The environment variable that names the program's file: CYCLEGATE_ and the name in capitals, `-` as `_`, e.g.
/// CYCLEGATE_SP1_RUN.
std::string program_variable(std::string_view name);

/// The variable's value; empty where it is not set.
std::string value_of(const system::Variables& variables, const std::string& name);

/// Where ci/install-executors puts the program: CACHE/executors/DIRECTORY/bin/NAME, with CACHE as
/// system::default_cache_root has it. Empty when there is no place for a cache.
std::filesystem::path installed_path(const PinnedProgram& program, const system::Variables& variables);

/// The program's file, absolute: what its environment variable says (which must then be right), else the first of that
/// name on PATH, else the installed one. The error is a sentence that says where it was looked for and, for a program
/// of the table, the one command that installs it. `name` without a slash.
std::expected<std::filesystem::path, std::string> find_executor_program(std::string_view name,
                                                                        const system::Variables& variables);

}  // namespace cyclegate::executors
