#pragma once

#include <filesystem>

#include "git/handles.h"
#include "git/repository.h"

namespace cyclegate::git {

/// Repository::check_out.
Checkout write_commit(git_repository* repository, const Commit& commit, const std::filesystem::path& directory);

/// Repository::copy_working_tree.
Checkout write_working_tree(git_repository* repository, const std::filesystem::path& directory);

}  // namespace cyclegate::git
